import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bucketIndex } from '../../src/series/bucket-index.ts'
import { ExponentialHistogram } from '../../src/series/exponential-histogram.ts'
import { responses } from '../support/increment.ts'

const value = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 2_000 }),
  fc.double({ min: 1e-9, max: 1e12, noNaN: true }),
  fc.integer({ min: -20, max: 40 }).map((power) => 2 ** power),
)

function histogramOf(values: readonly number[]): ExponentialHistogram {
  const histogram = new ExponentialHistogram()
  for (const one of values) histogram.add(one)
  return histogram
}

/** The definition, without any of the tricks: a map of buckets at the finest scale where 160 suffice. */
function naive(values: readonly number[]) {
  const positive = values.filter((one) => one > 0)
  let scale = 20
  while (scale > -10) {
    const indexes = positive.map((one) => bucketIndex(one, scale))
    if (indexes.length === 0 || Math.max(...indexes) - Math.min(...indexes) < 160) break
    scale -= 1
  }
  const counts = new Map<number, number>()
  for (const one of positive) {
    const index = bucketIndex(one, 20) >> (20 - scale)
    counts.set(index, (counts.get(index) ?? 0) + 1)
  }
  return { scale, counts }
}

function countsOf(histogram: ExponentialHistogram): Map<number, number> {
  const { offset, bucketCounts } = histogram.toPoint().positive
  const counts = bucketCounts.map((count, at): [number, number] => [offset + at, count])
  return new Map(counts.filter(([, count]) => count > 0))
}

describe('bucketIndex', () => {
  test.each([
    { value: 1, scale: 0, index: -1 },
    { value: 1.5, scale: 0, index: 0 },
    { value: 2, scale: 0, index: 0 },
    { value: 2.000001, scale: 0, index: 1 },
    { value: 0.5, scale: 0, index: -2 },
    { value: 4, scale: -1, index: 0 },
    { value: 5, scale: -1, index: 1 },
    { value: 1024, scale: 3, index: 79 },
    { value: 1, scale: 20, index: -1 },
    { value: Number.MIN_VALUE, scale: -10, index: -1 },
    { value: Number.MAX_VALUE, scale: -10, index: 0 },
  ])('the bucket of $value at scale $scale is $index', ({ value: one, scale, index }) => {
    expect(bucketIndex(one, scale)).toBe(index)
  })

  test('a value lies in its bucket, open below and closed above', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-12, max: 1e15, noNaN: true }),
        fc.integer({ min: -10, max: 10 }),
        (one, scale) => {
          const index = bucketIndex(one, scale)
          const rounding = 1e-12
          expect(one).toBeGreaterThan(2 ** (index * 2 ** -scale) * (1 - rounding))
          expect(one).toBeLessThanOrEqual(2 ** ((index + 1) * 2 ** -scale) * (1 + rounding))
        },
      ),
    )
  })
})

