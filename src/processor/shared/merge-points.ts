import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type ExponentialHistogram,
  type Histogram,
  type MetricData,
} from '@opentelemetry/sdk-metrics'
import { mergeExponential } from '../../model/merge-exponential.ts'

type Point = DataPoint<unknown>

/** What two points of a metric are as one. */
export interface Merging {
  /** @returns `undefined` if these two cannot be one */
  readonly add: (one: unknown, other: unknown) => unknown
  /** Totals since a beginning: what a series has counted must stay in the sum when it is gone. */
  readonly keepsEnded: boolean
}

/** @returns `undefined` where adding up says nothing: gauges */
export function mergingOf(metric: MetricData): Merging | undefined {
  const isTotal = metric.aggregationTemporality === AggregationTemporality.CUMULATIVE
  switch (metric.dataPointType) {
    case DataPointType.GAUGE:
      return undefined
    case DataPointType.SUM:
      // What goes up and down is a level: of what is gone nothing is there.
      return {
        add: (one, other) => Number(one) + Number(other),
        keepsEnded: isTotal && metric.isMonotonic,
      }
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return {
        add: (one, other) =>
          mergeExponential(one as ExponentialHistogram, other as ExponentialHistogram),
        keepsEnded: isTotal,
      }
    case DataPointType.HISTOGRAM:
      return {
        add: (one, other) => addBuckets(one as Histogram, other as Histogram),
        keepsEnded: isTotal,
      }
  }
}

/** Of the same boundaries only. */
function addBuckets(one: Histogram, other: Histogram): Histogram | undefined {
  if (one.buckets.boundaries.join() !== other.buckets.boundaries.join()) return undefined
  const counts = one.buckets.counts.map((count, at) => count + (other.buckets.counts[at] ?? 0))
  return {
    count: one.count + other.count,
    buckets: { boundaries: one.buckets.boundaries, counts },
    ...(one.sum !== undefined && other.sum !== undefined && { sum: one.sum + other.sum }),
    ...(one.min !== undefined && other.min !== undefined && { min: Math.min(one.min, other.min) }),
    ...(one.max !== undefined && other.max !== undefined && { max: Math.max(one.max, other.max) }),
  }
}

/** From the first beginning to the last end. @returns `undefined` if any two cannot be one */
export function addUp(points: readonly Point[], { add }: Merging): Point | undefined {
  let whole: Point | undefined
  for (const point of points) {
    if (whole === undefined) {
      whole = point
      continue
    }
    const value = add(whole.value, point.value)
    if (value === undefined) return undefined
    whole = {
      ...whole,
      value,
      startTime: isBefore(point, whole, 'startTime') ? point.startTime : whole.startTime,
      endTime: isBefore(whole, point, 'endTime') ? point.endTime : whole.endTime,
    }
  }
  return whole
}

export function isBefore(one: Point, other: Point, key: 'startTime' | 'endTime'): boolean {
  return (one[key][0] - other[key][0] || one[key][1] - other[key][1]) < 0
}
