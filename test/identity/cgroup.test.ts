import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeCgroup, parseCgroup } from '../../src/identity/cgroup.ts'

const a = '3ac4a5b6c7d8e9f00112233445566778899aabbccddeeff00112233445566778'
const b = '9be2f5c1d3a47b6e8f0a1b2c3d4e5f60718293a4b5c6d7e8f9a0b1c2d3e4f506'
const uid = '74c13223-5a00-11e9-b385-42010a80018d'
const slice = `kubepods-burstable-pod${uid.replaceAll('-', '_')}.slice`
const task = '6f1f9bd8e1b04ed5b1e3fd3b3b3a2d41'

interface Line {
  name: string
  path: string
  container?: string
  unit?: string
  service?: string
}

test.each<Line>([
  { name: 'the root', path: '/' },
  { name: 'docker, cgroupfs driver', path: `/docker/${a}`, container: a },
  { name: 'docker, systemd driver', path: `/system.slice/docker-${a}.scope`, container: a },
  { name: 'docker before systemd', path: `/${a}`, container: a },
  { name: 'docker-ce', path: `/docker-ce/docker/${a}`, container: a },
  { name: 'docker with a parent', path: `/my.slice/docker-${a}.scope`, container: a },
  {
    name: 'rootless docker',
    path: `/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${a}.scope`,
    container: a,
  },
  { name: 'a group in a container', path: `/docker/${a}/init.scope`, container: a },
  {
    name: 'systemd in docker',
    path: `/docker/${a}/system.slice/nginx.service`,
    container: a,
    unit: 'nginx.service',
    service: 'nginx',
  },
  { name: 'docker in docker', path: `/docker/${a}/docker/${b}`, container: b },
  {
    name: 'docker in docker, systemd',
    path: `/system.slice/docker-${a}.scope/system.slice/docker-${b}.scope`,
    container: b,
  },
  {
    name: 'containerd, systemd driver',
    path: `/kubepods.slice/kubepods-burstable.slice/${slice}/cri-containerd-${a}.scope`,
    container: a,
  },
  {
    name: 'containerd, cgroupfs driver',
    path: `/kubepods/besteffort/pod${uid}/${a}`,
    container: a,
  },
  {
    name: 'containerd, guaranteed',
    path: `/kubepods.slice/kubepods-pod${uid.replaceAll('-', '_')}.slice/cri-containerd-${a}.scope`,
    container: a,
  },
  {
    name: 'containerd, drivers mixed',
    path: `/system.slice/containerd.service/${slice}:cri-containerd:${a}`,
    container: a,
  },
  {
    name: 'docker under Kubernetes',
    path: `/kubepods.slice/kubepods-burstable.slice/${slice}/docker-${a}.scope`,
    container: a,
  },
  {
    name: 'CRI-O',
    path: `/kubepods.slice/kubepods-burstable.slice/${slice}/crio-${a}.scope`,
    container: a,
  },
  {
    name: 'CRI-O with a group',
    path: `/kubepods.slice/kubepods-burstable.slice/${slice}/crio-${a}.scope/container`,
    container: a,
  },
  {
    name: 'CRI-O, its watcher',
    path: `/kubepods.slice/${slice}/crio-conmon-${a}.scope`,
    unit: `crio-conmon-${a}.scope`,
  },
  {
    name: 'kind',
    path: `/docker/${a}/kubelet.slice/kubelet-kubepods.slice/kubelet-${slice}/cri-containerd-${b}.scope`,
    container: b,
  },
  { name: 'podman', path: `/machine.slice/libpod-${a}.scope`, container: a },
  { name: 'podman, split', path: `/machine.slice/libpod-${a}.scope/container`, container: a },
  {
    name: 'podman, its watcher',
    path: `/machine.slice/libpod-conmon-${a}.scope`,
    unit: `libpod-conmon-${a}.scope`,
  },
  { name: 'podman, cgroupfs driver', path: `/libpod_parent/libpod-${a}`, container: a },
  {
    name: 'podman in a pod',
    path: `/machine.slice/machine-libpod_pod_${b}.slice/libpod-${a}.scope`,
    container: a,
  },
  {
    name: 'rootless podman',
    path: `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${a}.scope/container`,
    container: a,
  },
  {
    name: 'Quadlet',
    path: `/system.slice/web.service/libpod-payload-${a}`,
    container: a,
    unit: 'web.service',
    service: 'web',
  },
  {
    name: 'rootless Quadlet',
    path: `/user.slice/user-1000.slice/user@1000.service/app.slice/redis.service/libpod-payload-${a}`,
    container: a,
    unit: 'redis.service',
    service: 'redis',
  },
  {
    name: 'Quadlet, its watcher',
    path: '/system.slice/web.service/runtime',
    unit: 'web.service',
    service: 'web',
  },
  { name: 'nerdctl', path: `/system.slice/nerdctl-${a}.scope`, container: a },
  { name: 'ECS on EC2', path: `/ecs/${task}/${a}`, container: a },
  { name: 'ECS of old', path: `/ecs/0410eff2-7e59-4111-823e-1e0d98ef7f30/${a}`, container: a },
  {
    name: 'ECS on Fargate',
    path: `/ecs/${task}/${task}-2531612879`,
    container: `${task}-2531612879`,
  },
  {
    name: 'a namespace of its own',
    path: `/../../${slice}/cri-containerd-${a}.scope`,
    container: a,
  },
  {
    name: 'a service',
    path: '/system.slice/nginx.service',
    unit: 'nginx.service',
    service: 'nginx',
  },
  {
    name: 'an instance',
    path: '/system.slice/system-postgresql.slice/postgresql@15-main.service',
    unit: 'postgresql@15-main.service',
    service: 'postgresql@15-main',
  },
  {
    name: 'a delegated group',
    path: '/system.slice/app.service/payload/x',
    unit: 'app.service',
    service: 'app',
  },
  {
    name: 'an escaped name',
    path: '/system.slice/_cpu.service',
    unit: 'cpu.service',
    service: 'cpu',
  },
  {
    name: 'a service in a slice of its own',
    path: '/web.slice/web-api.slice/api.service',
    unit: 'api.service',
    service: 'api',
  },
  {
    name: 'LXC',
    path: '/lxc.payload.web1/system.slice/nginx.service',
    container: 'web1',
    unit: 'nginx.service',
    service: 'nginx',
  },
  { name: 'LXC of old', path: '/lxc/web.1', container: 'web.1' },
  { name: 'LXC between', path: '/lxc.payload/web', container: 'web' },
  { name: 'LXC of Proxmox', path: '/lxc/101/ns/init.scope', container: '101' },
  {
    name: 'unprivileged LXC',
    path: '/user.slice/user-1000.slice/session-1.scope/lxc.payload.web',
    container: 'web',
  },
  { name: 'LXC in LXC', path: '/lxc.payload.a/lxc.payload.b/init.scope', container: 'b' },
  { name: 'docker in LXC', path: `/lxc/101/ns/docker/${a}`, container: a },
  { name: 'LXC, its watcher', path: '/lxc.monitor.web1' },
  { name: 'LXC, its watcher of old', path: '/lxc.monitor/web1' },
  { name: 'only the folder of LXC', path: '/lxc' },
  {
    name: 'systemd-nspawn',
    path: '/machine.slice/machine-web.scope/payload/system.slice/nginx.service',
    container: 'web',
    unit: 'nginx.service',
    service: 'nginx',
  },
  {
    name: 'systemd-nspawn, an escaped name',
    path: '/machine.slice/machine-web\\x2dapi.scope/payload',
    container: 'web-api',
  },
  {
    name: 'systemd-nspawn as a service',
    path: '/machine.slice/systemd-nspawn@web\\x2dapi.service/payload/init.scope',
    container: 'web-api',
  },
  {
    name: 'systemd-nspawn, its watcher',
    path: '/machine.slice/systemd-nspawn@web.service/supervisor',
    unit: 'systemd-nspawn@web.service',
    service: 'systemd-nspawn@web',
  },
  {
    name: "libvirt's LXC",
    path: '/machine.slice/machine-lxc\\x2d4711\\x2dweb.scope',
    container: 'web',
  },
  {
    name: 'podman in systemd-nspawn',
    path: `/machine.slice/machine-web.scope/payload/machine.slice/libpod-${a}.scope`,
    container: a,
  },
  {
    name: 'a watcher in a container',
    path: `/docker/${a}/kubelet.slice/kubelet-${slice}/crio-conmon-${b}.scope`,
    container: a,
    unit: `crio-conmon-${b}.scope`,
  },
  {
    name: 'rootless podman, cgroupfs driver',
    path: `/user.slice/user-1000.slice/user@1000.service/user.slice/podman-1234.scope/libpod_parent/libpod-${a}`,
    container: a,
  },
  { name: 'containerd', path: `/default/${a}`, container: a },
  { name: 'Kata', path: `/kata_overhead/${a}`, container: a },
  {
    name: 'a user service',
    path: '/user.slice/user-1000.slice/user@1000.service/app.slice/syncthing.service',
    unit: 'syncthing.service',
    service: 'syncthing',
  },
  {
    name: 'a desktop program',
    path: '/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-firefox-1234.scope',
    unit: 'app-gnome-firefox-1234.scope',
  },
  { name: "a user's manager", path: '/user.slice/user-1000.slice/user@1000.service/init.scope' },
  { name: "a user's group without a unit", path: '/user.slice/user-1000.slice/user@1000.service' },
  { name: 'a login session', path: '/user.slice/user-0.slice/session-3.scope' },
  { name: 'pid 1', path: '/init.scope' },
  { name: 'systemd-run', path: '/system.slice/run-u42.service', unit: 'run-u42.service' },
  {
    name: 'systemd-run of old',
    path: `/system.slice/run-r${task}.service`,
    unit: `run-r${task}.service`,
  },
  {
    name: 'systemd-run of new',
    path: '/system.slice/run-p12-i34.service',
    unit: 'run-p12-i34.service',
  },
  {
    name: 'a service that only looks so',
    path: '/system.slice/run-unit.service',
    unit: 'run-unit.service',
    service: 'run-unit',
  },
  {
    name: 'a virtual machine',
    path: '/machine.slice/machine-qemu\\x2d1\\x2dweb.scope/libvirt/emulator',
    unit: 'machine-qemu\\x2d1\\x2dweb.scope',
  },
  { name: 'a socket unit', path: '/system.slice/foo.socket', unit: 'foo.socket' },
  { name: 'only a slice', path: '/system.slice' },
  { name: '63 digits', path: `/docker/${a.slice(1)}` },
  { name: 'upper case', path: `/docker/${a.toUpperCase()}` },
])('$name', ({ path, container, unit, service }) => {
  const facts = describeCgroup(path)
  expect([facts.containerId, facts.systemdUnit, facts.unitService]).toEqual([
    container,
    unit,
    service,
  ])
})

