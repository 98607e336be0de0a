import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ServerCredentials, status } from '@grpc/grpc-js'
import { afterEach, expect, test } from 'vitest'
import type { z } from 'zod'
import { otlpConfig } from '../../../src/exporter/otlp/config.ts'
import { OtlpExporter } from '../../../src/exporter/otlp/exporter.ts'
import { everyKind, manyPoints, metricsOf, resource } from '../../support/metrics.ts'
import { pointsOfModel, pointsOfOtlp } from '../../support/otlp-points.ts'
import { type Answer, OtlpReceiver, retryInfo } from '../../support/otlp-server.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'
import { TcpRelay } from '../../support/tcp-relay.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

type Input = z.input<typeof otlpConfig>

/** Waits short enough for a test; each may be set otherwise. */
const quick = { initial_interval: '20ms', max_interval: '50ms', max_elapsed_time: '20s' }

async function receiver(settings: Parameters<typeof OtlpReceiver.start>[0] = {}) {
  const server = await OtlpReceiver.start(settings)
  cleanups.push(() => server.stop())
  return server
}

async function exporting(port: number, config: Partial<Input> = {}) {
  const recorded = recordedSettings('otlp/test')
  const exporter = new OtlpExporter(
    recorded.settings,
    otlpConfig.parse({
      endpoint: `127.0.0.1:${port}`,
      tls: { insecure: true },
      retry_on_failure: quick,
      ...config,
    }),
  )
  await exporter.start()
  cleanups.push(() => exporter.shutdown())
  const count = async (outcome: string, labels = '') => {
    const readings = await recorded.readings()
    const signal = /^(retries|queue)/.test(outcome) ? ',nettracer.signal=metrics' : ''
    const attributes = `otel.component.name=otlp/test${signal}${labels}`
    return readings[`nettracer.exporter.${outcome}{${attributes}}`] ?? 0
  }
  return { exporter, count, ...recorded }
}

const points = (count: number, from = 0) => metricsOf(resource([manyPoints(count, from)]))

/** A port of loopback on which nobody listens. */
async function freePort(): Promise<number> {
  const server = await OtlpReceiver.start()
  server.stop()
  return server.port
}

test('what is consumed arrives point by point, compressed, with headers and user agent', async () => {
  const server = await receiver()
  const { exporter, count } = await exporting(server.port, { headers: { 'X-Tenant': 'blue' } })
  const metrics = metricsOf(resource(everyKind(1)), resource(everyKind(2), { 'host.name': 'h' }))
  exporter.consume(metrics)
  await exporter.shutdown()

  expect(server.points).toEqual(pointsOfModel(metrics.resourceMetrics))
  const { metadata } = server.received[0]!
  expect(metadata.get('x-tenant')).toEqual(['blue'])
  expect(metadata.get('user-agent')).toEqual([expect.stringMatching(/^otel-nettracer\/1\.2\.3 /)])
  expect(await count('sent_points')).toBe(14)
})

test('a unix socket is an endpoint', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-'))
  cleanups.push(() => rmSync(folder, { recursive: true }))
  const server = await receiver({ address: `unix:${folder}/otlp.sock` })
  const { exporter } = await exporting(0, { endpoint: `unix://${folder}/otlp.sock` })
  exporter.consume(points(3))
  await exporter.shutdown()
  expect(server.points).toHaveLength(3)
})

test('http:// is plain text', async () => {
  const server = await receiver()
  const endpoint = `http://localhost:${server.port}/`
  const { exporter } = await exporting(server.port, { endpoint, tls: {} })
  exporter.consume(points(3))
  await exporter.shutdown()
  expect(server.points).toHaveLength(3)
})

test.each([
  status.CANCELLED,
  status.DEADLINE_EXCEEDED,
  status.ABORTED,
  status.OUT_OF_RANGE,
  status.UNAVAILABLE,
  status.DATA_LOSS,
])('status %i is tried again until it is taken', async (code) => {
  const server = await receiver({ answer: (count) => (count < 3 ? { code } : {}) })
  const { exporter, count, lines } = await exporting(server.port)
  exporter.consume(points(5))
  await expect.poll(() => server.points.length).toBe(5)

  await exporter.shutdown()
  expect([await count('retries'), await count('sent_points')]).toEqual([2, 5])
  expect(lines.map((line) => line.message)).toContain('An export failed and is tried again')
})

