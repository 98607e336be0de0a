import type { Responses } from '../../src/connection/responses.ts'
import { bucketIndex } from '../../src/series/bucket-index.ts'

export interface ResponseSum {
  readonly count: number
  readonly sumNs: number
  readonly minNs: number
  readonly maxNs: number
}

export function responseSum(all: readonly Responses[]): ResponseSum {
  return {
    count: all.flatMap(({ counts }) => counts).reduce((sum, count) => sum + count, 0),
    sumNs: all.reduce((sum, one) => sum + one.sumNs, 0),
    minNs: Math.min(...all.map(({ minNs }) => minNs)),
    maxNs: Math.max(...all.map(({ maxNs }) => maxNs)),
  }
}

/**
 * A percentile as a backend finds it: the middle of the bucket in which the value of that rank lies, in ns.
 * @param rank from 1
 */
export function valueOfRank(all: readonly Responses[], rank: number): number {
  const buckets = all
    .flatMap(({ scale, buckets, counts }) =>
      buckets.map((bucket, at) => ({
        middle: 2 ** ((bucket + 0.5) / 2 ** scale) * 1e9,
        count: counts[at] ?? 0,
      })),
    )
    .toSorted((one, other) => one.middle - other.middle)
  let before = 0
  const found = buckets.find(({ count }) => {
    before += count
    return before >= rank
  })
  return found?.middle ?? Number.NaN
}

/**
 * Percentiles against the values themselves, in ns, least first. Some values that `truth` does not have may be among
 * them.
 *
 * @returns the greatest distance to what the rank allows, as a part of the true value
 */
export function percentileError(all: readonly Responses[], truth: readonly number[]): number {
  const { count } = responseSum(all)
  const errors = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95].map((part) => {
    const rank = Math.ceil(part * count)
    const found = valueOfRank(all, rank)
    const least = truth[Math.max(rank - 1 - (count - truth.length), 0)] ?? Number.NaN
    const most = truth[Math.min(rank, truth.length) - 1] ?? Number.NaN
    return Math.max(0, 1 - found / least, found / most - 1)
  })
  return Math.max(...errors)
}

/** Whether the least and the greatest value are in the lowest and the highest bucket, as user space finds them. */
export function hasBucketsOfItsRange({ scale, buckets, minNs, maxNs }: Responses): boolean {
  return (
    Math.min(...buckets) === bucketIndex(minNs / 1e9, scale) &&
    Math.max(...buckets) === bucketIndex(maxNs / 1e9, scale)
  )
}
