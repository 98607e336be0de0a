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

/** Whether the least and the greatest value are in the lowest and the highest bucket, as user space finds them. */
export function hasBucketsOfItsRange({ scale, buckets, minNs, maxNs }: Responses): boolean {
  return (
    Math.min(...buckets) === bucketIndex(minNs / 1e9, scale) &&
    Math.max(...buckets) === bucketIndex(maxNs / 1e9, scale)
  )
}
