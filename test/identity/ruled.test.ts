import { afterEach, beforeEach, expect, test } from 'vitest'
import { Identity } from '../../src/identity/index.ts'
import type { Rule } from '../../src/identity/rules/rules.ts'
import { ProcTree } from './support/proc-tree.ts'
import { seen } from './support/processes.ts'

let tree: ProcTree
beforeEach(() => {
  tree = new ProcTree()
})
afterEach(() => tree.delete())

function identityOf(rules: readonly Rule[]): Identity {
  const { procRoot, etcRoot, dbusRoot } = tree
  return new Identity({ procRoot, etcRoot, dbusRoot, rules })
}

const front = { 'service.name': 'front', 'deployment.environment.name': 'prod' }

test('a rule names a process that tells nothing, and not one that tells its name', () => {
  const identity = identityOf([{ match: { executable: '/usr/bin/pro*' }, set: front }])
  const plain = identity.resourceOf(tree.process({ pid: 7 }))
  expect(plain).toMatchObject({ serviceName: 'front', mode: 'own' })
  expect(plain.resource.attributes).toMatchObject(front)
  const telling = identity.resourceOf(tree.process({ pid: 8, environ: 'OTEL_SERVICE_NAME=a\0' }))
  expect(telling.serviceName).toBe('a')
  expect(telling.resource.attributes).toMatchObject({ 'deployment.environment.name': 'prod' })
})

test('a rule may look at arguments without their being told', () => {
  const identity = identityOf([{ match: { command_line: 'app\\.jar' }, set: front }])
  const cmdline = 'java\0-jar\0/srv/app.jar\0--password=x\0'
  const known = identity.resourceOf(tree.process({ pid: 7, cmdline }))
  expect(known.serviceName).toBe('front')
  expect(JSON.stringify(known.resource.attributes)).not.toContain('password')
})

test('a rule by port names a process from the moment that it serves the port', () => {
  const identity = identityOf([{ match: { port: 80 }, set: front }])
  const key = tree.process({ pid: 7 })
  const known = identity.resourceOf(key)
  identity.serves(key, 8080)
  expect(known.serviceName).toBe('unknown_service:program')
  const { instanceId } = known
  identity.serves(key, 80)
  expect(known).toMatchObject({ serviceName: 'front', instanceId })
})

test('a process may serve before it is asked for', () => {
  const identity = identityOf([{ match: { port: 80 }, set: front }])
  const key = tree.process({ pid: 7 })
  identity.serves(key, 80)
  expect(identity.resourceOf(key).serviceName).toBe('front')
  const gone = { pid: 9, startTime: 1n, cgroupId: 0n }
  identity.seen(seen(gone))
  identity.serves(gone, 80)
  expect(identity.resourceOf(gone).serviceName).toBe('front')
})
