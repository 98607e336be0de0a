import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nativeBuckets, schemaOf } from '../../../../src/exporter/wire/prometheus/native-buckets.ts'
import { exponentialOf } from '../../../support/exponential-of.ts'

interface Written {
  readonly spans: readonly { readonly offset: number; readonly length: number }[]
  readonly deltas: readonly number[]
}

/** Reads spans and deltas back as Prometheus documents them: count by index, without those that are 0. */
function read({ spans, deltas }: Written): Map<number, number> {
  const counts = new Map<number, number>()
  let [index, at, count] = [0, 0, 0]
  for (const { offset, length } of spans) {
    index += offset
    for (let step = 0; step < length; step += 1) {
      count += deltas[at] ?? Number.NaN
      at += 1
      if (count !== 0) counts.set(index, count)
      index += 1
    }
  }
  expect(at).toBe(deltas.length)
  return counts
}

const buckets = fc.record({
  offset: fc.integer({ min: -2000, max: 2000 }),
  bucketCounts: fc.array(fc.oneof(fc.constant(0), fc.nat({ max: 1_000_000 })), { maxLength: 160 }),
})

test('each bucket has its count, under the index of its upper bound', () => {
  fc.assert(
    fc.property(buckets, (side) => {
      const expected = side.bucketCounts
        .map((count, at) => [side.offset + at + 1, count] as const)
        .filter(([, count]) => count > 0)
      expect([...read(nativeBuckets(side, 3, 3))]).toEqual(expected)
    }),
  )
})

test('at a coarser schema buckets with one upper bound are added up', () => {
  fc.assert(
    fc.property(buckets, fc.integer({ min: 9, max: 14 }), (side, scale) => {
      const expected = new Map<number, number>()
      for (const [at, count] of side.bucketCounts.entries()) {
        if (count === 0) continue
        // The upper bound of bucket i is 2^((i + 1) / 2^scale), rounded up to one of the coarser schema.
        const index = Math.ceil((side.offset + at + 1) / 2 ** (scale - 8))
        expected.set(index, (expected.get(index) ?? 0) + count)
      }
      expect(read(nativeBuckets(side, scale, 8))).toEqual(expected)
    }),
  )
})

test('a long gap costs a span and not a bucket for each index', () => {
  const side = { offset: 0, bucketCounts: [1, ...Array<number>(100).fill(0), 1] }
  const { spans, deltas } = nativeBuckets(side, 0, 0)
  expect(spans).toEqual([
    { offset: 1, length: 1 },
    { offset: 100, length: 1 },
  ])
  expect(deltas).toEqual([1, 0])
})

test.each([
  [-5, undefined],
  [-4, -4],
  [0, 0],
  [8, 8],
  [20, 8],
])('scale %i has schema %s', (scale, schema) => {
  expect(schemaOf({ ...exponentialOf([1], 0), scale })).toBe(schema)
})
