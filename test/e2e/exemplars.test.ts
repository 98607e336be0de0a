import type { HrTime } from '@opentelemetry/api'
import { describe, expect, onTestFinished, test } from 'vitest'
import { prometheusConfig } from '../../src/exporter/prometheus/config.ts'
import { PrometheusExporter } from '../../src/exporter/prometheus/exporter.ts'
import { remoteWriteConfig } from '../../src/exporter/prometheusremotewrite/config.ts'
import { RemoteWriteExporter } from '../../src/exporter/prometheusremotewrite/exporter.ts'
import { exponentialOf } from '../support/exponential-of.ts'
import { exemplarOf, exponential, metricsOf, point, resource } from '../support/metrics.ts'
import { hasPrometheus, Prometheus } from '../support/prometheus.ts'
import { recordedSettings } from '../support/recorded-telemetry.ts'

const patience = { timeout: 30_000 }
const storage = '--enable-feature=exemplar-storage,native-histograms'

/** A round trip of 3 ms among others, just now, of one of many peers. */
function collection(nowMs: number) {
  const time: HrTime = [Math.floor(nowMs / 1000), (nowMs % 1000) * 1e6]
  const measured = {
    ...point(exponentialOf([1, 2, 3], 3), { 'network.peer.address': 'public' }),
    startTime: [time[0] - 60, 0] as HrTime,
    endTime: time,
    exemplars: [{ ...exemplarOf(3), time }],
  }
  return metricsOf(resource([exponential([measured], { name: 'nettracer.rtt', unit: 'ms' })]))
}

async function exemplarsIn(prometheus: Prometheus, query: string): Promise<object[]> {
  const now = Date.now() / 1000
  const parameters = new URLSearchParams({
    query,
    start: String(now - 600),
    end: String(now + 600),
  })
  try {
    const answer = await fetch(`${prometheus.url}/api/v1/query_exemplars?${parameters.toString()}`)
    const { data } = (await answer.json()) as { data: { exemplars: object[] }[] }
    return data.flatMap(({ exemplars }) => exemplars)
  } catch {
    // It does not listen yet.
    return []
  }
}

describe.skipIf(!hasPrometheus())("Debian's Prometheus keeps exemplars", () => {
  const wanted = { labels: { network_peer_address: '203.0.113.7' }, value: '3' }

  test('of a scrape', async () => {
    const exporter = new PrometheusExporter(
      recordedSettings('prometheus').settings,
      prometheusConfig.parse({ endpoint: '127.0.0.1:0', enable_open_metrics: true }),
    )
    await exporter.start()
    onTestFinished(async () => exporter.shutdown())
    exporter.consume(collection(Date.now()))
    const prometheus = await Prometheus.start([`127.0.0.1:${exporter.address?.port ?? 0}`], {}, [
      '--enable-feature=exemplar-storage',
    ])
    onTestFinished(async () => prometheus.stop())
    await expect
      .poll(async () => exemplarsIn(prometheus, 'nettracer_rtt_milliseconds_bucket'), patience)
      .toMatchObject([wanted])
  })

  test('of remote write', async () => {
    const prometheus = await Prometheus.start([], {}, [
      '--web.enable-remote-write-receiver',
      storage,
    ])
    onTestFinished(async () => prometheus.stop())
    const exporter = new RemoteWriteExporter(
      recordedSettings('rw').settings,
      remoteWriteConfig.parse({ endpoint: `${prometheus.url}/api/v1/write` }),
      {},
    )
    await exporter.start()
    onTestFinished(async () => exporter.shutdown())
    // It takes no exemplar of a histogram that it has not met before.
    const poll = async () => {
      exporter.consume(collection(Date.now()))
      return (await exemplarsIn(prometheus, 'nettracer_rtt_milliseconds')).slice(0, 1)
    }
    await expect.poll(poll, { ...patience, interval: 500 }).toMatchObject([wanted])
  })
})
