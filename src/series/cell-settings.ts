import type { Attributes, HrTime } from '@opentelemetry/api'
import type { BucketPool } from './exponential-histogram.ts'
import type { Row, RowPool } from './row-pool.ts'

export interface CellSettings {
  /** Of its attributes, among the series of its resource and view. */
  readonly key: string
  readonly attributes: Attributes
  readonly row: Row
  readonly startTime: HrTime
  readonly buckets: BucketPool
  /** Bit per histogram slot: those that are reported. */
  readonly histograms: number
  /** What values are multiplied by, by histogram slot; absent: 1. */
  readonly scales: ReadonlyMap<number, number> | undefined
  /** Bit per side column, likewise. */
  readonly side: number
  readonly sideRows: RowPool
  /** Tells the time of exemplars; `undefined` if none are wanted. */
  readonly exemplarTime: (() => HrTime) | undefined
  readonly wantsDelta: boolean
  readonly wantsCumulative: boolean
}
