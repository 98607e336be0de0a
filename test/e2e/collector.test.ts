import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { ValueType } from '@opentelemetry/api'
import { AggregationTemporality } from '@opentelemetry/sdk-metrics'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { debugConfig } from '../../src/exporter/debug/config.ts'
import { DebugExporter } from '../../src/exporter/debug/exporter.ts'
import { fileConfig } from '../../src/exporter/file/config.ts'
import { FileExporter } from '../../src/exporter/file/exporter.ts'
import { fileFactory } from '../../src/exporter/file/index.ts'
import { otlpConfig } from '../../src/exporter/otlp/config.ts'
import { OtlpExporter } from '../../src/exporter/otlp/exporter.ts'
import { TestAuthority } from '../support/certificates.ts'
import { collectedPoints, everything, expectedPoints } from '../support/collected-points.ts'
import { freePort } from '../support/free-port.ts'
import {
  beyondTheSdk,
  ended,
  everyKind,
  exponential,
  gauge,
  manyPoints,
  metricsOf,
  point,
  resource,
  sum,
} from '../support/metrics.ts'
import { Collector, otelcolIsThere } from '../support/otelcol.ts'
import { decodeRequest, pointsOfOtlp } from '../support/otlp-points.ts'
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

async function exporting(config: object) {
  const recorded = recordedSettings('otlp')
  const exporter = new OtlpExporter(recorded.settings, otlpConfig.parse(config))
  await exporter.start()
  cleanups.push(() => exporter.shutdown())
  return { exporter, ...recorded }
}

/** Bounds of exponential buckets: the last digit of exp() differs between Go and JavaScript. */
const roundBounds = (text: string) =>
  text.replaceAll(/ le(-?[\d.e+-]+)=/g, (_, bound) => ` le${Number(bound).toPrecision(12)}=`)

const plain = (collector: Collector) => ({
  endpoint: `http://127.0.0.1:${collector.grpcPort}`,
  retry_on_failure: { initial_interval: '100ms', max_interval: '500ms', max_elapsed_time: '0s' },
})

/** What stands behind lengths of 4 bytes. */
function* framed(bytes: Buffer): Generator<Buffer> {
  for (let rest = bytes; rest.length > 0; ) {
    const end = 4 + rest.readUInt32BE(0)
    yield rest.subarray(4, end)
    rest = rest.subarray(end)
  }
}

const framedEntries = (bytes: Buffer): Buffer[] => [...framed(bytes)]

