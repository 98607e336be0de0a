import type { HrTime } from '@opentelemetry/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { prometheusConfig } from '../../src/exporter/prometheus/config.ts'
import { PrometheusExporter } from '../../src/exporter/prometheus/exporter.ts'
import type { Metrics } from '../../src/model/metrics.ts'
import { exponential, gauge, metricsOf, resource, sum } from '../support/metrics.ts'
import { hasPrometheus, Prometheus, promtoolCheck } from '../support/prometheus.ts'
import { recordedSettings } from '../support/recorded-telemetry.ts'

const isInstalled = hasPrometheus()
if (!isInstalled) {
  process.stderr.write(
    '\nSKIPPED: Prometheus is not installed (apt-get install --no-install-recommends prometheus):\n' +
      'nothing was scraped by a real server.\n\n',
  )
}

const began = Math.floor(Date.now() / 1000)
const startTime: HrTime = [began, 0]

/** What the receiver would report `seconds` after the start, for a client and a hostile process. */
function collection(seconds: number): Metrics {
  const endTime: HrTime = [began + seconds, 0]
  const at = <T>(value: T, attributes: Record<string, string | number>) => ({
    startTime,
    endTime,
    attributes,
    value,
  })
  const client = {
    'network.transport': 'tcp',
    'nettracer.role': 'client',
    'server.port': 5432,
    'network.peer.address': '10.0.0.5',
  }
  // 10 values a second: 9 of 0.75 ms, 1 of 12 ms. At scale 0, (0.5, 1] has index -1 and (8, 16] has index 3.
  const rtt = {
    count: seconds * 10,
    sum: seconds * (9 * 0.75 + 12),
    scale: 0,
    zeroCount: 0,
    positive: { offset: -1, bucketCounts: [seconds * 9, 0, 0, 0, seconds] },
    negative: { offset: 0, bucketCounts: [] },
  }
  return metricsOf(
    resource(
      [
        sum([at(seconds * 1000, client)], {
          name: 'nettracer.bytes_tx',
          unit: 'By',
          description: 'Payload bytes sent.',
        }),
        exponential([at(rtt, client)], {
          name: 'nettracer.rtt',
          unit: 'ms',
          description: 'Smoothed round-trip time.',
        }),
        gauge([at(2.5, client)], {
          name: 'nettracer.retr_percentage',
          unit: '%',
          description: 'Share of retransmissions.',
        }),
      ],
      {
        'service.name': 'api',
        'service.namespace': 'shop',
        'service.instance.id': 'api-1',
        'host.name': 'web-01',
      },
    ),
    resource(
      [
        sum([at(seconds, { 'network.peer.address': 'a"b\\c\n\0\u{1b}[31m\r\u{202e}é' })], {
          name: 'nettracer.bytes_tx',
          unit: 'By',
        }),
      ],
      { 'service.name': 'evil"} 1\n', 'service.instance.id': 'x' },
    ),
  )
}

describe.skipIf(!isInstalled).each([
  ['text', { enable_open_metrics: false }, []],
  ['OpenMetrics', { enable_open_metrics: true }, []],
  ['protobuf', {}, ['--enable-feature=native-histograms']],
])('Prometheus scrapes the endpoint as %s', (format, config, flags) => {
  const isNative = format === 'protobuf'
  let exporter: PrometheusExporter
  let prometheus: Prometheus
  let feed: NodeJS.Timeout
  let url: string

  beforeAll(async () => {
    const parsed = prometheusConfig.parse({ endpoint: '127.0.0.1:0', ...config })
    exporter = new PrometheusExporter(recordedSettings('prometheus').settings, parsed)
    await exporter.start()
    const address = `127.0.0.1:${exporter.address?.port ?? 0}`
    url = `http://${address}/metrics`
    const next = () =>
      exporter.consume(collection(Math.max(1, Math.floor(Date.now() / 1000) - began)))
    next()
    feed = setInterval(next, 500)
    prometheus = await Prometheus.start([address], {}, flags)
  }, 60_000)

  afterAll(async () => {
    clearInterval(feed)
    await prometheus.stop()
    await exporter.shutdown()
  })

  const mine = '{job="shop/api",instance="api-1"}'

  test('the counter has its labels and a value', async () => {
    const query = `nettracer_bytes_tx_bytes_total${mine}`
    const [found] = await prometheus.query(query, (result) => result.length > 0)
    expect(found?.metric).toMatchObject({
      job: 'shop/api',
      instance: 'api-1',
      nettracer_role: 'client',
      server_port: '5432',
      network_peer_address: '10.0.0.5',
      network_transport: 'tcp',
      otel_scope_name: 'otel-nettracer',
    })
    expect(Number(found?.value[1]) % 1000).toBe(0)
  })

  test('its rate is what was sent', async () => {
    const query = `rate(nettracer_bytes_tx_bytes_total${mine}[8s])`
    const [found] = await prometheus.query(query, ([first]) => Number(first?.value[1]) > 700)
    expect(Number(found?.value[1])).toBeLessThan(1500)
  }, 90_000)

  test('quantiles fall into the bucket of the values', async () => {
    const rate = isNative
      ? `sum(rate(nettracer_rtt_milliseconds${mine}[8s]))`
      : `sum by (le) (rate(nettracer_rtt_milliseconds_bucket${mine}[8s]))`
    const quantile = async (phi: number) => {
      const query = `histogram_quantile(${phi}, ${rate})`
      const [found] = await prometheus.query(query, ([first]) => Number(first?.value[1]) > 0)
      return Number(found?.value[1])
    }
    const median = await quantile(0.5)
    expect(median).toBeGreaterThan(0.5)
    expect(median).toBeLessThanOrEqual(1)
    const high = await quantile(0.99)
    expect(high).toBeGreaterThan(8)
    expect(high).toBeLessThanOrEqual(16)
  }, 90_000)

  test.runIf(isNative)('a native histogram is one series, without classic buckets', async () => {
    const query = `histogram_sum(nettracer_rtt_milliseconds${mine}) / histogram_count(nettracer_rtt_milliseconds${mine})`
    const [found] = await prometheus.query(query, (result) => result.length > 0)
    expect(Number(found?.value[1])).toBeCloseTo((9 * 0.75 + 12) / 10)
    const classic = await prometheus.query(`nettracer_rtt_milliseconds_bucket${mine}`, () => true)
    expect(classic).toEqual([])
  })

  test('target_info joins the host to a metric', async () => {
    const query = `nettracer_retr_percentage_percent * on (job, instance) group_left (host_name) target_info`
    const [found] = await prometheus.query(query, (result) => result.length > 0)
    expect(found?.metric['host_name']).toBe('web-01')
    expect(found?.value[1]).toBe('2.5')
  })

  test('a hostile name is a label value and nothing else', async () => {
    const query = `nettracer_bytes_tx_bytes_total{instance="x"}`
    const [found] = await prometheus.query(query, (result) => result.length > 0)
    expect(found?.metric['job']).toBe('evil"} 1\n')
    expect(found?.metric['network_peer_address']).toBe('a"b\\c\n\u{fffd}\u{1b}[31m\r\u{202e}é')
  })

  test('no scrape failed and no sample was refused', async () => {
    const up = await prometheus.query('min_over_time(up[10s])', (result) => result.length > 0)
    expect(up.map(({ value }) => value[1])).toEqual(['1'])
  })

  test('promtool has nothing to say but that RTT is not in seconds', async () => {
    const page = await (await fetch(url)).text()
    expect(promtoolCheck(page)).toEqual([
      'nettracer_rtt_milliseconds use base unit "seconds" instead of "milliseconds"',
    ])
  })
})
