import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  explicitBuckets,
  exponentialBuckets,
} from '../../../../src/exporter/wire/prometheus/classic-buckets.ts'
import { exponentialOf } from '../../../support/exponential-of.ts'

test.each([0, 1, 3])('at scale %i each count is exactly the values up to its bound', (scale) => {
  // Powers of two lie on bounds, where an error of one bucket would show.
  const value = fc.oneof(
    fc.integer({ min: -8, max: 15 }).map((exponent) => 2 ** exponent),
    fc.integer({ min: 0, max: 20_000 }).map((n) => n + 0.3),
    fc.constant(0),
  )
  fc.assert(
    fc.property(fc.array(value, { maxLength: 60 }), (values) => {
      for (const { bound, count } of exponentialBuckets(exponentialOf(values, scale), 'ms')) {
        expect(count).toBe(values.filter((each) => each <= bound).length)
      }
    }),
  )
})

test('bounds depend on the unit and not on the values', () => {
  const bounds = (values: number[], unit: string) =>
    exponentialBuckets(exponentialOf(values, 2), unit).map(({ bound }) => bound)

  expect(bounds([0.02], 'ms')).toEqual(bounds([5000], 'ms'))
  expect(bounds([1], 'ms').slice(0, 2)).toEqual([0.03125, 0.125])
  expect(bounds([1], 'ms').at(-1)).toBe(4096)
  expect(bounds([1], 's')).toHaveLength(17)
  expect(bounds([1], 'By').slice(0, 3)).toEqual([64, 256, 1024])
})

test('a histogram coarser than the bounds gives only those that are its own', () => {
  const buckets = exponentialBuckets(exponentialOf([3, 3, 100], -1), 'ms')
  expect(buckets.map(({ bound }) => bound)).toEqual([1, 4, 16, 64, 256, 1024, 4096])
  expect(buckets.map(({ count }) => count)).toEqual([0, 2, 2, 2, 3, 3, 3])
})

test('negative values are below every bound', () => {
  const histogram = exponentialOf([1], 0)
  histogram.negative = { offset: 0, bucketCounts: [2, 1] }
  expect(exponentialBuckets(histogram, 'ms')[0]?.count).toBe(3)
})

test('explicit bounds are kept, counts are summed up', () => {
  const buckets = { boundaries: [0.5, 10], counts: [1, 4, 2] }
  expect(explicitBuckets({ buckets, count: 7 })).toEqual([
    { bound: 0.5, count: 1 },
    { bound: 10, count: 5 },
  ])
})
