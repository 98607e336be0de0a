import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ApiClient } from '../../../src/identity/kubernetes/api-client.ts'
import { Condition } from '../../../src/identity/kubernetes/condition.ts'
import { objectOf, textOf } from '../../../src/identity/kubernetes/fields.ts'
import { Pauses } from '../../../src/identity/kubernetes/pauses.ts'
import { ResourceWatch } from '../../../src/identity/kubernetes/resource-watch.ts'
import { HealthBook } from '../../../src/telemetry/health.ts'
import { KubernetesServer, type ServedAnswer } from '../../support/kubernetes-server.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'

const path = '/api/v1/pods'
let server: KubernetesServer
let known: Map<string, string>
let health: HealthBook
let lines: ReturnType<typeof recordedSettings>['lines']
let watch: ResourceWatch
let client: ApiClient

/** Keeps the names of objects by their uids. */
function namesSink() {
  let listed = new Set<string>()
  return {
    put(object: object) {
      const { uid, name } = objectOf(objectOf(object)['metadata'])
      known.set(textOf(uid) ?? '', textOf(name) ?? '')
      listed.add(textOf(uid) ?? '')
    },
    drop: (uid: string) => void known.delete(uid),
    relisting() {
      listed = new Set()
    },
    listed() {
      for (const uid of known.keys()) if (!listed.has(uid)) known.delete(uid)
    },
  }
}

const put = (uid: string, name = uid) => server.put(path, { metadata: { uid, name } })
const names = () => [...known.values()].toSorted()
const lists = () => server.count(path, false)
const watches = () => server.count(path, true)
const isWatching = () => expect.poll(() => server.watching).toBe(1)

function create(query: Record<string, string> = {}, token = 'secret'): void {
  const recorded = recordedSettings('nettracer')
  ;({ lines } = recorded)
  health = new HealthBook()
  const { logger } = recorded.settings.telemetry
  const access = { server: server.url, ca: server.authority.ca.toString(), token }
  client = new ApiClient(() => access, 'test/1')
  watch = new ResourceWatch({
    client,
    condition: new Condition({
      logger,
      health: health.of('nettracer'),
      resource: 'pods',
      verbs: 'list and watch',
    }),
    resource: { path, query, sink: namesSink() },
    // Short ones, for the test's sake.
    pauses: new Pauses(() => -0.9),
    spreadMs: 0,
  })
}

beforeEach(async () => {
  known = new Map()
  server = await KubernetesServer.start()
  create()
})

afterEach(async () => {
  await watch.stop()
  client.close()
  await server.stop()
})

test('what is there is listed page by page, and then followed', async () => {
  for (let count = 0; count < 1_203; count += 1) put(`u${count}`)
  watch.start()
  await watch.synced
  expect(known.size).toBe(1_203)
  expect(lists()).toBe(3)
  await isWatching()
  put('new')
  server.delete(path, 'u0')
  put('u1', 'other')
  await expect
    .poll(() => [known.get('new'), known.has('u0'), known.get('u1')])
    .toEqual(['new', false, 'other'])
  expect(watch.counts).toEqual({ lists: 3, watches: 1, failures: 0, events: 3 })
})

test('the token goes with each request, and the selector', async () => {
  await watch.stop()
  create({ fieldSelector: 'spec.nodeName=n1' })
  watch.start()
  await isWatching()
  expect(server.asked.map(({ authorization }) => authorization)).toEqual([
    'Bearer secret',
    'Bearer secret',
  ])
  expect(server.asked.map(({ query }) => query.get('fieldSelector'))).toEqual([
    'spec.nodeName=n1',
    'spec.nodeName=n1',
  ])
})

test.each(['end', 'cut'] as const)(
  'a watch that ends (%s) begins anew where it was, with no list',
  async (how) => {
    put('a')
    watch.start()
    await isWatching()
    put('b')
    await expect.poll(names).toEqual(['a', 'b'])
    server.endWatches(how)
    put('c')
    await expect.poll(names).toEqual(['a', 'b', 'c'])
    expect([lists(), watches()]).toEqual([1, 2])
  },
)

test('a bookmark is from where it goes on', async () => {
  watch.start()
  await isWatching()
  server.forget()
  server.bookmark()
  await sleep(100)
  server.endWatches('end')
  await isWatching()
  await expect.poll(watches).toBe(2)
  put('a')
  await expect.poll(names).toEqual(['a'])
  expect(lists()).toBe(1)
})

test('a state that the server forgot is listed anew, and what went meanwhile is dropped', async () => {
  put('a')
  put('b')
  watch.start()
  await isWatching()
  server.endWatches('end')
  server.delete(path, 'a')
  server.forget()
  await expect.poll(names).toEqual(['b'])
  await isWatching()
  expect(lists()).toBe(2)
  expect(health.problems()).toEqual([])
  expect(lines).toEqual([])
})

test('a watch that ends with the event 410 is followed by one list', async () => {
  put('a')
  watch.start()
  await isWatching()
  server.endWatches('expired')
  await expect.poll(lists).toBe(2)
  await isWatching()
  expect([lists(), watches()]).toEqual([2, 2])
})

