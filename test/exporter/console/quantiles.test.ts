import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Distribution } from '../../../src/exporter/console/quantiles.ts'
import { exponentialOf } from '../../support/exponential-of.ts'

const values = fc.array(fc.double({ min: 0.01, max: 5000, noNaN: true }), {
  minLength: 1,
  maxLength: 50,
})

test('a quantile lies in the bucket of the value it stands for, whatever the scales', () => {
  const scales = fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 }))
  fc.assert(
    fc.property(values, values, scales, fc.constantFrom(0.5, 0.95), (one, other, [a, b], share) => {
      const distribution = new Distribution()
      distribution.add(exponentialOf(one, a))
      distribution.add(exponentialOf(other, b))
      const sorted = [...one, ...other].toSorted((x, y) => x - y)
      const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? 0
      const bucket = 2 ** (2 ** -Math.min(a, b))
      const estimate = distribution.quantile(share)
      expect(estimate).toBeGreaterThanOrEqual((exact / bucket) * 0.999_999)
      expect(estimate).toBeLessThanOrEqual(exact * bucket * 1.000_001)
    }),
  )
})

test('sums of distributions do not depend on the order', () => {
  fc.assert(
    fc.property(values, values, (one, other) => {
      const [left, right] = [new Distribution(), new Distribution()]
      left.add(exponentialOf(one, 4))
      right.add(exponentialOf(other, 2))
      const [sum, reverse] = [new Distribution(), new Distribution()]
      sum.addAll(left)
      sum.addAll(right)
      reverse.addAll(right)
      reverse.addAll(left)
      expect(sum.quantile(0.5)).toBe(reverse.quantile(0.5))
      expect(sum.count).toBe(one.length + other.length)
    }),
  )
})

test('zeros count, and an empty distribution has no quantile', () => {
  const distribution = new Distribution()
  expect(distribution.quantile(0.5)).toBeNaN()
  distribution.add(exponentialOf([0, 0, 0, 8], 0))
  expect(distribution.quantile(0.5)).toBe(0)
  expect(distribution.quantile(0.95)).toBeGreaterThan(4)
})
