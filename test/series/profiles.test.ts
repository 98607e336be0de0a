import { DataPointType } from '@opentelemetry/sdk-metrics'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MetricName } from '../../src/generated/metrics.ts'
import { metrics } from '../../src/generated/metrics.ts'
import { type OtherProfile, profiles } from '../../src/generated/profiles.ts'
import type { Metrics, Temporality } from '../../src/model/metrics.ts'
import { isDefault, type SelectedMetric } from '../../src/series/index.ts'
import { flow, increment, processKey } from '../support/increment.ts'
import { at, metricsNamed, namesOf, pointsOf, store, valuesOf } from './support.ts'
import { events, World } from './world.ts'

function selection(profile: OtherProfile): SelectedMetric[] {
  return Object.values(metrics).flatMap(({ name, attributes }) => {
    const naming = profiles[profile][name]
    return naming === undefined
      ? []
      : [{ name, attributes: new Set(attributes.filter(isDefault)), naming }]
  })
}

/** Its flow is the store's that counts it. */
const activity = () =>
  increment({
    bytesRx: 1_000,
    bytesTx: 50,
    pktsRx: 4,
    pktsTx: 9,
    pktsRetr: 1,
    opened: 1,
    active: 1,
    srttUs: 1_500,
    rttVarianceUs: 250,
    connectDurationNs: 2_000_000,
  })

function collected(profile: OtherProfile, temporality: Temporality): Metrics | undefined {
  const series = store({
    metrics: selection(profile),
    temporalities: new Set<Temporality>([temporality]),
  })
  series.connection(activity())
  return series.collect(at(10)).get(temporality)
}

const B = 'builtin:tech.nettracer.'

describe('profile dynatrace', () => {
  const all = collected('dynatrace', 'delta')

  test('has the ten metrics of Dynatrace and no others', () => {
    expect(namesOf(all)).toEqual(
      ['bytes_rx', 'bytes_tx', 'pkts_retr', 'pkts_rx', 'pkts_tx', 'retr_percentage', 'rtt']
        .concat(['traffic', 'traffic_rx', 'traffic_tx'])
        .map((name) => `${B}${name}`),
    )
  })

  test('has packets as delta sums, bytes and RTT with count, sum, min and max, the rest as gauges', () => {
    const summary = (name: string) => valuesOf(all, `${B}${name}`)
    expect(summary('bytes_rx')).toMatchObject([{ count: 1, sum: 1_000, min: 1_000, max: 1_000 }])
    expect(summary('rtt')).toMatchObject([{ count: 1, sum: 1.5, min: 1.5, max: 1.5 }])
    expect(summary('pkts_tx')).toEqual([9])
    expect(summary('pkts_retr')).toEqual([1])
    expect(summary('retr_percentage')).toEqual([10])
    expect(summary('traffic')).toEqual([840])
    expect(summary('traffic_rx')).toEqual([800])
    const kindOf = (name: string) => metricsNamed(all, `${B}${name}`)[0]?.metric.dataPointType
    expect(kindOf('pkts_rx')).toBe(DataPointType.SUM)
    expect(kindOf('bytes_rx')).toBe(DataPointType.EXPONENTIAL_HISTOGRAM)
    expect(kindOf('traffic')).toBe(DataPointType.GAUGE)
  })

  test('bytes of connections whose own values are lost are one value more, so the sum is exact', () => {
    const series = store({
      metrics: selection('dynatrace'),
      temporalities: new Set<Temporality>(['delta']),
    })
    series.connection(increment({ bytesTx: 10, pktsTx: 1 }))
    series.connection(increment({ bytesTx: 700, pktsTx: 1, isMerged: true }))
    const lost = flow({ process: processKey(7) })
    series.connection(increment({ flow: lost, bytesTx: 3, pktsTx: 1, isMerged: true }))
    const metrics = series.collect(at(10)).get('delta')
    expect(valuesOf(metrics, `${B}bytes_tx`)).toMatchObject([
      { count: 2, sum: 710, min: 10, max: 700 },
      { count: 1, sum: 3, min: 3, max: 3 },
    ])
    for (const { metric } of metricsNamed(metrics, `${B}bytes_tx`)) {
      if (metric.dataPointType !== DataPointType.EXPONENTIAL_HISTOGRAM) continue
      for (const { value } of metric.dataPoints) {
        const inBuckets = value.positive.bucketCounts.reduce((sum, one) => sum + one, 0)
        expect(inBuckets + value.zeroCount).toBe(value.count)
      }
    }
  })

  test('the sum of all bytes is what was told, whatever happens', () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 1, max: 40 }), (all, limit) => {
        const world = new World(selection('dynatrace'), limit)
        let sum = 0
        const take = (seconds: number) => {
          for (const value of valuesOf(world.collect(seconds).get('delta'), `${B}bytes_tx`)) {
            if (typeof value === 'object') sum += value.sum ?? 0
          }
        }
        for (const one of all) {
          if (one.type === 'collection') take(one.seconds)
          else world.happen(one)
        }
        take(10)
        expect(sum).toBe(world.told.get('nettracer.bytes_tx') ?? 0)
      }),
      { numRuns: 40 },
    )
  })
})