test('a state that the server forgot between two pages is listed from the beginning', async () => {
  for (let count = 0; count < 600; count += 1) put(`u${count}`)
  let pages = 0
  server.instead = ({ isWatch }) => {
    pages += isWatch ? 0 : 1
    if (pages === 2) server.forget()
    return undefined
  }
  watch.start()
  await watch.synced
  expect(known.size).toBe(600)
  expect(lists()).toBe(4)
})

test('a server that is away at the start is found when it is there', async () => {
  await server.halt()
  watch.start()
  await expect.poll(() => watch.counts.failures).toBeGreaterThan(2)
  expect(health.problems()).toMatchObject([{ what: 'kubernetes pods' }])
  await server.listen()
  put('a')
  await expect.poll(names).toEqual(['a'])
  expect(health.problems()).toEqual([])
  expect(lines.at(-1)?.message).toBe('Kubernetes answers again')
})

test('over a restart of the server what is known stays known', async () => {
  put('a')
  watch.start()
  await isWatching()
  await server.halt()
  await expect.poll(() => watch.counts.failures).toBeGreaterThan(1)
  expect(names()).toEqual(['a'])
  await server.listen()
  put('b')
  await expect.poll(names).toEqual(['a', 'b'])
})

const status = (code: number, message: string): ServedAnswer => ({
  status: code,
  body: JSON.stringify({ kind: 'Status', status: 'Failure', message, code }),
})

test('a role that lacks a right is told of with verbs and resource, and a right that comes later is used', async () => {
  put('a')
  server.instead = () => status(403, 'pods is forbidden: User "x" cannot list resource "pods"')
  watch.start()
  await expect.poll(() => health.problems().length).toBe(1)
  expect(health.problems()[0]?.reason).toBe(
    'the server answers 403: pods is forbidden: User "x" cannot list resource "pods" (the role of the agent needs list and watch of pods)',
  )
  server.instead = () => undefined
  await expect.poll(names).toEqual(['a'])
})

test('a server that is busy is asked again when it said, not before', async () => {
  put('a')
  const times: number[] = []
  server.instead = () => {
    times.push(performance.now())
    return times.length === 1 ? { status: 429, headers: { 'retry-after': '1' } } : undefined
  }
  watch.start()
  await watch.synced
  expect(names()).toEqual(['a'])
  // A part of the second may pass before the server looks at its clock.
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(500)
})

test('a redirect is not followed: the token would go elsewhere', async () => {
  const other = await KubernetesServer.start()
  server.instead = () => ({ status: 302, headers: { location: `${other.url}${path}` } })
  watch.start()
  await expect.poll(() => watch.counts.failures).toBeGreaterThan(1)
  expect(other.asked).toEqual([])
  expect(health.problems()[0]?.reason).toContain('the server answers 302')
  await other.stop()
})

test.each([
  ['no JSON', 'hello\n'],
  ['half an object', '{"type":"ADDED","object":\n'],
  ['another kind of event', '{"type":"OTHER","object":{"metadata":{"resourceVersion":"1"}}}\n'],
  ['no version', '{"type":"ADDED","object":{}}\n'],
  ['no object', '[]\n'],
])('a watch that tells %s is not believed: a list tells', async (_, text) => {
  put('a')
  watch.start()
  await isWatching()
  server.write(text)
  await expect.poll(lists).toBe(2)
  await isWatching()
  put('b')
  await expect.poll(names).toEqual(['a', 'b'])
})

test('half a line before the connection breaks is forgotten, and comes again', async () => {
  put('a')
  watch.start()
  await isWatching()
  server.write('{"type":"ADDED","object":{"metadata":{"uid":"b"')
  await sleep(50)
  server.endWatches('cut')
  put('b')
  await expect.poll(names).toEqual(['a', 'b'])
  expect(lists()).toBe(1)
})

test.each([
  ['no JSON', { status: 200, body: '<html>' }],
  ['half a list', { status: 200, body: '{"items":[{"metadata":{"uid":"x"' }],
  ['no version', { status: 200, body: '{"items":[]}' }],
  ['an error without a word', { status: 500 }],
  ['nothing', 'destroy' as const],
])('a list that is %s is asked for again, and drops nothing', async (_, answer) => {
  put('a')
  watch.start()
  await isWatching()
  let isWrong = true
  server.instead = ({ isWatch }) => (!isWatch && isWrong ? answer : undefined)
  server.endWatches('expired')
  await expect.poll(() => watch.counts.failures).toBeGreaterThan(2)
  expect(names()).toContain('a')
  isWrong = false
  put('b')
  await expect.poll(names).toEqual(['a', 'b'])
})

test('a watch that ends at once is not asked for without a pause', async () => {
  await watch.stop()
  create()
  server.instead = ({ isWatch }) => (isWatch ? { status: 200, body: '' } : undefined)
  watch.start()
  await expect.poll(watches).toBeGreaterThan(3)
  const before = watches()
  await sleep(300)
  // They are doubled each time: a loop would be at hundreds.
  expect(watches() - before).toBeLessThan(10)
  expect(lists()).toBe(1)
})

test('it stops in the midst of anything, and its connections with it', async () => {
  watch.start()
  await isWatching()
  await watch.stop()
  await expect.poll(() => server.watching).toBe(0)
  expect(watch.counts.failures).toBe(0)
})
