import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { ApiClient } from '../../../src/identity/kubernetes/api-client.ts'
import { Condition } from '../../../src/identity/kubernetes/condition.ts'
import { objectOf, textOf } from '../../../src/identity/kubernetes/fields.ts'
import { Kubernetes } from '../../../src/identity/kubernetes/index.ts'
import { ObjectIndex } from '../../../src/identity/kubernetes/object-index.ts'
import { Pauses } from '../../../src/identity/kubernetes/pauses.ts'
import { ResourceWatch } from '../../../src/identity/kubernetes/resource-watch.ts'
import { HealthBook } from '../../../src/telemetry/health.ts'
import { KubernetesServer } from '../../support/kubernetes-server.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'
import { extraction, podObject, serviceObject } from '../support/kubernetes-objects.ts'

const path = '/api/v1/pods'
const expiries = 100

let server: KubernetesServer

beforeEach(async () => {
  server = await KubernetesServer.start()
})

afterEach(() => server.stop())

const access = () => ({ server: server.url, ca: server.authority.ca.toString(), token: 'secret' })

/** A watch of pods with pauses of milliseconds. */
async function follow() {
  const { logger } = recordedSettings('nettracer').settings.telemetry
  const health = new HealthBook().of('nettracer')
  const names = new ObjectIndex<string>({
    most: 1000,
    read: ({ metadata }) => textOf(objectOf(metadata)['name']),
    added: (name) => name,
    removed: () => {},
  })
  const client = new ApiClient(access, 'test/1')
  const watch = new ResourceWatch({
    client,
    condition: new Condition({ logger, health, resource: 'pods', verbs: 'list and watch' }),
    resource: { path, sink: names },
    pauses: new Pauses(() => -0.99),
    spreadMs: 0,
  })
  onTestFinished(async () => {
    await watch.stop()
    client.close()
  })
  watch.start()
  await until(() => server.watching === 1)
  return { watch, names }
}

/** Asks each millisecond. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(1)
}

const put = (uid: string) => server.put(path, { metadata: { uid, name: uid } })

test('a hundred watches that time out or break go on where each was: one list in all', async () => {
  const { watch, names } = await follow()
  for (let count = 0; count < expiries; count += 1) {
    server.endWatches(count % 2 === 0 ? 'end' : 'cut')
    // While nobody watches: only the state that the next one begins at tells of it.
    put(`u${count}`)
    if (count > 0) server.delete(path, `u${count - 1}`)
    await until(() => server.watching === 1 && names.changes === 2 * count + 1)
  }
  expect(names.size).toBe(1)
  expect(watch.counts).toMatchObject({ lists: 1, watches: 1 + expiries })
})

test('a hundred states that the server forgot are a list each, no more, and what went meanwhile is dropped', async () => {
  const { watch, names } = await follow()
  for (let count = 0; count < expiries; count += 1) {
    server.endWatches('end')
    put(`u${count}`)
    if (count > 0) server.delete(path, `u${count - 1}`)
    server.forget()
    await until(() => server.watching === 1 && names.changes === (count === 0 ? 1 : 2 * count + 2))
    // What happens then resets its pauses.
    put('busy')
    await until(() => watch.counts.events >= count + 1)
  }
  expect(names.size).toBe(2)
  expect(watch.counts).toMatchObject({ lists: 1 + expiries, watches: 1 + 2 * expiries })
})

test('the fifty watches of ten agents expire at once, twice: a list each, then they are quiet', async () => {
  server.put(path, podObject({ uid: 'u1' }))
  server.put('/api/v1/namespaces', { metadata: { uid: 'cluster', name: 'kube-system' } })
  const ports = [{ port: 80, protocol: 'TCP' }]
  server.put('/api/v1/services', serviceObject('s1', 'cart', { clusterIP: '10.96.0.7', ports }))
  const { logger } = recordedSettings('nettracer').settings.telemetry
  const agents = Array.from({ length: 10 }, () => {
    return new Kubernetes({
      api: access,
      kubeletIntervalMs: 1000,
      nodeName: 'node-1',
      extraction,
      hasPeers: true,
      waitMs: 0,
      userAgent: 'test/1',
      logger,
      health: new HealthBook().of('nettracer'),
      spreadMs: 50,
    })
  })
  onTestFinished(async () => {
    await Promise.all(agents.map((one) => one.stop()))
  })
  await Promise.all(agents.map((one) => one.start()))
  const watching = agents.length * 5
  const areWatching = () => until(() => server.watching === watching)
  await areWatching()
  const lists = () => agents.flatMap((one) => one.stats()).reduce((sum, one) => sum + one.lists, 0)
  expect(lists()).toBe(watching)

  server.endWatches('end')
  await areWatching()
  expect(lists()).toBe(watching)

  server.delete('/api/v1/services', 's1')
  for (const round of [2, 3]) {
    server.bookmark()
    await sleep(50)
    server.endWatches('expired')
    server.forget()
    await areWatching()
    await sleep(200)
    expect([server.watching, lists()]).toEqual([watching, round * watching])
  }
  const found = agents.map((one) => one.peers?.peerAt('10.96.0.7', 80, 'tcp'))
  expect(found.filter((one) => one !== undefined)).toEqual([])
})
