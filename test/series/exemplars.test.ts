import type { HrTime } from '@opentelemetry/api'
import { describe, expect, test } from 'vitest'
import type { Flow } from '../../src/connection/flow.ts'
import type { MetricName } from '../../src/generated/metrics.ts'
import type { Temporality } from '../../src/model/metrics.ts'
import type { Exemplar, Point } from '../../src/model/points.ts'
import { defaultSelection, type SeriesSettings } from '../../src/series/index.ts'
import { flow, increment, responses } from '../support/increment.ts'
import type { WholeStore } from '../support/whole-store.ts'
import { at, metricsNamed, store } from './support.ts'

const seen: HrTime = [1_000_003, 5]

/** All peers share a series, as public ones do by default. */
const aggregated = () => ({ 'network.peer.address': 'public', 'nettracer.peer.scope': 'public' })

function sharing(part: Partial<SeriesSettings> = {}): WholeStore {
  return store({ peerOf: aggregated, exemplarTime: () => seen, ...part })
}

function exemplars(
  series: WholeStore,
  seconds: number,
  name: MetricName,
  temporality: Temporality = 'cumulative',
): (readonly Exemplar[] | undefined)[] {
  const metrics = series.collect(at(seconds)).get(temporality)
  return metricsNamed(metrics, name).flatMap(({ metric: { dataPoints } }) =>
    dataPoints.map((point: Point<unknown>) => point.exemplars),
  )
}

const peer = (last: number, part: Partial<Flow> = {}) =>
  flow({ remoteAddress: `203.0.113.${last}`, ...part })
const trip = (last: number, srttUs: number) =>
  increment({ flow: peer(last), opened: 1, active: 1, pktsTx: 1, srttUs })

describe('the slowest value of an interval says whose it was', () => {
  test('of round trips, connects and answers', () => {
    const series = sharing()
    series.connection(trip(1, 2_000))
    series.connection(trip(2, 9_000))
    series.connection(trip(3, 4_000))
    series.connection(increment({ flow: peer(4), connectDurationNs: 7e6 }))
    series.connection(increment({ flow: peer(5), connectDurationNs: 6e6 }))
    for (const [last, maxNs] of [
      [6, 1e6],
      [7, 3e6],
    ] as const) {
      series.responses(responses({ flow: peer(last), sumNs: maxNs, minNs: maxNs, maxNs }))
    }
    const metrics = series.collect(at(10)).get('cumulative')
    const of = (name: MetricName) =>
      metricsNamed(metrics, name).flatMap(({ metric: { dataPoints } }) =>
        dataPoints.map((point: Point<unknown>) => point.exemplars),
      )
    const exemplar = (value: number, last: number) => [
      [{ time: seen, value, attributes: { 'network.peer.address': `203.0.113.${last}` } }],
    ]
    expect(of('nettracer.rtt')).toEqual(exemplar(9, 2))
    expect(of('nettracer.connect.duration')).toEqual(exemplar(0.007, 4))
    expect(of('nettracer.response.duration')).toEqual(exemplar(0.003, 7))
    expect(of('nettracer.connection.duration')).toEqual([])
    expect(of('nettracer.session.bytes_tx')).toEqual([undefined])
  })

  test.each(['delta', 'cumulative'] as const)('once, and not in the next interval: %s', (kind) => {
    const series = sharing({ temporalities: new Set([kind]) })
    series.connection(trip(1, 2_000))
    expect(exemplars(series, 10, 'nettracer.rtt', kind)).toMatchObject([[{ value: 2 }]])
    series.connection(increment({ flow: peer(1), pktsTx: 1, srttUs: 1_000 }))
    expect(exemplars(series, 20, 'nettracer.rtt', kind)).toMatchObject([[{ value: 1 }]])
    series.connection(increment({ flow: peer(1), bytesTx: 1 }))
    const third = exemplars(series, 30, 'nettracer.rtt', kind)
    expect(third).toEqual(kind === 'delta' ? [] : [undefined])
  })

  test('by the address behind address translation', () => {
    const series = sharing()
    series.connection(
      increment({
        flow: peer(1, { reachedAddress: '198.51.100.9' }),
        pktsTx: 1,
        srttUs: 10,
      }),
    )
    expect(exemplars(series, 10, 'nettracer.rtt')).toMatchObject([
      [{ attributes: { 'network.peer.address': '198.51.100.9' } }],
    ])
  })

  test('in the unit of the metric', () => {
    const naming = { name: 'tcp.rtt', unit: 's', description: '', scale: 1e-3, attributes: {} }
    const metrics = defaultSelection().map((one) =>
      one.name === 'nettracer.rtt' ? { ...one, naming } : one,
    )
    const series = sharing({ metrics })
    series.connection(trip(1, 2_000))
    const collected = series.collect(at(10)).get('cumulative')
    const [found] = metricsNamed(collected, 'tcp.rtt')
    const [point] = (found?.metric.dataPoints ?? []) as Point<unknown>[]
    expect(point?.exemplars?.[0]?.value).toBeCloseTo(0.002)
  })
})

describe('there is no exemplar', () => {
  test('where they are not wanted', () => {
    const series = store({ peerOf: aggregated })
    series.connection(trip(1, 2_000))
    expect(exemplars(series, 10, 'nettracer.rtt')).toEqual([undefined])
  })

  test('where the series has the very address', () => {
    const series = store({ exemplarTime: () => seen })
    series.connection(trip(1, 2_000))
    expect(exemplars(series, 10, 'nettracer.rtt')).toEqual([undefined])
  })

  test('of a socket that is not connected', () => {
    const series = sharing()
    const maxNs = 1e6
    const socket = peer(1, { transport: 'udp', remoteAddress: '0.0.0.0' })
    series.responses(responses({ flow: socket, sumNs: maxNs, minNs: maxNs, maxNs }))
    expect(exemplars(series, 10, 'nettracer.response.duration')).toEqual([undefined])
  })

  test('of a series that has ended', () => {
    const series = sharing({ expirationMs: 1 })
    series.connection(increment({ flow: peer(1), opened: 1, pktsTx: 1, closed: 1, srttUs: 5 }))
    expect(exemplars(series, 10, 'nettracer.rtt')).toMatchObject([[{ value: 0.005 }]])
    expect(exemplars(series, 20, 'nettracer.rtt').flatMap((one) => one ?? [])).toEqual([])
    expect(exemplars(series, 30, 'nettracer.rtt').flatMap((one) => one ?? [])).toEqual([])
  })
})

test('what many series share beyond the limit names the slowest of them', () => {
  const series = sharing({
    limit: 1,
    peerOf: ({ remoteAddress }) => ({ 'network.peer.address': remoteAddress }),
  })
  for (const last of [1, 2, 3]) series.connection(trip(last, last * 1_000))
  const all = exemplars(series, 10, 'nettracer.rtt').flatMap((one) => one ?? [])
  expect(all).toHaveLength(1)
  expect(['203.0.113.2', '203.0.113.3']).toContain(all[0]?.attributes['network.peer.address'])
  expect(all[0]?.value).toBe(3)
})

test.each([
  { what: 'before the interval', time: [999_999, 0] as HrTime, expected: at(0).time },
  { what: 'after its end', time: [1_000_011, 0] as HrTime, expected: at(10).time },
])('a time $what is put into it', ({ time, expected }) => {
  const series = sharing({ exemplarTime: () => time })
  series.connection(trip(1, 2_000))
  expect(exemplars(series, 10, 'nettracer.rtt')).toMatchObject([[{ time: expected }]])
})