test.each([
  status.UNKNOWN,
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.ALREADY_EXISTS,
  status.PERMISSION_DENIED,
  status.FAILED_PRECONDITION,
  status.UNIMPLEMENTED,
  status.INTERNAL,
  status.UNAUTHENTICATED,
  status.RESOURCE_EXHAUSTED,
])('status %i is not tried again; its points are counted as failed', async (code) => {
  const asked: number[] = []
  const server = await receiver({
    answer: (count) => {
      asked.push(count)
      return { code }
    },
  })
  const { exporter, count, lines } = await exporting(server.port)
  exporter.consume(points(5))
  await expect.poll(() => count('failed_points')).toBe(5)

  expect(asked).toEqual([1])
  expect(await count('retries')).toBe(0)
  expect(lines.at(-1)?.fields['reason']).toMatch(/answer 1$/)
})

test('RESOURCE_EXHAUSTED with RetryInfo is tried again, after the delay it asks for', async () => {
  const details = retryInfo(0, 400_000_000)
  const server = await receiver({
    answer: (count): Answer => (count === 1 ? { code: status.RESOURCE_EXHAUSTED, details } : {}),
  })
  const { exporter, lines } = await exporting(server.port)
  exporter.consume(points(5))
  await expect.poll(() => server.points.length).toBe(5)
  expect(lines[0]?.fields['wait_ms']).toBe(400)
})

test('a partial success is never sent again and its points are counted as rejected', async () => {
  const server = await receiver({
    answer: () => ({ partialSuccess: { rejectedDataPoints: 2, errorMessage: 'too old' } }),
  })
  const { exporter, count, lines } = await exporting(server.port)
  exporter.consume(points(5))
  await exporter.shutdown()

  expect(server.received).toHaveLength(1)
  expect([await count('sent_points'), await count('rejected_points')]).toEqual([3, 2])
  expect(lines[0]?.fields).toEqual({ rejected_items: 2, reason: 'too old' })
})

test('with retries off a failure is final', async () => {
  const server = await receiver({ answer: () => ({ code: status.UNAVAILABLE }) })
  const { exporter, count } = await exporting(server.port, { retry_on_failure: { enabled: false } })
  exporter.consume(points(5))
  await expect.poll(() => count('failed_points')).toBe(5)
})

test('a request is given up when max_elapsed_time is over', async () => {
  const server = await receiver({ answer: () => ({ code: status.UNAVAILABLE }) })
  const { exporter, count } = await exporting(server.port, {
    retry_on_failure: { ...quick, max_elapsed_time: '200ms' },
  })
  exporter.consume(points(5))
  await expect.poll(() => count('failed_points'), { timeout: 10_000 }).toBe(5)
  expect(await count('retries')).toBeGreaterThan(0)
})

test('nothing is lost while the backend is away, and the queue drains when it is back', async () => {
  const port = await freePort()
  const { exporter, count } = await exporting(port, { sending_queue: { num_consumers: 3 } })
  const sent = Array.from({ length: 12 }, (_, index) => points(10, index * 10))
  for (const metrics of sent.slice(0, 6)) exporter.consume(metrics)
  await expect.poll(() => count('queue.length')).toBe(6)
  expect(await count('queue.bytes')).toBeGreaterThan(0)
  await new Promise((resolve) => setTimeout(resolve, 5500))
  for (const metrics of sent.slice(6)) exporter.consume(metrics)

  const server = await receiver({ port })
  await expect.poll(() => server.points.length, { timeout: 12_000 }).toBe(120)
  const expected = sent.flatMap((metrics) => pointsOfModel(metrics.resourceMetrics))
  expect(server.points).toHaveLength(expected.length)
  expect(server.points).toEqual(expect.arrayContaining(expected))
  await expect.poll(() => count('queue.length')).toBe(0)
  expect([await count('sent_points'), await count('failed_points')]).toEqual([120, 0])
})

test('a backend that breaks off in between is waited for', async () => {
  const first = await receiver()
  const { exporter, count } = await exporting(first.port)
  exporter.consume(points(4))
  await expect.poll(() => first.points.length).toBe(4)
  first.stop()
  exporter.consume(points(6))
  await expect.poll(() => count('retries')).toBeGreaterThan(0)
  const second = await receiver({ port: first.port })
  await expect.poll(() => second.points.length, { timeout: 12_000 }).toBe(6)
})

