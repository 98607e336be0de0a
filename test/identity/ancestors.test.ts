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

function identityOf(): Identity {
  const { procRoot, etcRoot, dbusRoot } = tree
  return new Identity({ procRoot, etcRoot, dbusRoot, clock: () => now })
}

const curl: ProcessKey = { pid: 900, startTime: 99_000_000_000n, cgroupId: 7n }
const named = (name: string) => `OTEL_SERVICE_NAME=${name}\0`

/** What is known of curl, that was gone before anyone looked. */
function goneCurl(identity: Identity, ancestors: readonly ProcessKey[], key = curl) {
  identity.seen(seen(key, { executableName: 'curl', ancestors }))
  return identity.resourceOf(key)
}

test('a process that is gone has the environment of its parent, and what the kernel told of itself', () => {
  const parent = tree.process({
    pid: 800,
    environ: `${named('nightly')}OTEL_RESOURCE_ATTRIBUTES=service.namespace=jobs,team=a\0`,
  })
  const known = goneCurl(identityOf(), [parent])
  expect(known).toMatchObject({
    serviceName: 'nightly',
    serviceNamespace: 'jobs',
    mode: 'own',
    isAlive: false,
  })
  expect(known.resource.attributes).toMatchObject({
    'process.executable.name': 'curl',
    'process.pid': 900,
    team: 'a',
  })
})

test('of a parent that is gone too the next one is asked', () => {
  const parent: ProcessKey = { pid: 800, startTime: 1n, cgroupId: 7n }
  const grandparent = tree.process({ pid: 700, environ: named('script') })
  expect(goneCurl(identityOf(), [parent, grandparent]).serviceName).toBe('script')
})

test('a parent that tells nothing is the one to be believed', () => {
  const parent = tree.process({ pid: 800 })
  const grandparent = tree.process({ pid: 700, environ: named('script') })
  expect(goneCurl(identityOf(), [parent, grandparent]).serviceName).toBe('unknown_service:curl')
})

test('a parent that was read once is known when it is gone', () => {
  const identity = identityOf()
  const parent = tree.process({ pid: 800, environ: named('script') })
  expect(goneCurl(identity, [parent]).serviceName).toBe('script')
  tree.remove(800)
  now = 60_000
  const later = { ...curl, pid: 901 }
  expect(goneCurl(identity, [parent], later).serviceName).toBe('script')
})

test.each([
  { name: 'another process has its pid', change: { startTime: 1n } },
  { name: 'it is the first process', change: { pid: 1 } },
])('a parent is not asked if $name', ({ change }) => {
  const parent = tree.process({ pid: 800, environ: named('other') })
  tree.process({ pid: 1, environ: named('init') })
  const { serviceName } = goneCurl(identityOf(), [{ ...parent, ...change }])
  expect(serviceName).toBe('unknown_service:curl')
})

test('a zombie has no environment any more: the next one is asked', () => {
  const parent = tree.process({ pid: 800, state: 'Z' })
  const grandparent = tree.process({ pid: 700, environ: named('script') })
  expect(goneCurl(identityOf(), [parent, grandparent]).serviceName).toBe('script')
})

test('a process that lives is read itself', () => {
  const parent = tree.process({ pid: 800, environ: named('parent') })
  const key = tree.process({ pid: 801, environ: named('itself') })
  const identity = identityOf()
  identity.seen(seen(key, { ancestors: [parent] }))
  expect(identity.resourceOf(key).serviceName).toBe('itself')
  const plain = tree.process({ pid: 802 })
  identity.seen(seen(plain, { ancestors: [parent] }))
  expect(identity.resourceOf(plain).serviceName).toBe('unknown_service:program')
})

test('a parent of many is read once in a while', () => {
  const identity = identityOf()
  const parent = tree.process({ pid: 800, environ: named('first') })
  goneCurl(identity, [parent])
  tree.process({ pid: 800, environ: named('second') })
  now = 4_999
  expect(goneCurl(identity, [parent], { ...curl, pid: 901 }).serviceName).toBe('first')
  now = 5_000
  expect(goneCurl(identity, [parent], { ...curl, pid: 902 }).serviceName).toBe('second')
})
