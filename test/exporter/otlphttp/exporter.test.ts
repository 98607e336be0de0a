import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { otlpHttpConfig } from '../../../src/exporter/otlphttp/config.ts'
import { OtlpHttpExporter, OtlpHttpLogsExporter } from '../../../src/exporter/otlphttp/exporter.ts'
import { freePort } from '../../support/free-port.ts'
import { logsOf, manyRecords, resourceLogs } from '../../support/logs.ts'
import { everyKind, manyPoints, metricsOf, resource } from '../../support/metrics.ts'
import { type HttpAnswer, OtlpHttpReceiver } from '../../support/otlp-http-server.ts'
import { recordsOfModel } from '../../support/otlp-logs.ts'
import { encodeResponse, pointsOfModel } from '../../support/otlp-points.ts'
import { retryInfo } from '../../support/otlp-server.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'
import { exporterWith, type Input, points, quick } from './exporting.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function receiver(settings: Parameters<typeof OtlpHttpReceiver.start>[0] = {}) {
  const server = await OtlpHttpReceiver.start(settings)
  cleanups.push(() => server.stop())
  return server
}

async function exporting(port: number, config: Input = {}) {
  const made = exporterWith({ endpoint: `http://127.0.0.1:${port}`, ...config })
  await made.exporter.start()
  cleanups.push(() => made.exporter.shutdown())
  return made
}

const proto = { 'content-type': 'application/x-protobuf' }
const json = { 'content-type': 'application/json' }

test.each([
  { encoding: 'proto', type: 'application/x-protobuf' },
  { encoding: 'json', type: 'application/json' },
] as const)('what is consumed arrives point by point as $encoding', async ({ encoding, type }) => {
  const server = await receiver()
  const { exporter, count } = await exporting(server.port, { encoding })
  const metrics = metricsOf(resource(everyKind(1)), resource(everyKind(2), { 'host.name': 'h' }))
  exporter.consume(metrics)
  await exporter.shutdown()

  expect(server.points).toEqual(pointsOfModel(metrics.resourceMetrics))
  const [{ path, headers }] = server.received as [(typeof server.received)[0]]
  expect(path).toBe('/v1/metrics')
  expect(headers).toMatchObject({
    'content-type': type,
    'content-encoding': 'gzip',
    'user-agent': 'otel-nettracer/1.2.3',
    host: `127.0.0.1:${server.port}`,
  })
  expect(await count('sent_points')).toBe(14)
})

test.each(['proto', 'json'] as const)('log records arrive one by one as %s', async (encoding) => {
  const server = await receiver()
  const config = { endpoint: `http://127.0.0.1:${server.port}/base/`, encoding }
  const { settings } = recordedSettings('otlphttp')
  const exporter = new OtlpHttpLogsExporter(settings, otlpHttpConfig.parse(config), {})
  await exporter.start()
  const logs = logsOf(resourceLogs(manyRecords(30)))
  exporter.consume(logs)
  await exporter.shutdown()
  expect(server.records).toEqual(recordsOfModel(logs))
  expect(server.received[0]?.path).toBe('/base/v1/logs')
})

test.each(['gzip', 'zstd', 'zlib', 'deflate', 'none', ''] as const)(
  'compression %s is undone by the receiver',
  async (compression) => {
    const server = await receiver()
    const { exporter } = await exporting(server.port, { compression })
    exporter.consume(points(500))
    await exporter.shutdown()
    expect(server.points).toHaveLength(500)
    const [{ headers, bytes, body }] = server.received as [(typeof server.received)[0]]
    const isPlain = compression === 'none' || compression === ''
    expect(headers['content-encoding']).toBe(isPlain ? undefined : compression)
    expect(bytes < body.length).toBe(!isPlain)
  },
)

test.each(['gzip', 'zstd'] as const)(
  'a higher level of %s makes less to send',
  async (compression) => {
    const server = await receiver()
    for (const level of [1, 9]) {
      const varied = Array.from({ length: 20 }, (_, seed) => resource(everyKind(seed)))
      const config = { compression, compression_params: { level } }
      const { exporter } = await exporting(server.port, config)
      exporter.consume(metricsOf(...varied))
      await exporter.shutdown()
    }
    const [fast, small] = server.received.map(({ bytes }) => bytes)
    expect(small).toBeLessThan(fast ?? 0)
    expect(server.points).toHaveLength(2 * 20 * 7)
  },
)

