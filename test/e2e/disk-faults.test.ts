import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { status } from '@grpc/grpc-js'
import { expect, onTestFinished, test } from 'vitest'
import type { SenderMessage, SenderSettings } from '../../bench/outage-sender.ts'
import { until } from '../support/agent.ts'
import { manyPoints, metricsOf, resource } from '../support/metrics.ts'
import type { OtlpReceiver } from '../support/otlp-server.ts'
import { fileStorage, scratch } from '../support/storage.ts'
import { exporting, points, receiver } from '../support/stored-exporter.ts'
import { sumPoints } from '../support/sum-points.ts'

const away = { code: status.UNAVAILABLE }
const folder = 'exporter_otlp_metrics.queue'
const filesIn = (directory: string) => readdirSync(join(directory, folder)).length

/** A file system of its own, in memory. */
function disk(size: string): { path: string; remount: (options: string) => void } {
  const path = scratch()
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path])
  onTestFinished(() => void execFileSync('umount', ['--lazy', path]))
  return {
    path,
    remount: (options) => void execFileSync('mount', ['-o', `remount,${options}`, path]),
  }
}

/** 1,000 points that take some 150 KB. */
const wide = (at: number) =>
  metricsOf(resource([manyPoints(1000, at * 1000, { text: 'x'.repeat(100) })]))

test('a full disk: what it does not take waits in memory, nothing is lost, and it is used again', async () => {
  const { path } = disk('1m')
  const { storage } = await fileStorage({ directory: path })
  let isBack = false
  const server = await receiver(() => (isBack ? {} : away))
  const { exporter, count, dropped, lines } = await exporting(storage, server.port)
  for (let at = 0; at < 25; at += 1) exporter.consume(wide(at))
  const writeErrors = () => count('storage.errors', ',nettracer.storage.operation=write')
  await until('a disk that is full', async () => (await writeErrors()) > 0)
  expect(lines).toContainEqual(
    expect.objectContaining({
      message: expect.stringMatching(/cannot be written to disk; they stay in memory/),
      fields: expect.objectContaining({ reason: expect.stringMatching(/ENOSPC/) }),
    }),
  )
  const held = await count('queue.stored')
  expect(held).toBeGreaterThan(0)
  expect(held).toBeLessThan(25)
  isBack = true
  await until('all of it', () => server.points.length >= 25_000)
  await until('a disk that is empty', () => filesIn(path) === 0)
  isBack = false
  exporter.consume(wide(25))
  await until('a request on disk', async () => (await count('queue.stored')) === 1)
  isBack = true
  await exporter.shutdown()
  expect(server.points).toHaveLength(26_000)
  expect(await dropped('queue_full')).toBe(0)
})

test('a read-only disk at the start: the agent starts and sends, and what is on it goes when it can be written to', async () => {
  const { path, remount } = disk('8m')
  const first = await fileStorage({ directory: path })
  const dead = await receiver(() => away)
  const before = await exporting(first.storage, dead.port, { timeout: '200ms' })
  before.exporter.consume(points(10))
  await until('a request on disk', async () => (await before.count('queue.stored')) === 1)
  await before.exporter.shutdown()
  await first.storage.shutdown()

  remount('ro')
  const { storage, lines } = await fileStorage({ directory: path })
  expect(lines[0]).toMatchObject({
    level: 'warn',
    fields: { directory: path, reason: expect.stringMatching(/EROFS/) },
  })
  const server = await receiver()
  const { exporter, count, dropped } = await exporting(storage, server.port)
  exporter.consume(points(20, 100))
  await until('what was collected', () => server.points.length === 20)
  expect(await count('storage.errors', ',nettracer.storage.operation=open')).toBeGreaterThan(0)
  remount('rw')
  await until('what was on the disk', () => server.points.length === 30)
  await until('a disk that is empty', () => filesIn(path) === 0)
  expect(await dropped('damaged')).toBe(0)
})

test('a disk that becomes read-only: it goes on, and may send twice what it cannot remove', async () => {
  const { path, remount } = disk('8m')
  const { storage } = await fileStorage({ directory: path })
  let isBack = false
  const server = await receiver(() => (isBack ? {} : away))
  const { exporter, count } = await exporting(storage, server.port)
  for (let at = 0; at < 5; at += 1) exporter.consume(points(2, at * 2))
  await until('requests on disk', async () => (await count('queue.stored')) === 5)
  remount('ro')
  isBack = true
  for (let at = 5; at < 10; at += 1) exporter.consume(points(2, at * 2))
  await until('all of it', () => server.points.length === 20)
  const errors = (operation: string) =>
    count('storage.errors', `,nettracer.storage.operation=${operation}`)
  await until('errors', async () => (await errors('remove')) >= 5)
  remount('rw')
  exporter.consume(points(2, 100))
  await until('what could not be removed to be gone', () => filesIn(path) === 0)
  await exporter.shutdown()
  expect(server.points).toHaveLength(22)
})

