import type { ExponentialHistogram as HistogramPoint } from '@opentelemetry/sdk-metrics'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { bucketIndex } from '../../src/series/bucket-index.ts'
import { ExponentialHistogram } from '../../src/series/exponential-histogram.ts'
import { increment, responses } from '../support/increment.ts'
import { at, pointsOf, store } from './support.ts'

const name = 'nettracer.response.duration'

/** Of response times of these lengths, as a profile has them that wants another unit. */
function pointOf(seconds: readonly number[], factor: number): HistogramPoint {
  const naming = { name, unit: 'x', description: '', scale: factor, attributes: {} }
  const series = store({ metrics: [{ name, attributes: new Set([]), naming }] })
  const ns = seconds.map((value) => value * 1e9)
  series.responses(
    responses({
      scale: 3,
      buckets: seconds.map((value) => bucketIndex(value, 3)),
      counts: seconds.map(() => 1),
      sumNs: ns.reduce((sum, value) => sum + value, 0),
      minNs: Math.min(...ns),
      maxNs: Math.max(...ns),
    }),
  )
  const [point] = pointsOf(series.collect(at(10)).get('cumulative'), name)
  return point?.value as unknown as HistogramPoint
}

test.each([1, 1e3, 1e6, 0.001, 8, 1 / 60])(
  'response times in another unit, %d times as large: sums exact, each value within one bucket',
  (factor) => {
    const seconds = [0.001, 0.0015, 0.01, 0.1, 7]
    const point = pointOf(seconds, factor)
    expect(point.count).toBe(seconds.length)
    expect(point.sum).toBeCloseTo(7.1125 * factor, 6 - Math.log10(factor))
    expect([point.min, point.max]).toEqual([
      expect.closeTo(0.001 * factor, 9 - Math.log10(factor)),
      expect.closeTo(7 * factor, 6 - Math.log10(factor)),
    ])
    const found = point.positive.bucketCounts.flatMap((count, place) =>
      new Array<number>(count).fill(point.positive.offset + place),
    )
    const middles = found.map((index) => 2 ** ((index + 0.5) / 2 ** point.scale))
    const bucket = 2 ** (1 / 2 ** point.scale)
    for (const [place, middle] of middles.entries()) {
      const ratio = middle / ((seconds[place] ?? 0) * factor)
      expect(Math.max(ratio, 1 / ratio)).toBeLessThanOrEqual(bucket * (1 + 1e-9))
    }
  },
)

test('however few distinct values there are, points are those of a histogram of its own', () => {
  const srtts = fc.array(fc.oneof(fc.constantFrom(-1, 0, 5, 5, 7), fc.nat(1e6)), { maxLength: 12 })
  const property = fc.property(fc.array(srtts, { minLength: 1, maxLength: 3 }), (intervals) => {
    const series = store({ temporalities: new Set(['cumulative', 'delta']) })
    const whole = new ExponentialHistogram()
    for (const [interval, values] of intervals.entries()) {
      const own = new ExponentialHistogram()
      for (const srttUs of values) {
        series.connection(increment({ pktsTx: 1, srttUs }))
        if (srttUs < 0) continue
        own.add(srttUs / 1e3)
        whole.add(srttUs / 1e3)
      }
      const collected = series.collect(at(10 * (interval + 1)))
      const of = (temporality: 'cumulative' | 'delta') =>
        pointsOf(collected.get(temporality), 'nettracer.rtt').map(({ value }) => value)
      expect(of('delta')).toEqual(own.count === 0 ? [] : [own.toPoint()])
      // Sums are added up in another order.
      const expected = { ...whole.toPoint(), sum: expect.closeTo(whole.sum, 6) }
      expect(of('cumulative')).toEqual(whole.count === 0 ? [] : [expected])
    }
  })
  fc.assert(property, { numRuns: 200 })
})
