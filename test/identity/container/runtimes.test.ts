import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import {
  ContainerRuntimes,
  type ContainerRuntimesSettings,
} from '../../../src/identity/container/runtimes.ts'
import { DockerServer, socketFolder } from './support/docker-server.ts'

const a = 'a'.repeat(64)
const b = 'b'.repeat(64)

async function follow(path: string, more: ContainerRuntimesSettings = {}) {
  const runtimes = new ContainerRuntimes({ endpoints: [path], ...more })
  onTestFinished(() => runtimes.stop())
  await runtimes.start()
  return runtimes
}

const poll = { timeout: 20_000 }

test('what runs at the start is known when it has started', async () => {
  const server = await new DockerServer().start()
  server.listed = [
    { Id: a, Names: ['/web/db', '/db'], Image: 'reg:5000/pg:16', Labels: { x: 'y', z: '1' } },
  ]
  const runtimes = await follow(server.path, { labels: ['x'] })
  expect(runtimes.find(a)).toEqual({
    id: a,
    name: 'db',
    imageName: 'reg:5000/pg',
    imageTags: ['16'],
    runtime: 'docker',
    labels: new Map([['x', 'y']]),
    shownLabels: new Set(['x']),
  })
  expect(runtimes.find(b)).toBeUndefined()
  expect(runtimes.stats()).toMatchObject({ containers: 1, failures: 0 })
})

test('a container that starts later is known by its event alone', async () => {
  const server = await new DockerServer().start()
  const runtimes = await follow(server.path)
  await expect.poll(() => server.listeners, poll).toBe(1)
  const before = runtimes.epoch
  server.event('create', a, { name: 'one', image: 'bb:2', 'com.docker.compose.service': 's' })
  await expect.poll(() => runtimes.find(a), poll).toMatchObject({ name: 'one', imageTags: ['2'] })
  expect(runtimes.find(a)?.labels).toEqual(new Map([['com.docker.compose.service', 's']]))
  expect(runtimes.epoch).toBeGreaterThan(before)
  server.event('rename', a, { name: 'two' })
  await expect.poll(() => runtimes.find(a)?.name, poll).toBe('two')
  server.event('destroy', a)
  server.event('create', b)
  await expect.poll(() => runtimes.find(b), poll).toBeDefined()
  expect(runtimes.find(a)?.name).toBe('two')
  expect(server.asked.filter((path) => path.startsWith('/containers/'))).toEqual([
    '/containers/json',
  ])
})

test('events of the time of the list are not lost: they come from before it, and are taken after it', async () => {
  const server = await new DockerServer().start()
  server.listed = [{ Id: a, Names: ['/a'], Image: 'bb', Labels: null }]
  server.answers.set('/containers/json', (response) => {
    server.event('rename', a, { name: 'newer' })
    setTimeout(() => response.end(JSON.stringify(server.listed)), 200)
  })
  const runtimes = await follow(server.path)
  await expect.poll(() => runtimes.find(a)?.name, poll).toBe('newer')
  const events = server.asked.find((path) => path.startsWith('/events')) ?? ''
  expect(Number(/since=(\d+)/.exec(events)?.[1])).toBeLessThan(Date.now() / 1000 - 1)
})

test('an end tells of a container that nobody told of before', async () => {
  const server = await new DockerServer().start()
  const runtimes = await follow(server.path)
  await expect.poll(() => server.listeners, poll).toBe(1)
  server.event('destroy', b)
  server.event('die', a, { name: 'short' })
  await expect.poll(() => runtimes.find(a)?.name, poll).toBe('short')
  expect(runtimes.find(b)).toBeUndefined()
})

test('what happened while a runtime was not heard is asked for', async () => {
  const server = await new DockerServer().start()
  const runtimes = await follow(server.path)
  await expect.poll(() => server.listeners, poll).toBe(1)
  await server.stop()
  const lost = Date.now()
  await expect.poll(() => runtimes.stats().failures, poll).toBeGreaterThan(0)
  await sleep(3_000)
  const second = await new DockerServer(server.path).start()
  await expect.poll(() => second.listeners, poll).toBe(1)
  const events = second.asked.find((path) => path.startsWith('/events')) ?? ''
  expect(Number(/since=(\d+)/.exec(events)?.[1])).toBeLessThan(lost / 1000)
})

test('an image whose tag went to another is asked for', async () => {
  const server = await new DockerServer().start()
  server.listed = [{ Id: a, Names: ['/a'], Image: `sha256:${b}`, Labels: {} }]
  server.answers.set(`/containers/${a}/json`, (response) =>
    response.end(JSON.stringify({ Config: { Image: 'shop/cart:1' } })),
  )
  const runtimes = await follow(server.path)
  expect(runtimes.find(a)).toMatchObject({ imageName: 'shop/cart', imageTags: ['1'] })
})

test('a runtime that starts later is found; one that went away is asked again', async () => {
  const path = join(socketFolder(), 'docker.sock')
  const runtimes = await follow(path)
  expect(runtimes.stats()).toEqual({ containers: 0, leftOut: 0, events: 0, failures: 0 })
  const first = new DockerServer(path)
  first.listed = [{ Id: a, Names: ['/a'], Image: 'bb' }]
  await first.start()
  await expect.poll(() => runtimes.find(a)?.name, poll).toBe('a')
  await first.stop()
  expect(existsSync(path)).toBe(false)
  expect(runtimes.find(a)?.name).toBe('a')
  const second = new DockerServer(path)
  second.listed = [{ Id: b, Names: ['/b'], Image: 'bb' }]
  await second.start()
  await expect.poll(() => runtimes.find(b)?.name, poll).toBe('b')
  // It ended while nobody told.
  expect(runtimes.find(a)?.name).toBe('a')
  expect(runtimes.stats().failures).toBeGreaterThan(0)
})