test('more points than a request may hold arrive whole, in requests of at most 3.5 MiB', async () => {
  const server = await receiver()
  const { exporter } = await exporting(server.port)
  const wide = manyPoints(20_000, 0, { text: 'x'.repeat(200) })
  const metrics = metricsOf(resource([wide]), resource([manyPoints(10)]))
  exporter.consume(metrics)
  await exporter.shutdown()

  expect(server.received.length).toBeGreaterThan(1)
  for (const { bytes } of server.received) expect(bytes).toBeLessThanOrEqual(3.5 * 1024 * 1024)
  const byValue = (a: object, b: object) => JSON.stringify(a).localeCompare(JSON.stringify(b))
  expect(server.points.toSorted(byValue)).toEqual(
    pointsOfModel(metrics.resourceMetrics).toSorted(byValue),
  )
})

test('a full queue drops the oldest points that wait, and counts them', async () => {
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const server = await receiver({
    answer: async () => {
      await gate
      return {}
    },
  })
  const { exporter, count } = await exporting(server.port, {
    sending_queue: { num_consumers: 1, queue_size: 3 },
  })
  for (let at = 0; at < 6; at += 1) exporter.consume(points(10, at * 10))
  await expect.poll(() => count('dropped_points', ',nettracer.drop.reason=queue_full')).toBe(30)
  open()
  await exporter.shutdown()

  const first = server.received.map(({ request }) => {
    return request.resourceMetrics?.[0]?.scopeMetrics?.[0]?.metrics?.[0]?.sum?.dataPoints?.[0]
      ?.asInt
  })
  expect(first).toEqual(['0', '40', '50'])
})

test('shutdown ends within the timeout with a dead backend, and counts what is left', async () => {
  const { exporter, count, lines } = await exporting(await freePort(), {
    timeout: '300ms',
    retry_on_failure: { initial_interval: '10s' },
  })
  for (let at = 0; at < 30; at += 1) exporter.consume(points(10))
  await exporter.shutdown()
  expect(await count('dropped_points', ',nettracer.drop.reason=shutdown')).toBe(300)
  expect(lines.at(-1)).toEqual({
    level: 'warn',
    message: 'Some data points were left unsent at shutdown',
    fields: { signal: 'metrics', items: 300 },
  })
})

test('shutdown ends within the timeout with a backend that never answers', async () => {
  const server = await receiver({ answer: async () => new Promise<Answer>(() => {}) })
  const { exporter, count } = await exporting(server.port, { timeout: '300ms' })
  for (let at = 0; at < 30; at += 1) exporter.consume(points(10))
  await exporter.shutdown()
  expect(await count('dropped_points', ',nettracer.drop.reason=shutdown')).toBe(300)
})

test('an attempt that takes longer than the timeout is tried again', async () => {
  const server = await receiver({
    answer: async (count) => (count === 1 ? new Promise<Answer>(() => {}) : {}),
  })
  const { exporter } = await exporting(server.port, { timeout: '200ms' })
  exporter.consume(points(5))
  await expect.poll(() => server.points.length).toBe(5)
})

test('without a queue requests are sent all the same', async () => {
  const server = await receiver()
  const { exporter } = await exporting(server.port, { sending_queue: { enabled: false } })
  for (let at = 0; at < 30; at += 1) exporter.consume(points(1))
  await exporter.shutdown()
  expect(server.points).toHaveLength(30)
})

test('what comes after shutdown, or before a start, is counted and not sent', async () => {
  const server = await receiver()
  const { exporter, count } = await exporting(server.port)
  await exporter.shutdown()
  await exporter.shutdown()
  exporter.consume(points(5))
  expect(await count('dropped_points', ',nettracer.drop.reason=shutdown')).toBe(5)
  expect(server.received).toHaveLength(0)
})

test('a shutdown without a start does nothing', async () => {
  const { settings } = recordedSettings('otlp')
  const exporter = new OtlpExporter(settings, otlpConfig.parse({ endpoint: 'localhost:1' }))
  await expect(exporter.shutdown()).resolves.toBeUndefined()
})

test.each([
  ['cumulative', 'cumulative'],
  ['delta', 'delta'],
  ['lowmemory', 'delta'],
] as const)('temporality_preference %s makes points %s', (preference, temporality) => {
  const config = otlpConfig.parse({ endpoint: 'c:1', temporality_preference: preference })
  expect(new OtlpExporter(recordedSettings('otlp').settings, config).temporality).toBe(temporality)
})

test('a server of plain text is no server for TLS', async () => {
  const server = await receiver({ credentials: ServerCredentials.createInsecure() })
  const { exporter, count } = await exporting(server.port, {
    tls: {},
    retry_on_failure: { enabled: false },
  })
  exporter.consume(points(5))
  await expect.poll(() => count('failed_points')).toBe(5)
  expect(server.received).toHaveLength(0)
})

