import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, readlinkSync, rmdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findCgroupMount } from '../../src/identity/cgroup-paths.ts'
import { Identity } from '../../src/identity/index.ts'
import { until } from '../support/agent.ts'
import { createNamespace, type Namespace } from '../support/netns.ts'
import { watch } from '../support/source.ts'
import { startTraffic } from '../support/traffic.ts'

const id = 'c0ffee'.repeat(11).slice(2)
const pod = '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0'
const mountinfo = readFileSync('/proc/self/mountinfo', 'utf8')
const v1 = /^(?:\S+ ){4}(\S+) .* - cgroup \S+ (?:\S+,)?pids(?:,\S+)?$/m.exec(mountinfo)?.[1]
const hierarchies = [
  { hierarchy: 'v2', mount: findCgroupMount(mountinfo) },
  { hierarchy: 'v1', mount: v1 },
].filter(({ mount }) => mount !== undefined)

const places = [
  { engine: 'Docker', path: `docker/${id}` },
  { engine: 'Docker by systemd', path: `system.slice/docker-${id}.scope` },
  { engine: 'Podman', path: `machine.slice/libpod-${id}.scope/container` },
  {
    engine: 'containerd by systemd',
    path: `kubepods-burstable-pod${pod.replaceAll('-', '_')}.slice/cri-containerd-${id}.scope`,
  },
  { engine: 'CRI-O', path: `kubepods/burstable/pod${pod}/crio-${id}` },
]

/** It is the root's only group of its name, and all below it go with the test. */
function makeGroup(mount: string, path: string): { group: string; remove: () => boolean } {
  const own = join(mount, `nettracer-test-${process.pid}`)
  const group = join(own, path)
  mkdirSync(group, { recursive: true })
  /** The kernel lets go of a group a moment after its last process. */
  const remove = () => {
    try {
      for (let at = group; at !== mount; at = dirname(at)) rmdirSync(at)
      return true
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT'
    }
  }
  onTestFinished(() => void remove())
  return { group, remove }
}

const connect = 'echo 0 > "$1/cgroup.procs"; exec 3<>"/dev/tcp/127.0.0.1/$2"'

/** A process joins the group, connects and ends; then the group goes, before anyone looks. */
async function comeAndGo({ name }: Namespace, port: number, mount: string, path: string) {
  const { group, remove } = makeGroup(mount, path)
  // Not `ip netns exec`, which mounts another /sys.
  const command = `echo $$; ${connect}`
  const args = [`--net=/run/netns/${name}`, 'bash', '-c', command, 'bash', group, `${port}`]
  const pid = Number(execFileSync('nsenter', args, { encoding: 'utf8' }))
  await until('the group is gone', remove, 1)
  return pid
}

test('a process is in its container though its group is gone before anyone looked', async () => {
  const namespace = await createNamespace()
  const server = startTraffic(namespace)
  const port = await server.run<number>("l = listen('127.0.0.1', backlog=64); port_of(l)")
  const seen = await watch([namespace])
  const own = `nettracer-test-${process.pid}`
  const cases = hierarchies.flatMap(({ hierarchy, mount = '' }) =>
    places.map(({ engine, path }) => ({ name: `${engine} by ${hierarchy}`, mount, path })),
  )
  const pids: number[] = []
  for (const { mount, path } of cases) pids.push(await comeAndGo(namespace, port, mount, path))
  const shallow = await comeAndGo(namespace, port, hierarchies[0]?.mount ?? '', 'x')

  await seen.collectUntil(() => seen.sum({ port, role: 'client' }).closed === cases.length + 1)
  const told = (wanted: number) => seen.sink.processes.find(({ pid }) => pid === wanted)
  const identity = new Identity()
  const known = cases.map(({ name }, at) => {
    const process = told(pids[at] ?? 0)
    if (process === undefined) return { name }
    identity.seen(process)
    const { containerId, isAlive } = identity.resourceOf(process)
    return { name, path: process.cgroupPath, containerId, isAlive }
  })
  const lastThree = (path: string) => `${own}/${path}`.split('/').slice(-3).join('/')
  expect(known).toEqual(
    cases.map(({ name, path }) => ({
      name,
      path: lastThree(path),
      containerId: id,
      isAlive: false,
    })),
  )
  // Nothing is above the second part, but what our own namespace hides.
  const isRoots = readlinkSync('/proc/self/ns/cgroup') === 'cgroup:[4026531835]'
  expect(told(shallow)?.cgroupPath).toMatch(new RegExp(`^${isRoots ? '' : '.*'}/${own}/x$`))
  expect(identity.stats().cgroupScans).toBe(0)
})
