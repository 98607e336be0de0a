import { ValueType } from '@opentelemetry/api'
import {
  AggregationTemporality,
  DataPointType,
  type ExponentialHistogram,
  type Histogram,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import type { Point } from '../../model/points.ts'
import { escapeUnprintable } from '../../shared/escape.ts'
import { attributeLines } from './attribute-lines.ts'
import { exemplarLines } from './exemplar-lines.ts'
import { fixed, timestamp } from './go-format.ts'
import { bucketsOf } from './values.ts'

/** `verbosity: detailed`: everything, a field a line, as the Collector writes it. */
export function* detailedText(resourceMetrics: readonly ResourceMetrics[]): Generator<string> {
  for (const [index, { resource, scopeMetrics }] of resourceMetrics.entries()) {
    yield `ResourceMetrics #${index}`
    yield `Resource SchemaURL: ${escapeUnprintable(resource.schemaUrl ?? '')}`
    yield* attributeLines('Resource attributes', resource.attributes)
    for (const [scopeIndex, { scope, metrics }] of scopeMetrics.entries()) {
      yield `ScopeMetrics #${scopeIndex}`
      yield `ScopeMetrics SchemaURL: ${escapeUnprintable(scope.schemaUrl ?? '')}`
      yield `InstrumentationScope ${escapeUnprintable(`${scope.name} ${scope.version ?? ''}`)}`
      for (const [metricIndex, metric] of metrics.entries()) {
        yield `Metric #${metricIndex}`
        yield* descriptorLines(metric)
        yield* pointLines(metric)
      }
    }
  }
}

const kinds = {
  [DataPointType.GAUGE]: 'Gauge',
  [DataPointType.SUM]: 'Sum',
  [DataPointType.HISTOGRAM]: 'Histogram',
  [DataPointType.EXPONENTIAL_HISTOGRAM]: 'ExponentialHistogram',
}

const pointNames = {
  [DataPointType.GAUGE]: 'NumberDataPoints',
  [DataPointType.SUM]: 'NumberDataPoints',
  [DataPointType.HISTOGRAM]: 'HistogramDataPoints',
  [DataPointType.EXPONENTIAL_HISTOGRAM]: 'ExponentialHistogramDataPoints',
}

function* descriptorLines(metric: MetricData): Generator<string> {
  const { name, description, unit } = metric.descriptor
  yield 'Descriptor:'
  yield `     -> Name: ${escapeUnprintable(name)}`
  yield `     -> Description: ${escapeUnprintable(description)}`
  yield `     -> Unit: ${escapeUnprintable(unit)}`
  yield `     -> DataType: ${kinds[metric.dataPointType]}`
  if (metric.dataPointType === DataPointType.GAUGE) return
  if (metric.dataPointType === DataPointType.SUM) yield `     -> IsMonotonic: ${metric.isMonotonic}`
  const isDelta = metric.aggregationTemporality === AggregationTemporality.DELTA
  yield `     -> AggregationTemporality: ${isDelta ? 'Delta' : 'Cumulative'}`
}

function* pointLines(metric: MetricData): Generator<string> {
  for (const [index, dataPoint] of metric.dataPoints.entries()) {
    yield `${pointNames[metric.dataPointType]} #${index}`
    yield* attributeLines('Data point attributes', dataPoint.attributes)
    yield `StartTimestamp: ${timestamp(dataPoint.startTime)}`
    yield `Timestamp: ${timestamp(dataPoint.endTime)}`
    yield* valueLines(metric, dataPoint)
  }
}

function* valueLines(
  metric: MetricData,
  { value, hasNoValue, exemplars }: Point<number | Histogram | ExponentialHistogram>,
): Generator<string> {
  if (hasNoValue === true) {
    // A histogram has a count in any case.
    if (typeof value !== 'number') yield 'Count: 0'
    return
  }
  yield* recordedLines(metric, value)
  const isInteger = typeof value === 'number' && metric.descriptor.valueType === ValueType.INT
  if (exemplars !== undefined) yield* exemplarLines(exemplars, isInteger)
}

function* recordedLines(
  metric: MetricData,
  value: number | Histogram | ExponentialHistogram,
): Generator<string> {
  if (typeof value === 'number') {
    const isInteger = metric.descriptor.valueType === ValueType.INT
    yield `Value: ${isInteger ? value : fixed(value)}`
    return
  }
  yield `Count: ${value.count}`
  if (value.sum !== undefined) yield `Sum: ${fixed(value.sum)}`
  if (value.min !== undefined) yield `Min: ${fixed(value.min)}`
  if (value.max !== undefined) yield `Max: ${fixed(value.max)}`
  if ('buckets' in value) yield* classicLines(value)
  else yield* exponentialLines(value)
}

function* classicLines({ buckets }: Histogram): Generator<string> {
  for (const [index, bound] of buckets.boundaries.entries()) {
    yield `ExplicitBounds #${index}: ${fixed(bound)}`
  }
  for (const [index, count] of buckets.counts.entries()) {
    yield `Buckets #${index}, Count: ${count}`
  }
}

function* exponentialLines(value: ExponentialHistogram): Generator<string> {
  const { negative, positive } = bucketsOf(value)
  for (const { lower, upper, count } of negative) {
    yield `Bucket [${fixed(lower)}, ${fixed(upper)}), Count: ${count}`
  }
  if (value.zeroCount !== 0) yield `Bucket [0, 0], Count: ${value.zeroCount}`
  for (const { lower, upper, count } of positive) {
    yield `Bucket (${fixed(lower)}, ${fixed(upper)}], Count: ${count}`
  }
}
