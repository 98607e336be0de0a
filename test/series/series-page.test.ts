import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Flow } from '../../src/connection/flow.ts'
import type { Increment } from '../../src/connection/increment.ts'
import { writePage } from '../../src/exporter/prometheus/page.ts'
import { SeriesStore as PrometheusStore } from '../../src/exporter/prometheus/series-store.ts'
import type { MetricName } from '../../src/generated/metrics.ts'
import type { Metrics } from '../../src/model/metrics.ts'
import { defaultSelection, type SelectedMetric } from '../../src/series/index.ts'
import { flow, increment, listener, responses, signals } from '../support/increment.ts'
import { parsePage } from '../support/prometheus.ts'
import { at, store } from './support.ts'

const page = readFileSync(new URL('../../docs/series.md', import.meta.url), 'utf8')

/** What a connection does in its life, as one report. */
const life: Partial<Increment> = {
  bytesTx: 1000,
  bytesRx: 1000,
  pktsTx: 10,
  pktsRx: 10,
  opened: 1,
  closed: 1,
  closeReason: 1,
  srttUs: 1000,
  rttVarianceUs: 100,
  connectDurationNs: 9e5,
  durationNs: 1e9,
  signals: signals({ limitedNetworkUs: 5 }),
}

type Happening = (series: ReturnType<typeof store>) => void

/** A flow is pinned to its store: each has its own. @returns it */
function begin(series: ReturnType<typeof store>): Flow {
  const client = flow({ role: 'client' })
  series.connection(increment({ flow: client, ...life }))
  series.responses(responses({ flow: client }))
  return client
}

const rows: [row: string, happens: Happening][] = [
  ['a client of one server', (series) => void begin(series)],
  [
    '… with retransmissions and failed attempts',
    (series) => {
      const client = begin(series)
      series.connection(increment({ flow: client, pktsRetr: 1, pktsRetrSyn: 1 }))
      series.connection(increment({ flow: client, failed: 1, failureType: 1 }))
    },
  ],
  ['a listening socket', (series) => series.listener(listener())],
]

function collected(happens: Happening, metrics: readonly SelectedMetric[]): Metrics {
  const series = store({ metrics })
  happens(series)
  const found = series.collect(at(10)).get('cumulative')
  if (found === undefined) throw new Error('nothing was collected')
  return found
}

/** Series of Prometheus, `target_info` and what a scrape adds left out. */
function scrapedSeries(metrics: Metrics): number {
  const prometheus = new PrometheusStore(
    {
      namespace: '',
      hasSuffixes: true,
      constLabels: {},
      isWithoutScope: false,
      hasResourceLabels: false,
      excludesServiceAttributes: false,
      expirationMs: 1000,
    },
    () => undefined,
  )
  prometheus.update(metrics, 0)
  const text = [...writePage(prometheus.snapshot(), { isOpenMetrics: false, hasTimestamps: false })]
  return parsePage(text.join('')).filter(({ name }) => name !== 'target_info').length
}

const lean: readonly MetricName[] = [
  'nettracer.bytes_rx',
  'nettracer.bytes_tx',
  'nettracer.pkts_retr',
  'nettracer.rtt',
  'nettracer.connections.active',
  'nettracer.connections.opened',
  'nettracer.connections.closed',
  'nettracer.connections.failed',
]

test.each(rows)('the page of series has the counts of %s', (row, happens) => {
  const all = collected(happens, defaultSelection())
  const some = collected(
    happens,
    defaultSelection().filter(({ name }) => lean.includes(name)),
  )
  expect(page).toContain(`| ${row} | ${all.points} | ${scrapedSeries(all)} | ${some.points} |`)
})

test('the page names the metrics of its lean configuration', () => {
  for (const { name } of defaultSelection()) {
    const isOff = new RegExp(`^ +${name.replaceAll('.', '\\.')}: \\{ enabled: false \\}$`, 'm')
    expect([name, isOff.test(page)]).toEqual([name, !lean.includes(name)])
  }
})