test('a request that is too large for the backend is halved until it is taken', async () => {
  const server = await receiver({ maxBytes: 100_000 })
  const { exporter, count, lines } = await exporting(server.port)
  const metrics = points(5000)
  exporter.consume(metrics)
  await exporter.shutdown()
  expect(server.received.length).toBeGreaterThan(1)
  for (const { bytes } of server.received) expect(bytes).toBeLessThanOrEqual(100_000)
  expect(server.points).toEqual(pointsOfModel(metrics.resourceMetrics))
  expect([await count('sent_points'), await count('failed_points')]).toEqual([5000, 0])
  expect(lines[0]).toMatchObject({ fields: { reason: expect.stringMatching(/larger than/) } })
})

test('requests that wait long are tried again as soon as one is taken', async () => {
  const server = await receiver({
    answer: (count) => (count <= 4 ? { code: status.UNAVAILABLE } : {}),
  })
  const { exporter, count } = await exporting(server.port, {
    retry_on_failure: { initial_interval: '25s', max_interval: '30s', max_elapsed_time: '0s' },
  })
  for (let at = 0; at < 4; at += 1) exporter.consume(points(1, at))
  await expect.poll(async () => server.points.length + (await count('queue.length'))).toBe(4)
  await new Promise((resolve) => setTimeout(resolve, 200))
  exporter.consume(points(1, 4))
  await expect.poll(() => server.points.length).toBe(5)
})

test('with long waits a backend that comes back is found when there is a connection', async () => {
  const port = await freePort()
  const { exporter } = await exporting(port, {
    retry_on_failure: { initial_interval: '29s', max_interval: '30s', max_elapsed_time: '0s' },
  })
  exporter.consume(points(3))
  await new Promise((resolve) => setTimeout(resolve, 500))
  const server = await receiver({ port })
  await expect.poll(() => server.points.length, { timeout: 10_000 }).toBe(3)
})

test.each([
  { batch: { min_size: 10, flush_timeout: '20s' }, sizes: [10, 10, 2] },
  { batch: { min_size: 10, max_size: 10, flush_timeout: '20s' }, sizes: [10, 10, 2] },
  { batch: { flush_timeout: '20s' }, sizes: [22] },
  { batch: { min_size: 0 }, sizes: Array.from({ length: 11 }, () => 2) },
])('batch $batch makes requests of $sizes points', async ({ batch, sizes }) => {
  const server = await receiver()
  const { exporter } = await exporting(server.port, {
    sending_queue: { num_consumers: 1, batch },
  })
  for (let at = 0; at < 11; at += 1) exporter.consume(points(2, at * 2))
  await exporter.shutdown()
  const sent = server.received.map(({ request }) => pointsOfOtlp(request).length)
  expect(sent).toEqual(sizes)
})

test('batch: what is larger than max_size is cut, also where that is in bytes', async () => {
  const server = await receiver()
  const items = await exporting(server.port, {
    sending_queue: { batch: { min_size: 0, max_size: 100 } },
  })
  items.exporter.consume(points(1050))
  await items.exporter.shutdown()
  expect(server.received.map(({ request }) => pointsOfOtlp(request).length)).toEqual([
    ...Array.from({ length: 10 }, () => 100),
    50,
  ])
  const before = server.received.length
  const bytes = await exporting(server.port, {
    sending_queue: { batch: { min_size: 0, max_size: 5000, sizer: 'bytes' } },
  })
  bytes.exporter.consume(points(1000))
  await bytes.exporter.shutdown()
  const sent = server.received.slice(before)
  expect(sent.length).toBeGreaterThan(1)
  for (const one of sent) expect(one.bytes).toBeLessThanOrEqual(5000)
  expect(sent.flatMap(({ request }) => pointsOfOtlp(request))).toHaveLength(1000)
})

test('batch: a request waits for others no longer than flush_timeout', async () => {
  const server = await receiver()
  const { exporter } = await exporting(server.port, {
    sending_queue: { batch: { flush_timeout: '50ms' } },
  })
  exporter.consume(points(2))
  await expect.poll(() => server.points.length).toBe(2)
})

test('a connection that is only silent is replaced', async () => {
  const server = await receiver()
  const relay = await TcpRelay.start(server.port)
  cleanups.push(() => relay.stop())
  const { exporter } = await exporting(relay.port, { timeout: '500ms' })
  exporter.consume(points(1))
  await expect.poll(() => server.points.length).toBe(1)
  relay.hold()
  exporter.consume(points(2, 1))
  await expect.poll(() => server.points.length, { timeout: 20_000 }).toBe(3)
})