test.each([
  { path: `/kubepods/besteffort/pod${uid}/${a}`, pod: uid },
  { path: `/kubepods/pod${uid}/${a}`, pod: uid },
  { path: `/kubepods.slice/kubepods-burstable.slice/${slice}/cri-containerd-${a}.scope`, pod: uid },
  {
    path: `/kubepods.slice/kubepods-pod${uid.replaceAll('-', '_')}.slice/crio-${a}.scope`,
    pod: uid,
  },
  { path: `/system.slice/containerd.service/${slice}:cri-containerd:${a}`, pod: uid },
  { path: `/../../${slice}/cri-containerd-${a}.scope`, pod: uid },
  { path: `/../../pod${uid}/${a}`, pod: uid },
  { path: `/docker/${a}/kubelet.slice/kubelet-kubepods.slice/kubelet-${slice}/${b}`, pod: uid },
  { path: `/kubepods.slice/kubepods-burstable.slice/${slice}`, pod: uid },
  // Of a static pod.
  { path: `/kubepods/burstable/pod${task}/${a}`, pod: task },
  { path: `/kubepods.slice/kubepods-pod${task}.slice/cri-containerd-${a}.scope`, pod: task },
  { path: `/machine.slice/machine-libpod_pod_${b}.slice/libpod-${a}.scope`, pod: undefined },
  { path: `/kubepods/burstable/pod${uid}x/${a}`, pod: undefined },
  { path: `/kubepods/burstable/pod${uid.toUpperCase()}/${a}`, pod: undefined },
  { path: `/docker/${a}`, pod: undefined },
])('the pod of $path is $pod', ({ path, pod }) => {
  expect(describeCgroup(path).podUid).toBe(pod)
})

