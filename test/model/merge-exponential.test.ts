import type { ExponentialHistogram as Point } from '@opentelemetry/sdk-metrics'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mergeExponential } from '../../src/model/merge-exponential.ts'
import { ExponentialHistogram } from '../../src/series/exponential-histogram.ts'

function of(values: readonly number[]): Point {
  const histogram = new ExponentialHistogram()
  for (const value of values) histogram.add(value)
  return histogram.toPoint()
}

/** Counts by bucket at a coarser scale. */
function countsAt({ scale, positive }: Point, coarser: number): Map<number, number> {
  const counts = new Map<number, number>()
  for (const [place, count] of positive.bucketCounts.entries()) {
    const index = (positive.offset + place) >> (scale - coarser)
    if (count > 0) counts.set(index, (counts.get(index) ?? 0) + count)
  }
  return counts
}

const value = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 1e9 }),
  fc.double({ min: 1e-9, max: 1e12, noNaN: true }),
)
const values = fc.array(value, { maxLength: 40 })

test('two histograms as one are the histogram of all their values', () => {
  fc.assert(
    fc.property(values, values, (one, other) => {
      const merged = mergeExponential(of(one), of(other))
      const whole = of([...one, ...other])
      expect(merged).toMatchObject({
        count: whole.count,
        zeroCount: whole.zeroCount,
        ...(whole.count > 0 && { min: whole.min, max: whole.max }),
      })
      expect(merged.sum).toBeCloseTo(whole.sum ?? 0, 0)
      expect(merged.positive.bucketCounts.length).toBeLessThanOrEqual(160)
      const scale = Math.min(merged.scale, whole.scale)
      expect(countsAt(merged, scale)).toEqual(countsAt(whole, scale))
      // No coarser than the values ask for, but for one step that the order of adding may cost.
      const isCoarse = merged.scale < whole.scale - 1
      expect(merged.count > 0 && isCoarse).toBe(false)
    }),
    { numRuns: 500 },
  )
})

test('negative buckets are merged likewise', () => {
  const one = { ...of([]), count: 3, scale: 1, negative: { offset: 4, bucketCounts: [1, 2] } }
  const other = { ...of([]), count: 4, scale: 0, negative: { offset: 1, bucketCounts: [4] } }
  expect(mergeExponential(one, other)).toMatchObject({
    count: 7,
    scale: 0,
    negative: { offset: 1, bucketCounts: [4, 3] },
  })
})

test('what has no sum, min or max makes none', () => {
  const { sum: _, min: _min, max: _max, ...bare } = of([1])
  expect(Object.keys(mergeExponential(bare, of([2]))).toSorted()).toEqual([
    'count',
    'negative',
    'positive',
    'scale',
    'zeroCount',
  ])
})