describe('ExponentialHistogram', () => {
  test('has the buckets of the definition, at the finest scale at which 160 suffice', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 400 }), (values) => {
        const histogram = histogramOf(values)
        const expected = naive(values)
        expect(histogram.toPoint().scale).toBe(expected.scale)
        expect(countsOf(histogram)).toEqual(expected.counts)
      }),
    )
  })

  test('count, zeros, minimum and maximum are exact and buckets account for every value', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 400 }), (values) => {
        const point = histogramOf(values).toPoint()
        const bucketed = point.positive.bucketCounts.reduce((sum, one) => sum + one, 0)
        expect(point.count).toBe(values.length)
        expect(point.zeroCount).toBe(values.filter((one) => one === 0).length)
        expect(point.zeroCount + bucketed).toBe(point.count)
        expect(point.min).toBe(Math.min(...values))
        expect(point.max).toBe(Math.max(...values))
        expect(point.sum).toBe(values.reduce((sum, one) => sum + one, 0))
        expect(point.positive.bucketCounts.length).toBeLessThanOrEqual(160)
      }),
    )
  })

  test('the first bucket holds the smallest value above zero, the last the largest', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 100 }), (values) => {
        const positive = values.filter((one) => one > 0)
        fc.pre(positive.length > 0)
        const { scale, positive: buckets } = histogramOf(values).toPoint()
        const last = buckets.offset + buckets.bucketCounts.length - 1
        expect(buckets.offset).toBe(bucketIndex(Math.min(...positive), 20) >> (20 - scale))
        expect(last).toBe(bucketIndex(Math.max(...positive), 20) >> (20 - scale))
      }),
    )
  })

  test('merging gives what adding all values gives', () => {
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 300 }),
        fc.array(value, { maxLength: 300 }),
        (left, right) => {
          const merged = histogramOf(left)
          merged.merge(histogramOf(right))
          const added = histogramOf([...left, ...right]).toPoint()
          const { sum, ...rest } = merged.toPoint()
          const { sum: addedSum, ...addedRest } = added
          expect(rest).toEqual(addedRest)
          expect(sum).toBeCloseTo(addedSum ?? Number.NaN, -3)
        },
      ),
    )
  })

  test.each([255, 256, 70_000])('counts %i equal values', (times) => {
    const histogram = histogramOf(new Array<number>(times).fill(3))
    histogram.add(5)
    expect([...countsOf(histogram).values()]).toEqual([times, 1])
  })

  test('counts beyond 32 bits survive merging', () => {
    const doubled = histogramOf([3, 3, 3, 7])
    for (let times = 0; times < 33; times += 1) {
      const copy = new ExponentialHistogram()
      copy.merge(doubled)
      doubled.merge(copy)
    }
    expect([...countsOf(doubled).values()]).toEqual([3 * 2 ** 33, 2 ** 33])
    expect(doubled.count).toBe(4 * 2 ** 33)
  })

  test('without values it has no buckets, no minimum and no maximum', () => {
    expect(new ExponentialHistogram().toPoint()).toEqual({
      count: 0,
      sum: 0,
      scale: 20,
      zeroCount: 0,
      positive: { offset: 0, bucketCounts: [] },
      negative: { offset: 0, bucketCounts: [] },
    })
  })

  test('after a reset it counts as a new one', () => {
    const used = histogramOf([1, 5, 1e9, 0])
    used.reset()
    for (const one of [2, 3]) used.add(one)
    expect(used.toPoint()).toEqual(histogramOf([2, 3]).toPoint())
  })

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('%d is not counted', (one) => {
    expect(histogramOf([one]).count).toBe(0)
  })
})

test('values given by their buckets are as good as the values at that scale', () => {
  const seconds = fc.array(fc.double({ min: 1e-6, max: 1e3, noNaN: true }), { minLength: 1 })
  fc.assert(
    fc.property(fc.array(value), seconds, (before, values) => {
      const histogram = histogramOf(before)
      const buckets = [...new Set(values.map((one) => bucketIndex(one, 3)))]
      const counts = buckets.map((at) => values.filter((one) => bucketIndex(one, 3) === at).length)
      const [min, max] = [Math.min(...values), Math.max(...values)]
      const sum = values.reduce((all, one) => all + one, 0)
      const times = { sumNs: sum * 1e9, minNs: min * 1e9, maxNs: max * 1e9 }
      histogram.addBuckets(responses({ scale: 3, buckets, counts, ...times }), 1)

      const both = naive([...before, ...values])
      const { scale, count, ...point } = histogram.toPoint()
      expect(scale).toBe(Math.min(both.scale, 3))
      expect(count).toBe(before.length + values.length)
      expect(point.min).toBeCloseTo(Math.min(min, ...before), 12)
      expect(point.max).toBeCloseTo(Math.max(max, ...before), 9)
      const shift = both.scale - scale
      const expected = new Map<number, number>()
      for (const [at, counted] of both.counts) {
        expected.set(at >> shift, (expected.get(at >> shift) ?? 0) + counted)
      }
      expect(countsOf(histogram)).toEqual(expected)
    }),
  )
})
