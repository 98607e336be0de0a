import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { otlpHttpConfig } from '../../src/exporter/otlphttp/config.ts'
import { OtlpHttpExporter, OtlpHttpLogsExporter } from '../../src/exporter/otlphttp/exporter.ts'
import { TestAuthority } from '../support/certificates.ts'
import { collectedPoints, everything, expectedPoints } from '../support/collected-points.ts'
import { ForwardProxy } from '../support/forward-proxy.ts'
import { logsOf, manyRecords, resourceLogs } from '../support/logs.ts'
import { manyPoints, metricsOf, resource } from '../support/metrics.ts'
import { Collector, otelcolIsThere } from '../support/otelcol.ts'
import { recordsOfModel, recordsOfOtlp } from '../support/otlp-logs.ts'
import { pointsOfOtlp } from '../support/otlp-points.ts'
import { recordedSettings } from '../support/recorded-telemetry.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function collecting(settings: Parameters<typeof Collector.start>[0] = {}) {
  const collector = await Collector.start(settings)
  cleanups.push(() => collector.remove())
  return collector
}

const retry = { initial_interval: '100ms', max_interval: '500ms', max_elapsed_time: '0s' }

async function exporting(config: object) {
  const recorded = recordedSettings('otlphttp')
  const parsed = otlpHttpConfig.parse({ retry_on_failure: retry, ...config })
  const exporter = new OtlpHttpExporter(recorded.settings, parsed, {})
  await exporter.start()
  cleanups.push(() => exporter.shutdown())
  return { exporter, ...recorded }
}

const plain = (collector: Collector) => ({ endpoint: `http://127.0.0.1:${collector.httpPort}` })

