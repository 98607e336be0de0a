import type { ExponentialHistogram as HistogramPoint } from '@opentelemetry/sdk-metrics'
import { expect, test } from 'vitest'
import { bucketIndex } from '../../src/series/bucket-index.ts'
import { responses } from '../support/increment.ts'
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
