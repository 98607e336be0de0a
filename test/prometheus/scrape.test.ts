import type { HrTime } from '@opentelemetry/api'
import { describe, expect, onTestFinished, test } from 'vitest'
import { prometheusConfig } from '../../src/exporter/prometheus/config.ts'
import { PrometheusExporter } from '../../src/exporter/prometheus/exporter.ts'
import { exponential, metricsOf, resource, sum } from '../support/metrics.ts'
import { hasNewPrometheus, newPrometheus, Prometheus } from '../support/prometheus.ts'
import { recordedSettings } from '../support/recorded-telemetry.ts'

const began = Math.floor(Date.now() / 1000) - 60

/** One counter and one histogram that began a minute ago. */
function metrics() {
  const startTime: HrTime = [began, 0]
  const endTime: HrTime = [began + 60, 0]
  const common = { startTime, endTime, attributes: {} }
  // At scale 0, (0.5, 1] has index -1 and (8, 16] has index 3.
  const rtt = {
    count: 10,
    sum: 9 * 0.75 + 12,
    scale: 0,
    zeroCount: 0,
    positive: { offset: -1, bucketCounts: [9, 0, 0, 0, 1] },
    negative: { offset: 0, bucketCounts: [] },
  }
  return metricsOf(
    resource(
      [
        sum([{ ...common, value: 5000 }], { name: 'nettracer.bytes_tx', unit: 'By' }),
        exponential([{ ...common, value: rtt }], { name: 'nettracer.rtt', unit: 'ms' }),
      ],
      { 'service.name': 'api', 'service.instance.id': 'x', 'host.name': 'web' },
    ),
  )
}

describe.skipIf(!hasNewPrometheus())('Prometheus 3.15 scrapes the endpoint as protobuf', () => {
  async function scraped(flags: readonly string[] = []) {
    const exporter = new PrometheusExporter(
      recordedSettings('prometheus').settings,
      prometheusConfig.parse({ endpoint: '127.0.0.1:0' }),
    )
    await exporter.start()
    onTestFinished(async () => exporter.shutdown())
    exporter.consume(metrics())
    const address = `127.0.0.1:${exporter.address?.port ?? 0}`
    const scrape = { scrape_native_histograms: true }
    const prometheus = await Prometheus.start([address], scrape, flags, { binary: newPrometheus })
    onTestFinished(() => prometheus.stop())
    return async (expression: string) => {
      const [found] = await prometheus.query(expression, (result) => result.length > 0)
      return Number(found?.value[1])
    }
  }

  test('histograms are native, with every value', async () => {
    const value = await scraped()
    const rtt = 'nettracer_rtt_milliseconds{job="api"}'
    expect(await value(`histogram_count(${rtt})`)).toBe(10)
    expect(await value(`histogram_sum(${rtt})`)).toBe(9 * 0.75 + 12)
    const median = await value(`histogram_quantile(0.5, ${rtt})`)
    expect(median).toBeGreaterThan(0.5)
    expect(median).toBeLessThanOrEqual(1)
    expect(await value('nettracer_bytes_tx_bytes_total * on (job, instance) target_info')).toBe(
      5000,
    )
  })

  test('counters and histograms began where we say, at zero', async () => {
    const value = await scraped(['--enable-feature=created-timestamp-zero-ingestion'])
    const bytes = 'nettracer_bytes_tx_bytes_total'
    expect(await value(bytes)).toBe(5000)
    expect(await value(`min_over_time(${bytes}[5m])`)).toBe(0)
    expect(await value(`timestamp(${bytes} @ ${began})`)).toBe(began)
    expect(await value(`histogram_count(nettracer_rtt_milliseconds @ ${began})`)).toBe(0)
  })
})