test('headers of the configuration are sent, instead of ours where they have the same name', async () => {
  const server = await receiver()
  const headers = { 'X-Tenant': 'blue', Authorization: 'Bearer t', 'User-Agent': 'me', Host: 'a.b' }
  const { exporter } = await exporting(server.port, { headers })
  exporter.consume(points(1))
  await exporter.shutdown()
  expect(server.received[0]?.headers).toMatchObject({
    'x-tenant': 'blue',
    authorization: 'Bearer t',
    'user-agent': 'me',
    host: 'a.b',
  })
})

test('user and password of the URL become a header', async () => {
  const server = await receiver()
  const endpoint = `http://us%20er:pa%3Ass@127.0.0.1:${server.port}`
  const { exporter } = await exporting(server.port, { endpoint })
  exporter.consume(points(1))
  await exporter.shutdown()
  const expected = Buffer.from('us er:pa:ss').toString('base64')
  expect(server.received[0]?.headers.authorization).toBe(`Basic ${expected}`)
})

test("a signal's own endpoint is used as it is", async () => {
  const server = await receiver()
  const { exporter } = await exporting(server.port, {
    endpoint: 'http://127.0.0.1:1',
    metrics_endpoint: `http://127.0.0.1:${server.port}/write?tenant=1`,
  })
  exporter.consume(points(1))
  await exporter.shutdown()
  expect(server.received.map(({ path }) => path)).toEqual(['/write?tenant=1'])
})

test.each([429, 502, 503, 504])('status %i is tried again until it is taken', async (status) => {
  const server = await receiver({ answer: (count) => (count < 3 ? { status } : {}) })
  const { exporter, count, lines } = await exporting(server.port)
  exporter.consume(points(5))
  await expect.poll(() => count('sent_points')).toBe(5)
  expect([await count('retries'), server.received.length]).toEqual([2, 3])
  expect(lines[0]?.message).toBe('An export failed and is tried again')
  expect(lines[0]?.fields['reason']).toMatch(
    `127.0.0.1:${server.port}/v1/metrics answers ${status}`,
  )
})

test.each([400, 401, 403, 404, 405, 408, 413, 415, 500, 501, 505])(
  'status %i is not tried again; its points are counted as failed',
  async (status) => {
    const server = await receiver({ answer: () => ({ status }) })
    const { exporter, count } = await exporting(server.port)
    exporter.consume(points(5))
    await expect.poll(() => count('failed_points')).toBe(5)
    expect([await count('retries'), server.received.length]).toEqual([0, 1])
  },
)

test.each([
  { name: 'seconds', value: () => '1', from: 1000, to: 1000 },
  { name: 'a date', value: () => new Date(Date.now() + 3000).toUTCString(), from: 1500, to: 3000 },
  { name: 'nothing that can be read', value: () => 'soon', from: 10, to: 30 },
])('Retry-After with $name is honoured', async ({ value, from, to }) => {
  const server = await receiver({
    answer: (count): HttpAnswer =>
      count === 1 ? { status: 503, headers: { 'retry-after': value() } } : {},
  })
  const { exporter, count, lines } = await exporting(server.port)
  exporter.consume(points(5))
  await expect.poll(() => count('sent_points'), { timeout: 10_000 }).toBe(5)
  const waitMs = Number(lines[0]?.fields['wait_ms'])
  expect(waitMs).toBeGreaterThanOrEqual(from)
  expect(waitMs).toBeLessThanOrEqual(to)
})

test.each([
  {
    name: 'a status as protobuf',
    answer: { headers: proto, body: retryInfo(1) },
    reason: ': later',
  },
  {
    name: 'a status as JSON',
    answer: { headers: json, body: '{"code":3,"message":"no such tenant"}' },
    reason: ': no such tenant',
  },
  {
    name: 'a text',
    answer: {
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: 'invalid\n  temporality\n',
    },
    reason: ': invalid temporality',
  },
  { name: 'a page', answer: { headers: { 'content-type': 'text/html' }, body: '<p>' }, reason: '' },
])('the log tells what $name of a failure says', async ({ answer, reason }) => {
  const server = await receiver({ answer: () => ({ status: 400, ...answer }) })
  const { exporter, count, lines } = await exporting(server.port)
  exporter.consume(points(5))
  await expect.poll(() => count('failed_points')).toBe(5)
  expect(lines.at(-1)?.fields['reason']).toBe(
    `http://127.0.0.1:${server.port}/v1/metrics answers 400 Bad Request${reason}`,
  )
})

test('what is secret in a URL is in no message', async () => {
  const server = await receiver({ answer: () => ({ status: 400 }) })
  const { exporter, count, lines } = await exporting(server.port, {
    metrics_endpoint: `http://user:hidden@127.0.0.1:${server.port}/v1/metrics?key=hidden`,
  })
  exporter.consume(points(5))
  await expect.poll(() => count('failed_points')).toBe(5)
  expect(JSON.stringify(lines)).not.toContain('hidden')
})

