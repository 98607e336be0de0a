import { describe, expect, test } from 'vitest'
import type { AttributeName, MetricName } from '../../src/generated/metrics.ts'
import type { Temporality } from '../../src/model/metrics.ts'
import type { SelectedMetric } from '../../src/series/index.ts'
import { increment, signals } from '../support/increment.ts'
import { at, pointsOf, store } from './support.ts'

/** One metric, by the attributes given besides its role. */
function only(name: MetricName, ...attributes: AttributeName[]): { metrics: SelectedMetric[] } {
  return { metrics: [{ name, attributes: new Set(['nettracer.role', ...attributes] as const) }] }
}

const limited = signals({
  limitedNetworkUs: 1_500_000,
  limitedReceiverUs: 250_000,
  limitedSenderUs: 4_000,
})

describe('nettracer.send.limited', () => {
  test('is in seconds, by limit', () => {
    const series = store(only('nettracer.send.limited', 'nettracer.limit'))
    series.connection(increment({ signals: limited }))
    series.connection(increment({ signals: limited }))
    const points = pointsOf(series.collect(at(10)).get('cumulative'), 'nettracer.send.limited')
    expect(points.map(({ attributes, value }) => [attributes['nettracer.limit'], value])).toEqual([
      ['network', 3],
      ['receiver', 0.5],
      ['sender', 0.008],
    ])
  })

  test('is summed over its limits where the attribute is off', () => {
    const series = store(only('nettracer.send.limited'))
    series.connection(increment({ signals: limited }))
    const points = pointsOf(series.collect(at(10)).get('cumulative'), 'nettracer.send.limited')
    expect(points).toMatchObject([{ attributes: { 'nettracer.role': 'client' }, value: 1.754 }])
  })

  test('has no point where nothing was limited', () => {
    const series = store(only('nettracer.send.limited', 'nettracer.limit'))
    series.connection(increment({ bytesTx: 1, signals: signals({ timeouts: 1 }) }))
    expect(pointsOf(series.collect(at(10)).get('cumulative'), 'nettracer.send.limited')).toEqual([])
  })
})

test.each([
  { temporality: 'cumulative', values: [1.754, 3.508, 3.508] },
  { temporality: 'delta', values: [1.754, 1.754, undefined] },
] as const)('side columns have $temporality temporality', ({ temporality, values }) => {
  const series = store({
    ...only('nettracer.send.limited'),
    temporalities: new Set<Temporality>([temporality]),
  })
  const value = (seconds: number) =>
    pointsOf(series.collect(at(seconds)).get(temporality), 'nettracer.send.limited')[0]?.value
  series.connection(increment({ signals: limited }))
  const first = value(10)
  series.connection(increment({ signals: limited }))
  expect([first, value(20), value(30)]).toEqual(values)
})

test('a side row that is used again begins at 0', () => {
  const series = store({ ...only('nettracer.send.limited'), expirationMs: 1_000 })
  const total = (seconds: number) =>
    pointsOf(series.collect(at(seconds)).get('cumulative'), 'nettracer.send.limited')[0]?.value
  series.connection(increment({ signals: limited }))
  // Reported, ended, reported once more, forgotten.
  expect([total(10), total(20), total(30)]).toEqual([1.754, 1.754, undefined])
  series.connection(increment({ signals: signals({ limitedSenderUs: 1_000_000 }) }))
  expect(total(40)).toBe(1)
})

test('side columns of what does not fit the limit are in the overflow', () => {
  const series = store({ ...only('nettracer.send.limited'), limit: 0 })
  series.connection(increment({ signals: limited }))
  expect(
    pointsOf(series.collect(at(10)).get('cumulative'), 'nettracer.send.limited'),
  ).toMatchObject([{ attributes: { 'otel.metric.overflow': true }, value: 1.754 }])
})
