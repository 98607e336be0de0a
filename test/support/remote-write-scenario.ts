import type { HrTime } from '@opentelemetry/api'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { prometheusConfig } from '../../src/exporter/prometheus/config.ts'
import { PrometheusExporter } from '../../src/exporter/prometheus/exporter.ts'
import {
  type ProtobufMessage,
  remoteWriteConfig,
} from '../../src/exporter/prometheusremotewrite/config.ts'
import { RemoteWriteExporter } from '../../src/exporter/prometheusremotewrite/exporter.ts'
import type { Metrics } from '../../src/model/metrics.ts'
import type { Point } from '../../src/model/points.ts'
import { exponential, gauge, histogram, metricsOf, resource, sum } from './metrics.ts'
import { Prometheus, parsePage } from './prometheus.ts'
import { recordedSettings } from './recorded-telemetry.ts'

const identity = {
  'service.name': 'api',
  'service.namespace': 'shop',
  'service.instance.id': 'api-1',
}

/** One of each kind, `at` the wall clock in ms. */
function collection(at: number, value: number, hasEnded = false): Metrics {
  const time = (ms: number): HrTime => [Math.floor(ms / 1000), (ms % 1000) * 1e6]
  const point = <T>(given: T, attributes: Record<string, string | number>): Point<T> => ({
    startTime: time(began),
    endTime: time(at),
    attributes,
    value: given,
    ...(hasEnded ? { hasNoValue: true } : {}),
  })
  const client = { 'nettracer.role': 'client', 'server.port': 5432, Upper: 'A"b\\c\n\u{202e}é' }
  // At scale 0, (0.5, 1] has index -1 and (8, 16] has index 3.
  const rtt = {
    count: value * 10,
    sum: value * (9 * 0.75 + 12),
    scale: 0,
    zeroCount: 0,
    positive: { offset: -1, bucketCounts: [value * 9, 0, 0, 0, value] },
    negative: { offset: 0, bucketCounts: [] },
  }
  const classic = { buckets: { boundaries: [0.5, 10], counts: [1, 0, 2] }, sum: 40.5, count: 3 }
  const of = (name: string, unit: string) => ({ name, unit, description: `What ${name} is.` })
  return metricsOf(
    resource(
      [
        sum([point(value * 1000, client)], of('nettracer.bytes_tx', 'By')),
        gauge([point(2.5, client)], of('nettracer.retr_percentage', '%')),
        histogram([point(classic, client)], of('example.duration', 's')),
        exponential([point(rtt, client)], of('nettracer.rtt', 'ms')),
      ],
      { ...identity, 'host.name': 'web-01' },
    ),
    // The same service once more, and an identity that an application's SDK tells itself.
    resource([sum([point(value, client)], of('nettracer.bytes_tx', 'By'))], {
      ...identity,
      'service.instance.id': 'api-2',
    }),
  )
}

const began = Date.now() - 60_000

/** What must be so with every server and version of remote write. */
export function testRemoteWrite(message: ProtobufMessage, start: () => Promise<Prometheus>): void {
  let prometheus: Prometheus
  let exporter: RemoteWriteExporter
  let recorded: ReturnType<typeof recordedSettings>

  const only = async (expression: string) => {
    const [found] = await prometheus.query(expression, (result) => result.length > 0)
    return Number(found?.value[1])
  }

  beforeEach(async () => {
    prometheus = await start()
    recorded = recordedSettings('prometheusremotewrite')
    const config = remoteWriteConfig.parse({
      endpoint: `${prometheus.url}/api/v1/write`,
      protobuf_message: message,
      send_metadata: true,
      retry_on_failure: { max_interval: '200ms' },
    })
    exporter = new RemoteWriteExporter(recorded.settings, config, {})
    await exporter.start()
  })

  afterEach(async () => {
    await exporter.shutdown()
    await prometheus.stop()
  })

  const failed = async () => {
    const readings = await recorded.readings()
    return Object.keys(readings).filter((name) => /failed|rejected|dropped/.test(name))
  }

  test('names, labels and values are those of the prometheus exporter', async () => {
    const scraped = new PrometheusExporter(
      recordedSettings('prometheus').settings,
      prometheusConfig.parse({ endpoint: '127.0.0.1:0' }),
    )
    await scraped.start()
    const metrics = collection(Date.now(), 7)
    scraped.consume(metrics)
    exporter.consume(metrics)
    const page = await (
      await fetch(`http://127.0.0.1:${scraped.address?.port ?? 0}/metrics`)
    ).text()
    await scraped.shutdown()
    const expected = parsePage(page).filter(({ name }) => !name.startsWith('nettracer_rtt'))
    const isNative = '__name__!~"nettracer_rtt.*"'
    const found = await prometheus.query(
      `{__name__=~".+",${isNative}}`,
      (result) => result.length >= expected.length,
    )
    const key = (name: string, labels: object, value: number) =>
      `${name} ${JSON.stringify(Object.entries(labels).map(String).toSorted())} ${value}`
    expect(
      found
        .map(({ metric: { __name__: name = '', ...labels }, value }) =>
          key(name, labels, Number(value[1])),
        )
        .toSorted(),
    ).toEqual(expected.map(({ name, labels, value }) => key(name, labels, value)).toSorted())
    const mine =
      'nettracer_rtt_milliseconds{job="shop/api",instance="api-1",nettracer_role="client"}'
    expect(await only(`histogram_count(${mine})`)).toBe(70)
    expect(await only(`histogram_sum(${mine})`)).toBeCloseTo(7 * (9 * 0.75 + 12))
    const high = await only(`histogram_quantile(0.99, ${mine})`)
    expect(high).toBeGreaterThan(8)
    expect(high).toBeLessThanOrEqual(16)
    const joined =
      'nettracer_retr_percentage_percent * on (job, instance) group_left (host_name) target_info'
    expect(await only(joined)).toBe(2.5)
    expect(await failed()).toEqual([])
  })

  test('a series that ended is gone at once', async () => {
    const now = Date.now()
    exporter.consume(collection(now - 1000, 1))
    const all = 'count({__name__=~"(nettracer|example)_.+"})'
    expect(await only(all)).toBe(9)
    exporter.consume(collection(now, 1, true))
    await prometheus.query(all, (result) => result.length === 0)
    expect(await failed()).toEqual([])
  })

  test('every sample arrives, in its order, of a time when the server was away', async () => {
    const first = Date.now()
    exporter.consume(collection(first, 1))
    const counted = `count_over_time(nettracer_bytes_tx_bytes_total{instance="api-1"}[5m])`
    expect(await only(counted)).toBe(1)
    await prometheus.halt()
    for (let times = 2; times <= 40; times += 1) exporter.consume(collection(first + times, times))
    prometheus.resume()
    await prometheus.query(counted, ([one]) => one?.value[1] === '40')
    expect(await only('nettracer_bytes_tx_bytes_total{instance="api-1"}')).toBe(40_000)
    expect(await only('histogram_count(nettracer_rtt_milliseconds)')).toBe(400)
    expect(await failed()).toEqual([])
  })
}
