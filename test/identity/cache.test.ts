import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ProcessKey } from '../../src/connection/process.ts'
import { Identity } from '../../src/identity/index.ts'
import { ProcTree } from './support/proc-tree.ts'
import { seen } from './support/processes.ts'

let tree: ProcTree
let now = 0
beforeEach(() => {
  tree = new ProcTree()
  now = 0
})
afterEach(() => tree.delete())

function identityOf(settings: { maxProcesses?: number } = {}): Identity {
  const { procRoot, etcRoot, dbusRoot } = tree
  return new Identity({ procRoot, etcRoot, dbusRoot, clock: () => now, ...settings })
}

function gone(pid: number): ProcessKey {
  return { pid, startTime: BigInt(pid) * 10_000_000n, cgroupId: 0n }
}

test('a process is read once, and its resource is one object', () => {
  const key = tree.process({ pid: 7, environ: 'OTEL_SERVICE_NAME=a\0' })
  const identity = identityOf()
  const first = identity.resourceOf(key)
  tree.process({ pid: 7, environ: 'OTEL_SERVICE_NAME=b\0' })
  expect(identity.resourceOf(key)).toBe(first)
  expect(identity.resourceOf(key).resource).toBe(first.resource)
  expect(identity.stats()).toMatchObject({ processes: 1, lookups: 3 })
})

test('of too many processes those that ended go first, then those longest not asked for', () => {
  const identity = identityOf({ maxProcesses: 3 })
  const living = [1, 2, 3, 4].map((pid) => tree.process({ pid }))
  const [one, two, three, four] = living as [ProcessKey, ProcessKey, ProcessKey, ProcessKey]
  const firstOne = identity.resourceOf(one)
  const firstTwo = identity.resourceOf(two)
  identity.resourceOf(gone(900))
  identity.resourceOf(three)
  expect(identity.stats()).toMatchObject({ processes: 3, ended: 0, evictions: 1 })

  expect(identity.resourceOf(one)).toBe(firstOne)
  identity.resourceOf(four)
  expect(identity.stats()).toMatchObject({ processes: 3, evictions: 2 })
  expect(identity.resourceOf(one)).toBe(firstOne)
  expect(identity.resourceOf(two)).not.toBe(firstTwo)
})

test('processes that ended take no more than a quarter of the cache', () => {
  const identity = identityOf({ maxProcesses: 10 })
  for (let pid = 1; pid <= 500; pid += 1) identity.seen(seen(gone(pid)))
  expect(identity.stats()).toMatchObject({ processes: 2, ended: 2, gone: 500, evictions: 498 })
})

test('one refresh looks at a bounded number of processes, the most overdue first', () => {
  const identity = identityOf()
  const keys = Array.from({ length: 300 }, (_, at) => tree.process({ pid: at + 1 }))
  const known = keys.map((key) => identity.resourceOf(key))
  for (const { pid } of keys) tree.process({ pid, exe: '/usr/bin/changed' })
  const changed = () => known.filter((one) => one.executableName === 'changed').length
  now = 5_000
  identity.refresh(now)
  expect(changed()).toBe(256)
  identity.refresh(now)
  expect(changed()).toBe(300)
})

test('a process is looked at after 5 s, 30 s, 5 min and then every 5 min', () => {
  const identity = identityOf()
  const key = tree.process({ pid: 7 })
  const known = identity.resourceOf(key)
  const seenAt: number[] = []
  for (now = 0; now <= 1_000_000; now += 1_000) {
    tree.process({ pid: 7, exe: `/bin/at-${now}` })
    const before = known.executableName
    identity.refresh(now)
    if (known.executableName !== before) seenAt.push(now / 1000)
  }
  expect(seenAt).toEqual([5, 30, 300, 600, 900])
})

test('a zombie has ended, and keeps what was known of it', () => {
  const identity = identityOf()
  const key = tree.process({ pid: 7, environ: 'OTEL_SERVICE_NAME=a\0', uid: 33 })
  const known = identity.resourceOf(key)
  const { resource } = known
  expect(resource.attributes).toHaveProperty('process.owner', 'web')
  tree.process({ pid: 7, state: 'Z', exe: '/gone' })
  now = 5_000
  identity.refresh(now)
  expect(known).toMatchObject({ isAlive: false, serviceName: 'a' })
  expect(known.resource).toBe(resource)
})

test('the user that the kernel told counts first, then the one of now', () => {
  const identity = identityOf()
  const key = tree.process({ pid: 7, uid: 33 })
  identity.seen(seen(key, { uid: 0 }))
  const known = identity.resourceOf(key)
  expect(known.resource.attributes).toHaveProperty('process.owner', 'root')
  now = 5_000
  identity.refresh(now)
  expect(known.resource.attributes).toHaveProperty('process.owner', 'web')
})

test('what a process shares is kept while one of them is known', () => {
  const identity = identityOf()
  const environ = 'OTEL_RESOURCE_ATTRIBUTES=service.name=a,service.instance.id=i\0'
  const [one, two] = [tree.process({ pid: 1, environ }), tree.process({ pid: 2, environ })]
  const { resource } = identity.resourceOf(one)
  identity.resourceOf(two)
  identity.forget(one)
  expect(identity.resourceOf(one).resource).toBe(resource)
  identity.forget(one)
  identity.forget(two)
  expect(identity.stats().processes).toBe(0)
  expect(identity.resourceOf(one).resource).not.toBe(resource)
})

test('a shared resource is left when the process runs another program', () => {
  const identity = identityOf()
  const environ = 'OTEL_RESOURCE_ATTRIBUTES=service.name=a,service.instance.id=i\0'
  const known = identity.resourceOf(tree.process({ pid: 7, environ }))
  tree.process({ pid: 7, exe: '/bin/other' })
  now = 5_000
  identity.refresh(now)
  expect(known).toMatchObject({ mode: 'own', serviceName: 'unknown_service:other' })
  tree.process({ pid: 7, environ })
  now = 30_000
  identity.refresh(now)
  expect(known).toMatchObject({ mode: 'shared-triplet', instanceId: 'i' })
})

test('a broken environment is counted once', () => {
  const identity = identityOf()
  const environ = 'OTEL_RESOURCE_ATTRIBUTES=a\0OTEL_SERVICE_NAME=b\0'
  const known = identity.resourceOf(tree.process({ pid: 7, environ }))
  now = 5_000
  identity.refresh(now)
  expect(known.serviceName).toBe('b')
  expect(identity.stats().malformedEnvironments).toBe(1)
})

test('the time of creation is the boot and the ticks since', () => {
  const key = tree.process({ pid: 7, startTicks: 123 })
  expect(identityOf().resourceOf(key).resource.attributes['process.creation.time']).toBe(
    new Date(1_700_000_000_000 + 1230).toISOString(),
  )
})

test('a host whose /proc says nothing still gives every process a resource', () => {
  const identity = new Identity({ procRoot: '/nowhere', etcRoot: '/nowhere', dbusRoot: '/nowhere' })
  identity.seen(seen(gone(5), { executableName: 'x' }))
  const { resource } = identity.resourceOf(gone(5))
  expect(resource.attributes).toMatchObject({ 'service.name': 'unknown_service:x' })
  expect(resource.attributes).not.toHaveProperty('process.creation.time')
})