const partial = { rejectedDataPoints: 2, errorMessage: 'too old' }
test.each([
  { headers: proto, body: encodeResponse(partial) },
  { headers: json, body: JSON.stringify({ partialSuccess: partial }) },
])(
  'a partial success is never sent again and its points are counted as rejected',
  async (answer) => {
    const server = await receiver({ answer: () => answer })
    const { exporter, count, lines } = await exporting(server.port)
    exporter.consume(points(5))
    await exporter.shutdown()
    expect(server.received).toHaveLength(1)
    expect([await count('sent_points'), await count('rejected_points')]).toEqual([3, 2])
    expect(lines[0]?.fields).toEqual({ rejected_items: 2, reason: 'too old' })
  },
)

test.each([
  { name: 'cannot be read', answer: { headers: proto, body: 'no protobuf' } },
  { name: 'is too long', answer: { headers: json, body: `"${'x'.repeat(70_000)}"` } },
])('a success whose answer $name is a success', async ({ answer }) => {
  const server = await receiver({ answer: () => answer })
  const { exporter, count, lines } = await exporting(server.port)
  exporter.consume(points(5))
  await expect.poll(() => count('sent_points')).toBe(5)
  expect(server.received).toHaveLength(1)
  expect(lines[0]?.fields['reason']).toMatch(/^the response cannot be read: /)
})

test('an answer without an end is cut off', async () => {
  const server = await receiver({
    answer: async (_count, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' })
      while (!response.destroyed) {
        response.write('x'.repeat(16_384))
        await delay(5)
      }
      return {}
    },
  })
  const { exporter, count } = await exporting(server.port)
  exporter.consume(points(5))
  await expect.poll(() => count('sent_points')).toBe(5)
})

test.each([307, 308])(
  'a redirect (%i) within the host is followed with the body',
  async (status) => {
    const server = await receiver({
      answer: (count): HttpAnswer =>
        count === 1 ? { status, headers: { location: '/other' } } : {},
    })
    const { exporter } = await exporting(server.port)
    exporter.consume(points(5))
    await exporter.shutdown()
    expect(server.received.map(({ path }) => path)).toEqual(['/v1/metrics', '/other'])
    expect(server.points).toHaveLength(10)
  },
)

test.each([
  { status: 301, location: '/other', why: 'it redirects, but not with 307 or 308' },
  { status: 303, location: '/other', why: 'it redirects, but not with 307 or 308' },
  { status: 307, location: 'http://', why: 'it redirects to no URL' },
  { status: 308, location: '/v1/metrics', why: 'it redirects without an end' },
  {
    status: 307,
    location: 'https://u:p@other.example/v1/metrics?token=x',
    why: 'it redirects to https://other.example/v1/metrics: set that as the endpoint',
  },
])(
  'a redirect with $status to $location is an error that says so',
  async ({ status, location, why }) => {
    const server = await receiver({ answer: () => ({ status, headers: { location } }) })
    const { exporter, count, lines } = await exporting(server.port)
    exporter.consume(points(5))
    await expect.poll(() => count('failed_points')).toBe(5)
    expect(String(lines.at(-1)?.fields['reason']).endsWith(`: ${why}`)).toBe(true)
  },
)

test('nothing is lost while the backend is away', async () => {
  const port = await freePort()
  const { exporter, count, lines } = await exporting(port)
  for (let at = 0; at < 6; at += 1) exporter.consume(points(10, at * 10))
  await expect.poll(() => count('retries')).toBeGreaterThan(6)
  expect(lines[0]?.fields['reason']).toMatch(`127.0.0.1:${port}: connect ECONNREFUSED`)
  const server = await receiver({ port })
  await expect.poll(() => count('sent_points')).toBe(60)
  expect(server.points).toHaveLength(60)
})

test('a connection that is cut in the middle of an answer is tried again', async () => {
  const server = await receiver({
    answer: (count, response): HttpAnswer => {
      if (count > 1) return {}
      response.writeHead(200, { 'content-length': '100' }).write('half')
      setTimeout(() => response.destroy(), 20)
      return {}
    },
  })
  const { exporter, count } = await exporting(server.port)
  exporter.consume(points(5))
  await expect.poll(() => count('sent_points')).toBe(5)
  expect(await count('retries')).toBe(1)
})

