import { mkdirSync, rmdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CgroupPaths, findCgroupMount } from '../../src/identity/cgroup-paths.ts'
import { BoundedFiles } from '../../src/identity/files.ts'
import { ProcTree } from './support/proc-tree.ts'

let tree: ProcTree
let now = 0
beforeEach(() => {
  tree = new ProcTree()
  now = 0
})
afterEach(() => tree.delete())

function make(path: string): bigint {
  const full = join(tree.root, 'cgroup', path)
  mkdirSync(full, { recursive: true })
  return statSync(full, { bigint: true }).ino
}

function pathsOf(): CgroupPaths {
  const settings = { procRoot: tree.procRoot, cgroupRoot: join(tree.root, 'cgroup') }
  return new CgroupPaths(new BoundedFiles(), { ...settings, clock: () => now })
}

test('a control group is found by the inode of its directory', () => {
  const id = make('system.slice/nginx.service')
  const root = statSync(join(tree.root, 'cgroup'), { bigint: true }).ino
  const paths = pathsOf()
  expect(paths.find(id)).toMatchObject({
    path: '/system.slice/nginx.service',
    unitService: 'nginx',
  })
  expect(paths.find(root)?.path).toBe('/')
  expect(paths.scans).toBe(1)
})

test('unknown ids make one walk in 250 ms', () => {
  const paths = pathsOf()
  for (let id = 1n; id < 100n; id += 1n) expect(paths.find(id << 40n)).toBeUndefined()
  expect(paths.scans).toBe(1)

  const late = make('late.service')
  expect(paths.find(late)).toBeUndefined()
  now = 249
  expect(paths.find(late)).toBeUndefined()
  now = 250
  expect(paths.find(late)?.unitService).toBe('late')
})

test('walks take 2 % of the time at most', () => {
  // Each look at the clock, at the beginning and the end of a walk, is 100 ms after the one before.
  let time = 0
  const clock = () => {
    time += 100
    return time
  }
  const paths = new CgroupPaths(new BoundedFiles(), {
    procRoot: tree.root,
    cgroupRoot: join(tree.root, 'cgroup'),
    clock,
  })
  for (let id = 1n; id < 100n; id += 1n) expect(paths.find(id << 40n)).toBeUndefined()
  expect(paths.scans).toBe(2)
})

test('what a living process told needs no walk, and outlives the directory', () => {
  const id = make('short.service')
  const paths = pathsOf()
  paths.remember(id, '/short.service')
  rmdirSync(join(tree.root, 'cgroup', 'short.service'))
  expect(paths.find(id)?.unitService).toBe('short')
  expect(paths.scans).toBe(0)
})

test('a path that is not the one with that id is not remembered', () => {
  const id = make('one.service')
  make('other.service')
  const paths = pathsOf()
  paths.remember(id, '/other.service')
  expect(paths.find(id)?.unitService).toBe('one')
})

const container = 'c0ffee'.repeat(11).slice(2)
const pod = '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0'

test.each([
  { told: `docker/${container}`, containerId: container },
  {
    told: `kubepods-pod${pod.replaceAll('-', '_')}.slice/crio-${container}.scope/container`,
    containerId: container,
    podUid: pod,
  },
  { told: `burstable/pod${pod}/${container}`, containerId: container, podUid: pod },
  { told: '/system.slice/cron.service', systemdUnit: 'cron.service', unitService: 'cron' },
])('the kernel’s word $told needs no walk', ({ told, ...facts }) => {
  const paths = pathsOf()
  expect(paths.find(99n << 40n, told)).toEqual({ path: told, ...facts })
  expect(paths.scans).toBe(0)
})

test('where the kernel does not tell all, the hierarchy is asked, and counts', () => {
  const id = make('user.slice/a.service/b/c/d')
  const paths = pathsOf()
  expect(paths.find(id, 'b/c/d')?.unitService).toBe('a')
  expect(paths.find(99n << 40n, 'b/c/d')).toEqual({ path: 'b/c/d' })
  expect(paths.scans).toBe(1)
})

test('what is known by a living process counts, but for a container that it does not tell', () => {
  const id = make('system.slice/containerd.service')
  const inner = make(`system.slice/docker-${container}.scope/init.scope`)
  const paths = pathsOf()
  paths.remember(id, '/system.slice/containerd.service')
  paths.remember(inner, `/system.slice/docker-${container}.scope/init.scope`)
  expect(paths.find(id, '/system.slice')?.systemdUnit).toBe('containerd.service')
  // It is in the unified hierarchy with those that started it.
  expect(paths.find(id, `docker/${container}`)?.containerId).toBe(container)
  expect(paths.find(inner, `/x/docker-${container}.scope`)?.path).toContain('init.scope')
  expect(paths.scans).toBe(0)
})

test('id 0 is no control group, but the kernel’s word of one counts', () => {
  const paths = pathsOf()
  expect(paths.find(0n)).toBeUndefined()
  expect(paths.find(0n, `a/b/${container}`)?.containerId).toBe(container)
  expect(paths.find(0n, 'a/b/c')?.path).toBe('a/b/c')
  expect(paths.scans).toBe(0)
})

test('the mount is found by its kind', () => {
  const lines = [
    '31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755',
    '40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd',
    '50 31 0:38 /../../x /mnt/part rw,relatime - cgroup2 cgroup2 rw',
    '41 31 0:38 / /sys/fs/my\\040cgroup rw,relatime shared:4 - cgroup2 cgroup2 rw',
  ]
  expect(findCgroupMount(lines.join('\n'))).toBe('/sys/fs/my cgroup')
  expect(findCgroupMount(lines.slice(0, 3).join('\n'))).toBe('/mnt/part')
  expect(findCgroupMount(lines.slice(0, 2).join('\n'))).toBeUndefined()
  expect(findCgroupMount('')).toBeUndefined()
})

test('a host without the unified hierarchy has no paths', () => {
  const settings = { procRoot: tree.procRoot, cgroupRoot: undefined, clock: () => now }
  expect(new CgroupPaths(new BoundedFiles(), settings).find(77n)).toBeUndefined()
})

test('in a container the mount that was handed to it from outside shows the whole hierarchy', () => {
  const lines = [
    '41 31 0:38 / /sys/fs/cgroup ro - cgroup2 cgroup rw',
    '42 31 0:38 /../../.. /host/sys/fs/cgroup ro - cgroup2 cgroup rw',
  ]
  expect(findCgroupMount(lines.join('\n'))).toBe('/host/sys/fs/cgroup')
  expect(findCgroupMount(lines.slice(0, 1).join('\n'))).toBe('/sys/fs/cgroup')
})