test('a runtime without ids gives its name', () => {
  expect(describeCgroup('/lxc/web')).toMatchObject({ containerId: 'web', containerName: 'web' })
  expect(describeCgroup(`/docker/${a}`)).not.toHaveProperty('containerName')
})

test.each([
  {
    name: 'v2',
    text: `0::/system.slice/docker-${a}.scope\n`,
    facts: { containerId: a, unifiedPath: `/system.slice/docker-${a}.scope` },
  },
  {
    name: 'v1',
    text: `12:pids:/docker/${a}\n2:cpu,cpuacct:/docker/${a}\n1:name=systemd:/docker/${a}\n`,
    facts: { containerId: a, path: `/docker/${a}` },
  },
  {
    name: 'both, docker in v1 only',
    text: `4:memory:/docker/${a}\n1:name=systemd:/docker/${a}\n0::/system.slice/docker.service\n`,
    facts: { containerId: a, unifiedPath: '/system.slice/docker.service' },
  },
  {
    name: 'both, a service',
    text: '4:memory:/system.slice/web.service\n1:name=systemd:/system.slice/web.service\n0::/system.slice/web.service\n',
    facts: {
      systemdUnit: 'web.service',
      unitService: 'web',
      unifiedPath: '/system.slice/web.service',
    },
  },
  {
    name: "v1 with systemd's own hierarchy",
    text: '4:memory:/\n1:name=systemd:/system.slice/web.service\n',
    facts: { unitService: 'web', path: '/system.slice/web.service' },
  },
  {
    name: 'this kind of sandbox',
    text: `9:name=systemd:/\n4:memory:/process_api/${task}\n0::/\n`,
    facts: { path: '/', unifiedPath: '/' },
  },
  { name: 'nothing', text: '', facts: { path: '/' } },
  { name: 'no line at all', text: 'x\n::\n0:\n', facts: { path: '/' } },
])('the lines of $name are read', ({ text, facts }) => {
  expect(parseCgroup(text)).toMatchObject(facts)
})

test('a service around a container is not its name', () => {
  const facts = parseCgroup(`4:memory:/docker/${a}\n0::/system.slice/docker.service\n`)
  expect(facts).not.toHaveProperty('unitService')
})

test('no text makes the reader fail', () => {
  const part = fc.constantFrom(
    '0::/',
    '1:name=systemd:',
    '/',
    'docker-',
    a,
    '.scope',
    '.service',
    '\n',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(part, fc.string())), (parts) => {
      const facts = parseCgroup(parts.join(''))
      expect(facts.containerName ?? facts.containerId ?? a).not.toBe('')
      expect(facts.path.startsWith('/')).toBe(true)
    }),
  )
})