describe.skipIf(!(await otelcolIsThere()))('a real OpenTelemetry Collector, over HTTP', () => {
  let authority: TestAuthority
  beforeAll(() => {
    authority = new TestAuthority()
  })
  afterAll(() => authority.remove())

  test.each([
    { encoding: 'proto', compression: 'gzip' },
    { encoding: 'proto', compression: 'zstd' },
    { encoding: 'proto', compression: 'zlib' },
    { encoding: 'proto', compression: 'deflate' },
    { encoding: 'proto', compression: 'none' },
    { encoding: 'json', compression: 'gzip' },
    { encoding: 'json', compression: 'none' },
  ])('what its file exporter wrote equals what was sent ($encoding, $compression)', async (how) => {
    const collector = await collecting()
    const { exporter } = await exporting({ ...plain(collector), ...how })
    const sent = Array.from({ length: 10 }, (_, seed) => everything(seed))
    for (const metrics of sent) exporter.consume(metrics)
    await exporter.shutdown()
    await collector.stop()
    expect(collectedPoints(collector)).toEqual(expectedPoints(...sent))
  })

  test.each(['proto', 'json'])('log records arrive as they were sent (%s)', async (encoding) => {
    const collector = await collecting()
    const { settings } = recordedSettings('otlphttp')
    const config = otlpHttpConfig.parse({ ...plain(collector), encoding })
    const exporter = new OtlpHttpLogsExporter(settings, config, {})
    await exporter.start()
    const logs = logsOf(resourceLogs(manyRecords(200)))
    exporter.consume(logs)
    await exporter.shutdown()
    await collector.stop()
    const records = collector.logsRequests().flatMap((request) => recordsOfOtlp(request))
    expect(records).toEqual(recordsOfModel(logs))
  })

  test.each([
    { isMutual: false, isProxied: false },
    { isMutual: true, isProxied: false },
    { isMutual: true, isProxied: true },
  ])(
    'over TLS (mutual: $isMutual, through a proxy: $isProxied)',
    async ({ isMutual, isProxied }) => {
      const server = authority.issue('collector', 'DNS:localhost')
      const client = authority.issue('agent', 'DNS:agent')
      const collector = await collecting({
        httpTls: {
          cert_file: server.certFile,
          key_file: server.keyFile,
          ...(isMutual ? { client_ca_file: authority.caFile } : {}),
        },
      })
      const proxy = await ForwardProxy.start()
      cleanups.push(() => proxy.stop())
      const { exporter } = await exporting({
        endpoint: `https://localhost:${collector.httpPort}`,
        ...(isProxied ? { proxy_url: `http://localhost:${proxy.port}` } : {}),
        tls: {
          ca_file: authority.caFile,
          ...(isMutual ? { cert_file: client.certFile, key_file: client.keyFile } : {}),
        },
      })
      const sent = [everything(1), everything(2)]
      for (const metrics of sent) exporter.consume(metrics)
      await exporter.shutdown()
      await collector.stop()
      expect(collectedPoints(collector)).toEqual(expectedPoints(...sent))
      expect(proxy.seen.length > 0).toBe(isProxied)
    },
  )

  test('a Collector that is killed and comes back in between loses nothing', async () => {
    const collector = await collecting()
    const { exporter, readings } = await exporting(plain(collector))
    const sent = Array.from({ length: 30 }, (_, seed) => everything(seed))
    const written = () => collector.requests().flatMap((request) => pointsOfOtlp(request)).length
    for (const metrics of sent.slice(0, 10)) exporter.consume(metrics)
    // What it took but had not written is lost by its own choice, so it is killed when all is written.
    await expect.poll(written, { timeout: 10_000 }).toBe(140)
    await collector.kill()
    for (const metrics of sent.slice(10, 20)) exporter.consume(metrics)
    const retries =
      'nettracer.exporter.retries{otel.component.name=otlphttp,nettracer.signal=metrics}'
    await expect
      .poll(async () => (await readings())[retries], { timeout: 10_000 })
      .toBeGreaterThan(9)
    await collector.run()
    for (const metrics of sent.slice(20)) exporter.consume(metrics)
    await expect.poll(written, { timeout: 20_000 }).toBe(420)
    await exporter.shutdown()
    await collector.stop()
    expect(collectedPoints(collector)).toEqual(expectedPoints(...sent))
  })

  test.each([
    { encoding: 'proto', compression: 'none' },
    { encoding: 'json', compression: 'gzip' },
  ])('a request that it finds too large ($encoding) is halved until it is taken', async (how) => {
    const collector = await collecting({ maxBodyBytes: 100_000 })
    const { exporter } = await exporting({ ...plain(collector), ...how })
    const sent = metricsOf(...everything(1).resourceMetrics, resource([manyPoints(10_000)]))
    exporter.consume(sent)
    await exporter.shutdown()
    await collector.stop()
    expect(collector.requests().length).toBeGreaterThan(4)
    expect(collectedPoints(collector)).toEqual(expectedPoints(sent))
  })

  test('a path that it does not serve is an error with its status', async () => {
    const collector = await collecting()
    const { exporter, readings, lines } = await exporting({
      endpoint: `http://127.0.0.1:${collector.httpPort}/nowhere`,
    })
    exporter.consume(everything(1))
    const failed = 'nettracer.exporter.failed_points{otel.component.name=otlphttp}'
    await expect.poll(async () => (await readings())[failed], { timeout: 10_000 }).toBe(14)
    expect(lines.at(-1)?.fields['reason']).toMatch(/\/nowhere\/v1\/metrics answers 404 Not Found/)
  })

  test.each(['proto', 'json'])(
    'more than 4 MiB of points in one collection arrives whole (%s)',
    async (encoding) => {
      const collector = await collecting()
      const { exporter } = await exporting({ ...plain(collector), encoding })
      const sent = metricsOf(resource([manyPoints(30_000, 0, { text: 'x'.repeat(150) })]))
      exporter.consume(sent)
      await exporter.shutdown()
      await collector.stop()
      expect(collector.requests().length).toBeGreaterThan(1)
      expect(collectedPoints(collector)).toEqual(expectedPoints(sent))
    },
  )
})
