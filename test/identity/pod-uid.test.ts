import { expect, test } from 'vitest'
import { parseCgroup } from '../../src/identity/cgroup.ts'

const uid = '74c13223-5a00-11e9-b385-42010a80018d'
const other = '00000000-5a00-11e9-b385-42010a80018d'
const slice = (of: string) => `kubepods-burstable-pod${of.replaceAll('-', '_')}.slice`
const container = '3ac4a5b6c7d8e9f00112233445566778899aabbccddeeff00112233445566778'

test.each([
  { name: 'cgroupfs', path: `/kubepods/besteffort/pod${uid}/${container}`, pod: uid },
  { name: 'cgroupfs, guaranteed', path: `/kubepods/pod${uid}/${container}`, pod: uid },
  {
    name: 'systemd',
    path: `/kubepods.slice/kubepods-burstable.slice/${slice(uid)}/crio-${container}.scope`,
    pod: uid,
  },
  {
    name: 'systemd, guaranteed',
    path: `/kubepods.slice/kubepods-pod${uid.replaceAll('-', '_')}.slice/cri-containerd-${container}.scope`,
    pod: uid,
  },
  {
    name: 'systemd names given to cgroupfs',
    path: `/system.slice/containerd.service/${slice(uid)}:cri-containerd:${container}`,
    pod: uid,
  },
  { name: 'the pod itself', path: `/kubepods/pod${uid}`, pod: uid },
  {
    name: 'a static pod',
    path: `/kubepods/burstable/pod${'0f'.repeat(16)}/${container}`,
    pod: '0f'.repeat(16),
  },
  {
    name: 'a node that is a pod',
    path: `/kubepods/pod${other}/${container}/kubelet/kubepods/pod${uid}/${container}`,
    pod: uid,
  },
  {
    name: 'kind',
    path: `/kubelet.slice/kubelet-kubepods.slice/kubelet-${slice(uid)}/cri-containerd-${container}.scope`,
    pod: uid,
  },
  { name: 'docker', path: `/docker/${container}`, pod: undefined },
  { name: "podman's pods", path: `/machine.slice/libpod-${container}.scope`, pod: undefined },
  { name: 'a unit of that name', path: '/system.slice/podman.service', pod: undefined },
])('the uid of the pod: $name', ({ path, pod }) => {
  expect(parseCgroup(`0::${path}\n`).podUid).toBe(pod)
})
