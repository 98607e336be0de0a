import type { HrTime } from '@opentelemetry/api'
import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics'
import type { Exemplar, Point as PointOf } from '../../model/points.ts'
import {
  type ClassicBucket,
  explicitBuckets,
  exponentialBuckets,
} from '../wire/prometheus/classic-buckets.ts'
import { schemaOf } from '../wire/prometheus/native-buckets.ts'
import type { Family } from './families.ts'
import type { LabelSet } from './label-sets.ts'

export type Point = PointOf<number> | PointOf<Histogram> | PointOf<ExponentialHistogram>

/** One value of one series. */
export interface Sample {
  readonly family: Family
  /** `__name__`. */
  readonly name: string
  /** The other labels. */
  readonly labels: LabelSet
  /** A histogram is a native one. */
  readonly value: number | ExponentialHistogram
  /** The series has ended: its value says nothing. */
  readonly hasEnded: boolean
  readonly timeMs: number
  /** When it began; 0: not known. */
  readonly startMs: number
  readonly exemplars?: readonly Exemplar[] | undefined
}

/** What a point is in Prometheus: one sample, or for a histogram with bounds one of each bucket, the sum and the count. */
export function samplesOf(family: Family, labels: LabelSet, point: Point): Sample[] {
  const { value } = point
  const hasEnded = point.hasNoValue === true
  const timeMs = milliseconds(point.endTime)
  const startMs = family.type === 'gauge' ? 0 : milliseconds(point.startTime)
  const { name } = family
  if (typeof value === 'number' || ('scale' in value && schemaOf(value) !== undefined)) {
    const { exemplars } = point
    return [{ family, name, labels, value, hasEnded, timeMs, startMs, exemplars }]
  }
  const common = { family, labels, hasEnded, timeMs, startMs }
  const buckets = 'scale' in value ? exponentialBuckets(value, family.unit) : explicitBuckets(value)
  const samples: Sample[] = withInfinity(buckets, value.count).map(({ bound, count }) => ({
    ...common,
    name: `${name}_bucket`,
    labels: labels.withBound(boundText(bound)),
    value: count,
  }))
  if (value.sum !== undefined) samples.push({ ...common, name: `${name}_sum`, value: value.sum })
  samples.push({ ...common, name: `${name}_count`, value: value.count })
  return samples
}

export function milliseconds([seconds, nanoseconds]: HrTime): number {
  return seconds * 1000 + Math.floor(nanoseconds / 1e6)
}

function withInfinity(buckets: ClassicBucket[], count: number): ClassicBucket[] {
  if (buckets.at(-1)?.bound === Number.POSITIVE_INFINITY) return buckets
  return [...buckets, { bound: Number.POSITIVE_INFINITY, count }]
}

function boundText(bound: number): string {
  if (Number.isFinite(bound)) return String(bound)
  return bound > 0 ? '+Inf' : '-Inf'
}
