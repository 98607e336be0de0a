import { readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { status } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import type { Storage } from '../../../src/model/storage.ts'
import { manyPoints, metricsOf, resource } from '../../support/metrics.ts'
import { pointsOfModel } from '../../support/otlp-points.ts'
import type { OtlpReceiver } from '../../support/otlp-server.ts'
import { fileStorage, scratch } from '../../support/storage.ts'
import { exporting, points, receiver } from '../../support/stored-exporter.ts'

const filesIn = (directory: string) => readdirSync(join(directory, 'exporter_otlp_metrics.queue'))
const away = () => ({ code: status.UNAVAILABLE })

/** Values in the order in which they came. */
const arrived = (server: OtlpReceiver) =>
  server.received.flatMap(({ request }) =>
    (request.resourceMetrics ?? []).flatMap((one) =>
      (one.scopeMetrics?.[0]?.metrics?.[0]?.sum?.dataPoints ?? []).map(({ asInt }) => asInt),
    ),
  )

test('what was sent leaves nothing on disk', async () => {
  const directory = scratch()
  const { storage } = await fileStorage({ directory })
  const server = await receiver()
  const { exporter, count } = await exporting(storage, server.port)
  for (let at = 0; at < 20; at += 1) exporter.consume(points(3, at * 3))
  await exporter.shutdown()
  expect(server.points).toHaveLength(60)
  expect(filesIn(directory)).toEqual([])
  expect(await count('storage.errors')).toBe(0)
})

test('what was not sent is kept at shutdown, not dropped, and goes first after a restart, the oldest first', async () => {
  const directory = scratch()
  const { storage } = await fileStorage({ directory })
  const dead = await receiver(away)
  const first = await exporting(storage, dead.port, {
    timeout: '200ms',
    sending_queue: { num_consumers: 2 },
  })
  for (let at = 0; at < 8; at += 1) first.exporter.consume(points(1, at))
  await expect.poll(() => first.count('queue.stored')).toBe(8)
  await first.exporter.shutdown()
  expect([await first.dropped('shutdown'), filesIn(directory).length]).toEqual([0, 8])
  expect(first.lines.map(({ message }) => message)).toContain(
    'Unsent data points are on disk for the next run',
  )

  const server = await receiver()
  const second = await exporting(storage, server.port, { sending_queue: { num_consumers: 1 } })
  second.exporter.consume(points(1, 8))
  await expect.poll(() => arrived(server).length).toBe(9)
  expect(arrived(server)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8'])
  await second.exporter.shutdown()
  expect(filesIn(directory)).toEqual([])
  expect(second.lines[0]).toMatchObject({
    message: 'What was left on disk is sent first',
    fields: { requests: 8, items: 8 },
  })
})

test('a queue on disk holds more than memory may, up to its own limit; then the oldest go', async () => {
  const directory = scratch()
  const { storage } = await fileStorage({ directory, max_size_mib: 1 })
  const dead = await receiver(away)
  const { exporter, count, dropped } = await exporting(storage, dead.port, {
    timeout: '200ms',
    sending_queue: { num_consumers: 1 },
  })
  const wide = (at: number) =>
    metricsOf(resource([manyPoints(1000, at, { text: 'x'.repeat(100) })]))
  for (let at = 0; at < 12; at += 1) {
    exporter.consume(wide(at))
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await expect.poll(() => dropped('queue_full')).toBeGreaterThan(0)
  expect(await count('queue.bytes')).toBeLessThanOrEqual(1024 * 1024)
  const kept = (await count('queue.length')) * 1000
  expect(kept + (await dropped('queue_full'))).toBe(12_000)
  await expect.poll(() => filesIn(directory).length * 1000).toBe(kept)
})

test('requests that are too old are dropped and counted, the others sent', async () => {
  const directory = scratch()
  const { storage } = await fileStorage({ directory })
  const dead = await receiver(away)
  const first = await exporting(storage, dead.port, { timeout: '200ms' })
  first.exporter.consume(points(5))
  await expect.poll(() => first.count('queue.stored')).toBe(1)
  await first.exporter.shutdown()
  await storage.shutdown()

  const short = await fileStorage({ directory, max_age: '1ms' })
  const server = await receiver()
  const second = await exporting(short.storage, server.port)
  await expect.poll(() => second.dropped('expired')).toBe(5)
  expect([server.points.length, filesIn(directory).length]).toEqual([0, 0])
})

test('a damaged file is skipped and counted by what was in it, and all others are sent', async () => {
  const directory = scratch()
  const { storage } = await fileStorage({ directory })
  const dead = await receiver(away)
  const first = await exporting(storage, dead.port, { timeout: '200ms' })
  const sent = Array.from({ length: 5 }, (_, at) => points(10 + at, at * 100))
  for (const metrics of sent) first.exporter.consume(metrics)
  await expect.poll(() => first.count('queue.stored')).toBe(5)
  await first.exporter.shutdown()
  const [, second = '', , fourth = ''] = filesIn(directory).toSorted()
  const folder = join(directory, 'exporter_otlp_metrics.queue')
  writeFileSync(join(folder, second), 'garbage')
  truncateSync(join(folder, fourth), 100)

  const server = await receiver()
  const again = await exporting(storage, server.port)
  await expect.poll(() => again.dropped('damaged')).toBe(11 + 13)
  await again.exporter.shutdown()
  const whole = [0, 2, 4].flatMap((at) => pointsOfModel(sent[at]?.resourceMetrics ?? []))
  expect(server.points).toHaveLength(whole.length)
  expect(server.points).toEqual(expect.arrayContaining(whole))
  expect(await again.count('storage.errors', ',nettracer.storage.operation=read')).toBe(2)
  expect(filesIn(directory)).toEqual([])
})

test('a disk that fails costs nothing while memory holds it, and is used again when it is back', async () => {
  const directory = scratch()
  const { storage } = await fileStorage({ directory })
  let isBack = false
  const server = await receiver(() => (isBack ? {} : away()))
  const { exporter, count, lines } = await exporting(storage, server.port)
  const folder = join(directory, 'exporter_otlp_metrics.queue')
  rmSync(folder, { recursive: true })
  writeFileSync(folder, 'not a folder')
  for (let at = 0; at < 15; at += 1) exporter.consume(points(2, at * 2))
  await expect
    .poll(() => count('storage.errors', ',nettracer.storage.operation=write'))
    .toBeGreaterThan(0)
  expect(lines.map(({ message }) => message)).toContain(
    'Requests cannot be written to disk; they stay in memory and it is tried again',
  )
  isBack = true
  await expect.poll(() => server.points.length).toBe(30)
  await exporter.shutdown()
  expect(await count('sent_points')).toBe(30)
})

test('a disk that cannot be used at the start is tried again, and what it holds is then sent', async () => {
  const directory = scratch()
  const { storage } = await fileStorage({ directory })
  const dead = await receiver(away)
  const first = await exporting(storage, dead.port, { timeout: '200ms' })
  first.exporter.consume(points(7))
  await expect.poll(() => first.count('queue.stored')).toBe(1)
  await first.exporter.shutdown()

  let failures = 0
  const failing: Storage = {
    maxBytes: storage.maxBytes,
    maxAgeMs: storage.maxAgeMs,
    open: async (owner) => {
      failures += 1
      if (failures < 2) throw new Error('EIO: i/o error')
      return storage.open(owner)
    },
  }
  const server = await receiver()
  const second = await exporting(failing, server.port)
  second.exporter.consume(points(3, 100))
  await expect.poll(() => server.points.length, { timeout: 10_000 }).toBe(10)
  expect(await second.count('storage.errors', ',nettracer.storage.operation=open')).toBe(1)
})

test('a request that the backend refuses is not kept', async () => {
  const directory = scratch()
  const { storage } = await fileStorage({ directory })
  const server = await receiver(() => ({ code: status.PERMISSION_DENIED }))
  const { exporter, count } = await exporting(storage, server.port)
  exporter.consume(points(5))
  await expect.poll(() => count('failed_points')).toBe(5)
  await expect.poll(() => filesIn(directory).length).toBe(0)
})

test('deltas wait for room on disk as they do in memory: none is dropped', async () => {
  const directory = scratch()
  const { storage } = await fileStorage({ directory })
  let isBack = false
  const server = await receiver(() => (isBack ? {} : away()))
  const { exporter, dropped } = await exporting(storage, server.port, {
    temporality_preference: 'delta',
    sending_queue: { num_consumers: 1, queue_size: 2 },
  })
  for (let at = 0; at < 10; at += 1) {
    exporter.consume(points(1, at))
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  expect(filesIn(directory).length).toBeLessThanOrEqual(2)
  isBack = true
  await exporter.shutdown()
  expect(await dropped('queue_full')).toBe(0)
  expect(server.points.length).toBeGreaterThan(1)
})
