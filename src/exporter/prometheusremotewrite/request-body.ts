import type { FamilyType } from '../wire/prometheus/names.ts'
import type { Sample } from './series.ts'

/** A request under construction. */
export interface RequestBody {
  /** At most. */
  readonly length: number
  /** @returns `false`, with nothing written, if the request would be larger than that */
  add(sample: Sample, maxBytes: number): boolean
  toBytes(): Uint8Array
}

/** What tag and length of a series need at most. */
export const HEAD_BYTES = 6

/** `MetricType` of both versions. */
export const metadataTypes: Record<FamilyType, number> = { counter: 1, gauge: 2, histogram: 3 }