test('an attempt that takes longer than the timeout is tried again', async () => {
  const server = await receiver({
    answer: async (count) => (count === 1 ? new Promise<HttpAnswer>(() => {}) : {}),
  })
  const { exporter, count, lines } = await exporting(server.port, { timeout: '200ms' })
  exporter.consume(points(5))
  await expect.poll(() => count('sent_points')).toBe(5)
  expect(lines[0]?.fields['reason']).toBe(`127.0.0.1:${server.port}: no answer within 0.2 s`)
})

test('shutdown ends within the timeout with a backend that never answers', async () => {
  const server = await receiver({ answer: async () => new Promise<HttpAnswer>(() => {}) })
  const { exporter, count } = await exporting(server.port, { timeout: '300ms' })
  for (let at = 0; at < 30; at += 1) exporter.consume(points(10))
  await exporter.shutdown()
  expect(await count('dropped_points', ',nettracer.drop.reason=shutdown')).toBe(300)
  await expect.poll(() => server.openConnections).toBe(0)
})

test('a connection serves many requests', async () => {
  const server = await receiver()
  const { exporter, count } = await exporting(server.port)
  for (let at = 1; at <= 5; at += 1) {
    exporter.consume(points(1))
    await expect.poll(() => count('sent_points')).toBe(at)
  }
  expect(server.connections).toBe(1)
})

test('disable_keep_alives makes a connection for each request', async () => {
  const server = await receiver()
  const { exporter, count } = await exporting(server.port, { disable_keep_alives: true })
  for (let at = 1; at <= 3; at += 1) {
    exporter.consume(points(1))
    await expect.poll(() => count('sent_points')).toBe(at)
  }
  expect(server.connections).toBe(3)
  await expect.poll(() => server.openConnections).toBe(0)
})

test('an idle connection is closed after idle_conn_timeout', async () => {
  const server = await receiver()
  const { exporter, count } = await exporting(server.port, { idle_conn_timeout: '50ms' })
  exporter.consume(points(1))
  await expect.poll(() => count('sent_points')).toBe(1)
  await expect.poll(() => server.openConnections).toBe(0)
})

test('max_conns_per_host bounds connections, max_idle_conns_per_host those that are kept', async () => {
  let most = 0
  const server: OtlpHttpReceiver = await receiver({
    answer: async () => {
      most = Math.max(most, server.openConnections)
      await delay(20)
      return {}
    },
  })
  const config = { max_conns_per_host: 3, max_idle_conns_per_host: 1 }
  const { exporter, count } = await exporting(server.port, config)
  for (let at = 0; at < 12; at += 1) exporter.consume(points(1))
  await expect.poll(() => count('sent_points')).toBe(12)
  expect(most).toBe(3)
  await expect.poll(() => server.openConnections).toBe(1)
})

test('a connection that the receiver ended while it was idle costs no retry', async () => {
  const server = await receiver()
  const { exporter, count } = await exporting(server.port)
  for (let at = 1; at <= 10; at += 1) {
    exporter.consume(points(1))
    server.closeIdle()
    await expect.poll(() => count('sent_points')).toBe(at)
  }
  expect(await count('retries')).toBe(0)
})

test('more points than a request may hold arrive whole, in requests of at most 3.5 MiB', async () => {
  const server = await receiver()
  const { exporter } = await exporting(server.port, { encoding: 'json' })
  const metrics = metricsOf(resource([manyPoints(20_000, 0, { text: 'x'.repeat(200) })]))
  exporter.consume(metrics)
  await exporter.shutdown()
  expect(server.received.length).toBeGreaterThan(1)
  for (const { body } of server.received) {
    expect(body.length).toBeLessThanOrEqual(3.5 * 1024 * 1024)
  }
  expect(server.points).toHaveLength(20_000)
})

test('without an endpoint for its signal an exporter does not start', async () => {
  const config = otlpHttpConfig.parse({ logs_endpoint: 'http://a:1/v1/logs' })
  const exporter = new OtlpHttpExporter(recordedSettings('otlphttp').settings, config, {})
  await expect(exporter.start()).rejects.toThrow(
    'endpoint or metrics_endpoint must be given for a pipeline of metrics',
  )
})

test('temporality_preference decides what is asked of receivers', () => {
  const config = otlpHttpConfig.parse({ endpoint: 'http://a:1', temporality_preference: 'delta' })
  const { settings } = recordedSettings('otlphttp')
  expect(new OtlpHttpExporter(settings, config, {}).temporality).toBe('delta')
})

test('with retries off a failure is final', async () => {
  const server = await receiver({ answer: () => ({ status: 503 }) })
  const { exporter, count } = await exporting(server.port, {
    retry_on_failure: { ...quick, enabled: false },
  })
  exporter.consume(points(5))
  await expect.poll(() => count('failed_points')).toBe(5)
})