test('a stream of events that ends is opened again', async () => {
  const server = await new DockerServer().start()
  const runtimes = await follow(server.path)
  await expect.poll(() => server.listeners, poll).toBe(1)
  server.endStreams()
  await expect.poll(() => server.listeners, poll).toBe(1)
  server.event('start', a)
  await expect.poll(() => runtimes.find(a)?.name, poll).toBe('n')
})

const hostileLines: [string, string][] = [
  ['garbage', 'garbage\n{\n[]\nnull\n"x"\n1\n{"Type":"container"}\n'],
  ['no container', '{"Type":"network","Action":"connect","Actor":{"ID":"x"}}\n'],
  ['an id that is none', '{"Type":"container","Action":"start","Actor":{"ID":"../../x"}}\n'],
  ['ids of wrong kinds', '{"Type":"container","Action":"start","Actor":{"ID":[1]}}\n'],
  ['a line of a megabyte', `${'x'.repeat(1 << 20)}\n`],
  ['half an event', '{"Type":"conta'.padEnd(300_000, ' ')],
]

test.each(hostileLines)('events are taken after %s', async (_name, lines) => {
  const server = await new DockerServer().start()
  const runtimes = await follow(server.path)
  await expect.poll(() => server.listeners, poll).toBe(1)
  server.write(lines)
  server.write('\n')
  server.event('start', a)
  await expect.poll(() => runtimes.find(a)?.name, poll).toBe('n')
  expect(runtimes.stats().containers).toBe(1)
  expect(runtimes.stats().failures).toBeGreaterThan(0)
})

test.each([
  ['no JSON', (write: (text: string) => void) => write('<html>')],
  ['JSON of another kind', (write: (text: string) => void) => write('{"Id":1}')],
  ['lists of anything', (write: (text: string) => void) => write('[1,null,"x",[],{"Id":{}}]')],
])('a list that is %s does no harm', async (_name, answer) => {
  const server = await new DockerServer().start()
  server.answers.set('/containers/json', (response) => answer((text) => response.end(text)))
  const runtimes = await follow(server.path)
  expect(runtimes.stats().containers).toBe(0)
})

test('a list of 100 MB is left after 16 MiB', async () => {
  const server = await new DockerServer().start()
  let sent = 0
  const piece = Buffer.alloc(1 << 20, ' ')
  const hundred = function* () {
    for (sent = 0; sent < 100; sent += 1) yield piece
  }
  server.answers.set('/containers/json', (response) => {
    pipeline(Readable.from(hundred()), response).catch(() => {})
  })
  const runtimes = await follow(server.path)
  await expect.poll(() => runtimes.stats().failures, poll).toBeGreaterThan(0)
  expect(sent).toBeLessThan(40)
})

test('hostile names and labels are bounded', async () => {
  const server = await new DockerServer().start()
  const labels = Object.fromEntries(
    Array.from({ length: 1000 }, (_, at) => [`io.kubernetes.${at}`, 'v'.repeat(1000)]),
  )
  server.listed = [
    { Id: a, Names: [`/${'n'.repeat(300)}`], Image: 'i'.repeat(2000), Labels: labels },
    { Id: b, Names: ['/x\n"\u001b'], Image: 'bb:1', Labels: { ['__proto__']: 'x' } },
  ]
  const runtimes = await follow(server.path, { labels: ['*'] })
  expect(runtimes.find(a)).toMatchObject({ name: undefined, imageName: undefined, imageTags: [] })
  expect(JSON.stringify([...(runtimes.find(a)?.labels ?? [])]).length).toBeLessThan(20_000)
  expect(runtimes.find(b)?.name).toBe('x\n"\u001b')
  expect(runtimes.stats().leftOut).toBeGreaterThan(900)
})

test('10,000 containers are bounded', async () => {
  const server = await new DockerServer().start()
  server.listed = Array.from({ length: 10_000 }, (_, at) => ({
    Id: String(at).padStart(64, '0'),
    Names: [`/c${at}`],
    Image: 'bb',
  }))
  const runtimes = await follow(server.path)
  await expect.poll(() => runtimes.stats().containers, poll).toBe(8192)
  expect(runtimes.stats().leftOut).toBe(10_000 - 8192)
})

test('a runtime that does not answer holds up nobody for long', async () => {
  const server = await new DockerServer().start()
  server.answers.set('/_ping', () => {})
  const runtimes = await follow(server.path)
  expect(runtimes.find(a)).toBeUndefined()
  await runtimes.stop()
})

test('what is no runtime is told once, not asked again and again', async () => {
  const server = await new DockerServer().start()
  server.answers.set('/_ping', (response) => void response.end('OK'))
  const told: unknown[] = []
  const logger = { limited: (...line: unknown[]) => void told.push(line) }
  await follow(server.path, { logger })
  expect(server.asked).toEqual(['/_ping'])
  expect(told).toEqual([
    [
      'warn',
      `containers ${server.path}`,
      expect.any(String),
      { socket: server.path, reason: 'what answers there is no Docker or Podman' },
    ],
  ])
})

test('where runtimes are wanted, it is a fault that none answers', async () => {
  const told: string[] = []
  const health = {
    failing: (what: string, reason: string) => told.push(`${what}: ${reason}`),
    working: (what: string) => told.push(`${what} works`),
  }
  const path = join(socketFolder(), 'docker.sock')
  await follow(path, { isWanted: true, health })
  expect(told).toHaveLength(1)
  expect(told[0]).toContain('none answers')
  await new DockerServer(path).start()
  await expect.poll(() => told.at(-1), poll).toBe('containers works')
})