describe.skipIf(!(await otelcolIsThere()))('a real OpenTelemetry Collector', () => {
  let authority: TestAuthority
  beforeAll(() => {
    authority = new TestAuthority()
  })
  afterAll(() => authority.remove())

  test('over plain gRPC, what its file exporter wrote equals what was sent', async () => {
    const collector = await collecting()
    const { exporter } = await exporting(plain(collector))
    const sent = Array.from({ length: 20 }, (_, seed) => everything(seed))
    for (const metrics of sent) exporter.consume(metrics)
    await exporter.shutdown()
    await collector.stop()
    expect(collectedPoints(collector)).toEqual(expectedPoints(...sent))
  })

  test.each([{ isMutual: false }, { isMutual: true }])(
    'over TLS (mutual: $isMutual), what its file exporter wrote equals what was sent',
    async ({ isMutual }) => {
      const server = authority.issue('collector', 'IP:127.0.0.1,DNS:localhost')
      const client = authority.issue('agent', 'DNS:agent')
      const collector = await collecting({
        tls: {
          cert_file: server.certFile,
          key_file: server.keyFile,
          ...(isMutual ? { client_ca_file: authority.caFile } : {}),
        },
      })
      const { exporter } = await exporting({
        endpoint: `https://localhost:${collector.grpcPort}`,
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
    },
  )

  test('a client without a certificate gets nothing into a Collector that asks for one', async () => {
    const server = authority.issue('strict', 'DNS:localhost')
    const collector = await collecting({
      tls: {
        cert_file: server.certFile,
        key_file: server.keyFile,
        client_ca_file: authority.caFile,
      },
    })
    const { exporter, readings } = await exporting({
      endpoint: `https://localhost:${collector.grpcPort}`,
      tls: { ca_file: authority.caFile },
      retry_on_failure: { enabled: false },
    })
    exporter.consume(everything(1))
    const failed = 'nettracer.exporter.failed_points{otel.component.name=otlp}'
    await expect.poll(async () => (await readings())[failed], { timeout: 10_000 }).toBe(14)
    await collector.stop()
    expect(collector.requests()).toEqual([])
  })

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
    const retries = 'nettracer.exporter.retries{otel.component.name=otlp,nettracer.signal=metrics}'
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

  test('more than 4 MiB of points in one collection arrives whole', async () => {
    const collector = await collecting()
    const { exporter, readings } = await exporting(plain(collector))
    const text = 'x'.repeat(150)
    const sent = metricsOf(
      resource([manyPoints(30_000, 0, { text })]),
      ...Array.from({ length: 50 }, (_, at) => resource([manyPoints(100, at, { text })], { at })),
    )
    exporter.consume(sent)
    await exporter.shutdown()
    await collector.stop()
    expect(collector.requests().length).toBeGreaterThan(1)
    expect(collectedPoints(collector)).toEqual(expectedPoints(sent))
    const outcomes = await readings()
    expect(outcomes['nettracer.exporter.sent_points{otel.component.name=otlp}']).toBe(35_000)
  })

  test("the Collector's own count of points equals ours", async () => {
    const collector = await collecting()
    const { exporter } = await exporting(plain(collector))
    exporter.consume(everything(3))
    await exporter.shutdown()
    const page = await (await fetch(`http://127.0.0.1:${collector.ownPort}/metrics`)).text()
    expect(page).toMatch(/^otelcol_receiver_accepted_metric_points\{.*transport="grpc".*\} 14$/m)
  })

  test('its file exporter groups into the same files as ours', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nettracer-groups-'))
    cleanups.push(() => rmSync(folder, { recursive: true }))
    const config = (whose: string) => ({
      path: join(folder, whose, 'of-*.json'),
      flush_interval: '50ms',
      group_by: { enabled: true, resource_attribute: 'service.name' },
    })
    const collector = await collecting({ exporters: { 'file/groups': config('theirs') } })
    const { exporter } = await exporting(plain(collector))
    const parsed = fileConfig.parse(config('ours'))
    const file = fileFactory.create(recordedSettings('file').settings, parsed)
    await file.start()
    const names = ['cart', 'a/b', '../up', './here', '../../up', 'x/../../../up', 'ß ☃']
    const resources = names.map((name) => resource(everyKind(1), { 'service.name': name }))
    const metrics = metricsOf(...resources, resource(everyKind(2), { 'host.name': 'h' }))
    file.consume(metrics)
    exporter.consume(metrics)
    await file.shutdown()
    await exporter.shutdown()
    await collector.stop()
    const written = (whose: string) =>
      readdirSync(join(folder, whose), { recursive: true, encoding: 'utf8' }).toSorted()
    expect(written('ours')).toEqual(written('theirs'))
    expect(readdirSync(folder).toSorted()).toEqual(['ours', 'theirs'])
  })

  test.each(['', 'zstd'])(
    'its file exporter writes protobuf that reads like ours (compression "%s")',
    async (compression) => {
      const folder = mkdtempSync(join(tmpdir(), 'nettracer-proto-'))
      cleanups.push(() => rmSync(folder, { recursive: true }))
      const [theirs, ours] = [join(folder, 'theirs.bin'), join(folder, 'ours.bin')]
      const config = { format: 'proto', compression, flush_interval: '50ms' }
      const collector = await collecting({
        exporters: { 'file/proto': { ...config, path: theirs } },
      })
      const { exporter } = await exporting(plain(collector))
      const parsed = fileConfig.parse({ ...config, path: ours })
      const file = new FileExporter(recordedSettings('file').settings, parsed)
      await file.start()
      for (const metrics of [everything(1), everything(2)]) {
        file.consume(metrics)
        exporter.consume(metrics)
      }
      await file.shutdown()
      await exporter.shutdown()
      await collector.stop()
      const pointsIn = (path: string) =>
        framedEntries(readFileSync(path))
          .flatMap((entry) =>
            pointsOfOtlp(decodeRequest(compression === '' ? entry : zstdDecompressSync(entry))),
          )
          .map((one) => JSON.stringify(one))
          .toSorted((one, other) => (one < other ? -1 : 1))
      expect(pointsIn(ours)).toHaveLength(28)
      expect(pointsIn(ours)).toEqual(pointsIn(theirs))
    },
  )

  test('its file exporter writes the very line that ours writes', async () => {
    const collector = await collecting()
    const { exporter } = await exporting(plain(collector))
    const path = join(collector.folder, 'ours.jsonl')
    const file = new FileExporter(recordedSettings('file').settings, fileConfig.parse({ path }))
    await file.start()
    const metrics = metricsOf(...everything(7).resourceMetrics, resource(beyondTheSdk()))
    file.consume(metrics)
    await file.shutdown()
    exporter.consume(metrics)
    await exporter.shutdown()
    await collector.stop()
    // Go pads exponents to two digits.
    const theirs = readFileSync(collector.path('metrics.jsonl'), 'utf8').replaceAll(/e-0/g, 'e-')
    expect(readFileSync(path, 'utf8')).toBe(theirs)
  })

  test.each(['basic', 'normal', 'detailed'])(
    'its debug exporter writes the %s text that ours writes',
    async (verbosity) => {
      const config = { verbosity, use_internal_logger: false }
      const folder = mkdtempSync(join(tmpdir(), 'nettracer-debug-'))
      cleanups.push(() => rmSync(folder, { recursive: true }))
      const collector = await collecting({
        exporters: { debug: { ...config, output_paths: [`${folder}/debug.txt`] } },
      })
      const { exporter } = await exporting(plain(collector))
      const metrics = metricsOf(
        resource(everyKind(1)),
        resource(everyKind(2), { 'host.name': 'ß' }),
        resource(beyondTheSdk()),
      )
      let ours = ''
      const debug = new DebugExporter(
        recordedSettings('debug').settings,
        debugConfig.parse(config),
        (text) => {
          ours += text
          return true
        },
      )
      debug.consume(metrics)
      await debug.shutdown()
      exporter.consume(metrics)
      await exporter.shutdown()
      await collector.stop()
      const theirs = readFileSync(`${folder}/debug.txt`, 'utf8')
      expect(roundBounds(ours)).toBe(roundBounds(theirs))
    },
  )

  test('its prometheus exporter no longer shows a series that says that it has ended', async () => {
    const port = await freePort()
    const collector = await collecting({
      exporters: { prometheus: { endpoint: `127.0.0.1:${port}` } },
    })
    const { exporter, readings } = await exporting(plain(collector))
    const shown = async () => {
      const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
      return [...page.matchAll(/^bytes_total\{.*role="(\w+)".*\} (\d+)$/gm)].map(([, ...of]) => of)
    }
    const send = (...points: readonly ReturnType<typeof point<number>>[]) =>
      exporter.consume(metricsOf(resource([sum([...points], { name: 'bytes', unit: 'By' })])))
    const sent = 'nettracer.exporter.sent_points{otel.component.name=otlp}'
    send(point(5, { role: 'client' }), point(7, { role: 'server' }))
    await expect.poll(async () => (await readings())[sent], { timeout: 10_000 }).toBe(2)
    expect(await shown()).toEqual([
      ['client', '5'],
      ['server', '7'],
    ])
    send(ended(5, { role: 'client' }), point(7, { role: 'server' }))
    await expect.poll(async () => (await readings())[sent], { timeout: 10_000 }).toBe(4)
    expect(await shown()).toEqual([['server', '7']])
  })

  test('its prometheus exporter names our metrics so', async () => {
    const port = await freePort()
    const collector = await collecting({
      exporters: { prometheus: { endpoint: `127.0.0.1:${port}` } },
    })
    const { exporter } = await exporting(plain(collector))
    exporter.consume(
      metricsOf(
        resource([
          sum([point(5)], { name: 'nettracer.bytes_tx', unit: 'By' }),
          exponential(
            [
              point({
                count: 3,
                sum: 6,
                min: 1,
                max: 3,
                scale: 0,
                zeroCount: 0,
                positive: { offset: 0, bucketCounts: [3] },
                negative: { offset: 0, bucketCounts: [] },
              }),
            ],
            { name: 'nettracer.rtt', unit: 'ms', temporality: AggregationTemporality.CUMULATIVE },
          ),
          gauge([point(1.5)], { name: 'nettracer.retr_percentage', unit: '%' }),
          gauge([point(8)], { name: 'nettracer.traffic', unit: 'bit/s' }),
          sum([point(2)], {
            name: 'nettracer.connections.active',
            unit: '{connection}',
            isMonotonic: false,
            valueType: ValueType.INT,
          }),
        ]),
      ),
    )
    await exporter.shutdown()
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    const types = [...page.matchAll(/^# TYPE (nettracer\S+ \S+)$/gm)].map(([, type]) => type)
    expect(types).toEqual([
      // "bytes" is in the name already, so the unit is not added.
      'nettracer_bytes_tx_total counter',
      'nettracer_connections_active gauge',
      'nettracer_retr_percentage_percent gauge',
      'nettracer_rtt_milliseconds histogram',
      'nettracer_traffic_bit_per_second gauge',
    ])
  })
})
