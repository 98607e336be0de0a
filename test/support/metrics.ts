import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type ExponentialHistogram,
  type Histogram,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import { countPoints, type Metrics } from '../../src/model/metrics.ts'
import type { Exemplar, Point } from '../../src/model/points.ts'

/** 2026-01-02 03:04:05.000000321 UTC, and ten seconds later. */
export const startTime: HrTime = [1_767_323_045, 321]
export const endTime: HrTime = [1_767_323_055, 789_000_000]

export function point<T>(value: T, attributes: Attributes = {}): DataPoint<T> {
  return { startTime, endTime, attributes, value }
}

/** Seen in the middle of the interval. @param attributes beside those of its point */
export function exemplarOf(
  value: number,
  attributes: Attributes = { 'network.peer.address': '203.0.113.7' },
): Exemplar {
  return { time: [1_767_323_050, 250_000_000], value, attributes }
}

interface MetricSettings {
  readonly name?: string
  readonly unit?: string
  readonly description?: string
  readonly valueType?: ValueType
  readonly temporality?: AggregationTemporality
  readonly isMonotonic?: boolean
}

function common(settings: MetricSettings, name: string) {
  return {
    descriptor: {
      name: settings.name ?? name,
      description: settings.description ?? '',
      unit: settings.unit ?? '1',
      valueType: settings.valueType ?? ValueType.INT,
    },
    aggregationTemporality: settings.temporality ?? AggregationTemporality.CUMULATIVE,
  }
}

export function sum(dataPoints: DataPoint<number>[], settings: MetricSettings = {}): MetricData {
  return {
    ...common(settings, 'sum'),
    dataPointType: DataPointType.SUM,
    isMonotonic: settings.isMonotonic ?? true,
    dataPoints,
  }
}

export function gauge(dataPoints: DataPoint<number>[], settings: MetricSettings = {}): MetricData {
  return {
    ...common({ valueType: ValueType.DOUBLE, ...settings }, 'gauge'),
    dataPointType: DataPointType.GAUGE,
    dataPoints,
  }
}

export function histogram(
  dataPoints: DataPoint<Histogram>[],
  settings: MetricSettings = {},
): MetricData {
  return {
    ...common(settings, 'histogram'),
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints,
  }
}

export function exponential(
  dataPoints: DataPoint<ExponentialHistogram>[],
  settings: MetricSettings = {},
): MetricData {
  return {
    ...common(settings, 'exponential'),
    dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
    dataPoints,
  }
}

export function resource(
  metrics: MetricData[],
  attributes: Attributes = { 'service.name': 'checkout' },
): ResourceMetrics {
  return {
    resource: resourceFromAttributes(attributes),
    scopeMetrics: [{ scope: { name: 'otel-nettracer', version: '0.1.0' }, metrics }],
  }
}

export function metricsOf(...resourceMetrics: ResourceMetrics[]): Metrics {
  return { resourceMetrics, points: countPoints(resourceMetrics) }
}

/** A point that says that its series has ended. */
export function ended<T>(value: T, attributes: Attributes = {}): Point<T> {
  return { ...point(value, attributes), hasNoValue: true }
}

const span = { traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174' }

/** A point with two exemplars, one of them of a span. */
export function exemplified<T>(value: T, attributes: Attributes = {}): Point<T> {
  const exemplars: Exemplar[] = [
    { time: startTime, value: 41, attributes: {} },
    { time: endTime, value: 7, attributes: { 'network.peer.port': 40_002 }, ...span },
  ]
  return { ...point(value, attributes), exemplars }
}

/** One metric of each kind with a point that has exemplars, and one whose series has ended. */
export function beyondTheSdk(): MetricData[] {
  const classic = { buckets: { boundaries: [1], counts: [1, 1] }, sum: 3, count: 2 }
  const buckets = { offset: 1, bucketCounts: [2] }
  const none = { offset: 0, bucketCounts: [] }
  const base2 = { count: 2, sum: 6, scale: 0, zeroCount: 0, positive: buckets, negative: none }
  return [
    sum([exemplified(48), ended(48, { role: 'client' })]),
    gauge([exemplified(0.5), ended(0.5, { role: 'client' })]),
    histogram([exemplified(classic), ended(classic, { role: 'client' })]),
    exponential([exemplified(base2), ended(base2, { role: 'client' })]),
  ]
}

/** A sum of `points` data points whose values are `from`, `from + 1`, ... */
export function manyPoints(points: number, from = 0, attributes: Attributes = {}): MetricData {
  return sum(Array.from({ length: points }, (_, index) => point(from + index, attributes)))
}

/** One metric of each kind, with what is easily lost: negatives, no attributes, several types of attribute. */
export function everyKind(seed = 0): MetricData[] {
  return [
    sum([point(2 ** 53 - 1 - seed, { role: 'client' }), point(seed)], {
      name: 'nettracer.bytes_tx',
      unit: 'By',
      description: 'Payload bytes sent.',
    }),
    sum([point(-7 - seed, { 'server.port': 443, up: true, share: 0.25 })], {
      name: 'nettracer.connections.active',
      unit: '{connection}',
      isMonotonic: false,
    }),
    gauge([point(0.1 + seed, { tags: ['a', 'b'] }), point(-1e-9)], {
      name: 'nettracer.retr_percentage',
      unit: '%',
    }),
    histogram(
      [
        point({
          buckets: { boundaries: [0.5, 10], counts: [1, 0, 2 + seed] },
          sum: 40.5,
          count: 3 + seed,
          min: 0.25,
          max: 30,
        }),
      ],
      { name: 'example.duration', unit: 's', temporality: AggregationTemporality.DELTA },
    ),
    exponential(
      [
        point(
          {
            count: 12 + seed,
            sum: 99.5,
            min: -3,
            max: 64,
            scale: 3,
            zeroCount: 2,
            positive: { offset: -4, bucketCounts: [1, 0, 7 + seed] },
            negative: { offset: 2, bucketCounts: [2] },
          },
          { 'network.peer.address': 'naïve ☃ "quoted"' },
        ),
      ],
      { name: 'nettracer.rtt', unit: 'ms', valueType: ValueType.DOUBLE },
    ),
  ]
}
