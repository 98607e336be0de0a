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

/** 2026-01-02 03:04:05.000000321 UTC, and ten seconds later. */
export const startTime: HrTime = [1_767_323_045, 321]
export const endTime: HrTime = [1_767_323_055, 789_000_000]

export function point<T>(value: T, attributes: Attributes = {}): DataPoint<T> {
  return { startTime, endTime, attributes, value }
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