/** A process whose disk fails as files in a folder say. */
async function failing() {
  const [build, control, directory] = [scratch(), scratch(), scratch()]
  const source = fileURLToPath(new URL('../support/failing-disk.c', import.meta.url))
  const library = join(build, 'failing-disk.so')
  execFileSync('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl'])
  const sender = fileURLToPath(new URL('../../bench/outage-sender.ts', import.meta.url))
  const times: number[] = []
  const start = async (port: number) => {
    const settings: SenderSettings = {
      port,
      directory,
      intervalMs: 100,
      points: 10,
      services: 1,
      timeout: '2s',
    }
    let readings: Readonly<Record<string, number>> = {}
    const child = fork(sender, [JSON.stringify(settings)], {
      env: { ...process.env, LD_PRELOAD: library, FAILING_DISK: control },
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    child.on('message', (message) => {
      const told = message as SenderMessage
      if ('readings' in told) readings = told.readings
      else times.push(told.timeMs)
    })
    const end = async (signal: NodeJS.Signals) => {
      const ended = once(child, 'exit')
      child.kill(signal)
      await ended
      return (name: string) =>
        Object.entries(readings)
          .filter(([key]) => key.startsWith('nettracer.exporter.') && key.includes(name))
          .reduce((sum, [, value]) => sum + value, 0)
    }
    return end
  }
  const ticks = async (more: number) => {
    const before = times.length
    await until(`${more} intervals`, () => times.length >= before + more)
  }
  return {
    directory,
    times,
    start,
    ticks,
    fail: (operation: string) => writeFileSync(join(control, operation), ''),
    heal: (operation: string) => rmSync(join(control, operation)),
  }
}

/** How often each interval came whole. */
function arrivals(server: OtlpReceiver, times: readonly number[]): number[] {
  const counts = new Map<number, number>()
  for (const { timeMs } of server.received.flatMap(({ request }) => sumPoints(request))) {
    counts.set(timeMs, (counts.get(timeMs) ?? 0) + 1)
  }
  return times.map((time) => (counts.get(time) ?? 0) / 10)
}

test.each(['write', 'open'])(
  'EIO at each %s: all arrives from memory, and errors are counted',
  async (operation) => {
    let isBack = false
    const server = await receiver(() => (isBack ? {} : away))
    const sender = await failing()
    const end = await sender.start(server.port)
    await sender.ticks(5)
    sender.fail(operation)
    await sender.ticks(20)
    isBack = true
    await sender.ticks(20)
    sender.heal(operation)
    const reading = await end('SIGTERM')
    expect(arrivals(server, sender.times)).toEqual(sender.times.map(() => 1))
    expect(reading('storage.errors')).toBeGreaterThan(0)
    expect(reading('dropped_points')).toBe(0)
  },
)

test('EIO at each read: what cannot be read is counted, stays on disk, and arrives when it can be', async () => {
  let isBack = false
  const server = await receiver(() => (isBack ? {} : away))
  const sender = await failing()
  const kill = await sender.start(server.port)
  await sender.ticks(20)
  await until('all on disk', () => filesIn(sender.directory) >= sender.times.length)
  await kill('SIGKILL')
  const backlog = [...sender.times]

  sender.fail('read')
  isBack = true
  const end = await sender.start(server.port)
  await until('the backlog to be passed over', () => {
    const found = arrivals(server, sender.times.slice(backlog.length))
    return found.length > 10 && (found[0] ?? 0) > 0
  })
  await sender.ticks(40)
  const reading = await end('SIGTERM')
  expect(reading('drop.reason=damaged')).toBe(backlog.length * 10)
  expect(reading('storage.operation=read')).toBeGreaterThanOrEqual(backlog.length)
  expect(filesIn(sender.directory)).toBe(backlog.length)

  sender.heal('read')
  const last = await sender.start(server.port)
  await until('an empty disk', () => filesIn(sender.directory) === 0)
  await last('SIGTERM')
  expect(arrivals(server, sender.times)).toEqual(sender.times.map(() => 1))
})

test('EIO at each removal: nothing is sent twice while it runs, and what is left is removed later', async () => {
  const server = await receiver()
  const sender = await failing()
  sender.fail('unlink')
  const end = await sender.start(server.port)
  await sender.ticks(10)
  expect(filesIn(sender.directory)).toBeGreaterThan(5)
  sender.heal('unlink')
  await sender.ticks(5)
  const reading = await end('SIGTERM')
  expect(reading('storage.operation=remove')).toBeGreaterThan(0)
  expect(filesIn(sender.directory)).toBe(0)
  expect(arrivals(server, sender.times)).toEqual(sender.times.map(() => 1))
})

test('a folder in the place of a file costs no more than itself', async () => {
  const directory = scratch()
  mkdirSync(join(directory, folder, '0000000000000001-7-1795289694403-166.otlp'), {
    recursive: true,
  })
  const { storage } = await fileStorage({ directory, max_age: '0s' })
  const server = await receiver()
  const { exporter, dropped } = await exporting(storage, server.port)
  exporter.consume(points(5))
  await until('the folder to be counted', async () => (await dropped('damaged')) > 0)
  await exporter.shutdown()
  expect([server.points.length, await dropped('damaged')]).toEqual([5, 7])
})
