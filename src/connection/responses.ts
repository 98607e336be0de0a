import type { Flow } from './flow.ts'

/**
 * Response times of one connection since its last report: from the last byte of a request to the first byte of its
 * answer, as the process read and wrote them. An exponential histogram as OTLP defines it, of seconds, with the
 * exact sum, least and greatest value. Read it inside the call that hands it over, keep only `flow`.
 */
export interface Responses {
  readonly flow: Flow
  /** Exact, in ns of `CLOCK_MONOTONIC`. */
  readonly sumNs: number
  readonly minNs: number
  readonly maxNs: number
  /** Buckets have the base `2^(2^-scale)`. */
  readonly scale: number
  /** Bucket indexes in no order; one may be there twice. */
  readonly buckets: readonly number[]
  /** How many values are in the bucket of the same place; none is 0. */
  readonly counts: readonly number[]
}