describe('profile semconv', () => {
  const all = collected('semconv', 'cumulative')

  test('both directions are one metric', () => {
    const found = metricsNamed(all, 'system.network.io')
    expect(found).toHaveLength(1)
    expect(
      pointsOf(all, 'system.network.io').map(({ attributes, value }) => [
        attributes['network.io.direction'],
        attributes['server.port'],
        value,
      ]),
    ).toEqual([
      ['receive', 443, 1_000],
      ['transmit', 443, 50],
    ])
  })

  test('times are seconds, a share is of 1, with buckets that fit', () => {
    expect(valuesOf(all, 'tcp.rtt')).toMatchObject([{ count: 1, sum: 0.0015, max: 0.0015 }])
    expect(valuesOf(all, 'tcp.rtt_variance')).toMatchObject([{ sum: 0.00025 }])
    expect(valuesOf(all, 'tcp.connect.duration')).toMatchObject([{ sum: 0.002 }])
    expect(valuesOf(all, 'tcp.packet.retransmission_ratio')).toEqual([0.1])
    for (const { metric } of metricsNamed(all, 'tcp.rtt')) {
      expect(metric.descriptor.unit).toBe('s')
      if (metric.dataPointType !== DataPointType.EXPONENTIAL_HISTOGRAM) continue
      for (const { value } of metric.dataPoints) {
        const { scale, positive } = value
        const base = 2 ** (2 ** -scale)
        expect(base ** positive.offset).toBeLessThan(0.0015)
        expect(base ** (positive.offset + 1)).toBeGreaterThanOrEqual(0.0015 * (1 - 1e-9))
      }
    }
  })

  test('a series has the same attributes at each collection, as one object', () => {
    const series = store({ metrics: selection('semconv') })
    const attributesOf = (second: number) => {
      series.connection(increment({ bytesRx: 1, pktsRx: 1 }))
      const metrics = series.collect(at(second)).get('cumulative')
      return pointsOf(metrics, 'system.network.io').map(({ attributes }) => attributes)
    }
    const [first, second] = [attributesOf(10), attributesOf(20)]
    expect(first).toHaveLength(2)
    expect(first.every((one, place) => one === second[place])).toBe(true)
  })

  test('metrics of one name stay one metric where they are reported by other attributes', () => {
    const few = selection('semconv').map((one) =>
      one.name === 'nettracer.bytes_rx' ? { ...one, attributes: new Set<never>() } : one,
    )
    const series = store({ metrics: few })
    series.connection(increment({ bytesRx: 1, bytesTx: 2, pktsRx: 1 }))
    const metrics = series.collect(at(10)).get('cumulative')
    expect(metricsNamed(metrics, 'system.network.io')).toHaveLength(1)
    expect(new Set(valuesOf(metrics, 'system.network.io'))).toEqual(new Set([1, 2]))
  })
})

test('the number of points is the same in profile nettracer and in semconv', () => {
  const names = Object.keys(profiles.semconv) as MetricName[]
  expect(names).toEqual(Object.keys(metrics))
  const renamed = collected('semconv', 'cumulative')
  const all = selection('semconv').map(({ name, attributes }) => ({ name, attributes }))
  const plain = store({ metrics: all })
  plain.connection(activity())
  expect(renamed?.points).toBe(plain.collect(at(10)).get('cumulative')?.points)
})
