import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api'
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type ExponentialHistogram,
  type Histogram,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import type { Metrics } from '../../model/metrics.ts'
import { Turns } from './turns.ts'

/**
 * Writes metrics as one line of OTLP JSON, `{"resourceMetrics":[...]}`, as the Collector's file exporter does: 64-bit
 * integers as strings, fields with their zero value left out. Gives others a turn between resources.
 */
export async function writeJson(metrics: Metrics): Promise<string> {
  const turns = new Turns()
  const parts: string[] = []
  for (const resource of metrics.resourceMetrics) {
    parts.push(JSON.stringify(resourceJson(resource)))
    await turns.next()
  }
  return `{"resourceMetrics":[${parts.join(',')}]}`
}

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json }
type Field = Json | undefined

/** An object without the fields that are `undefined`: those at their default. */
function message(fields: Record<string, Field>): Json {
  const present = Object.entries(fields).filter((field): field is [string, Json] => {
    return field[1] !== undefined
  })
  return Object.fromEntries(present)
}

const listOf = (items: readonly Json[]): Field => (items.length === 0 ? undefined : items)
const textOf = (text: string | undefined): Field => (text === '' ? undefined : text)
const nonZero = (value: number): Field => (value === 0 ? undefined : value)

/** `int64`, `uint64` and `fixed64` are strings in protobuf's JSON. */
const integer = (value: number): string =>
  Number.isFinite(value) ? BigInt(Math.trunc(value)).toString() : '0'
const isInt64 = (value: number): boolean => Number.isInteger(value) && Math.abs(value) < 2 ** 63
const nonZeroInteger = (value: number): Field => (value === 0 ? undefined : integer(value))

function double(value: number): Json {
  if (Number.isFinite(value)) return value
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? 'Infinity' : '-Infinity'
}

function nanoseconds([seconds, nanos]: HrTime): Field {
  const time = BigInt(Math.trunc(seconds)) * 1_000_000_000n + BigInt(Math.trunc(nanos))
  return time === 0n ? undefined : time.toString()
}

const optionalDouble = (value: number | undefined): Field =>
  value === undefined ? undefined : double(value)

function resourceJson({ resource, scopeMetrics }: ResourceMetrics): Json {
  return message({
    resource: message({ attributes: attributesJson(resource.attributes) }),
    scopeMetrics: listOf(
      scopeMetrics.map(({ scope, metrics }) =>
        message({
          scope: message({ name: textOf(scope.name), version: textOf(scope.version) }),
          metrics: listOf(metrics.map(metricJson)),
          schemaUrl: textOf(scope.schemaUrl),
        }),
      ),
    ),
    schemaUrl: textOf(resource.schemaUrl),
  })
}

function metricJson(metric: MetricData): Json {
  const { name, description, unit } = metric.descriptor
  return message({
    name: textOf(name),
    description: textOf(description),
    unit: textOf(unit),
    ...kindJson(metric),
  })
}

function kindJson(metric: MetricData): Record<string, Json> {
  const aggregationTemporality = protoTemporality(metric.aggregationTemporality)
  if (metric.dataPointType === DataPointType.GAUGE) {
    return { gauge: message({ dataPoints: numbersJson(metric) }) }
  }
  if (metric.dataPointType === DataPointType.SUM) {
    const isMonotonic = metric.isMonotonic || undefined
    const dataPoints = numbersJson(metric)
    return { sum: message({ dataPoints, aggregationTemporality, isMonotonic }) }
  }
  if (metric.dataPointType === DataPointType.HISTOGRAM) {
    const dataPoints = listOf(metric.dataPoints.map(histogramJson))
    return { histogram: message({ dataPoints, aggregationTemporality }) }
  }
  const dataPoints = listOf(metric.dataPoints.map(exponentialJson))
  return { exponentialHistogram: message({ dataPoints, aggregationTemporality }) }
}

function protoTemporality(temporality: AggregationTemporality): number {
  return temporality === AggregationTemporality.DELTA ? 1 : 2
}

function pointJson(dataPoint: DataPoint<unknown>): Record<string, Field> {
  return {
    attributes: attributesJson(dataPoint.attributes),
    startTimeUnixNano: nanoseconds(dataPoint.startTime),
    timeUnixNano: nanoseconds(dataPoint.endTime),
  }
}

type NumberMetric = Extract<MetricData, { dataPoints: DataPoint<number>[] }>

function numbersJson({ dataPoints, descriptor }: NumberMetric): Field {
  const isInteger = descriptor.valueType === ValueType.INT
  return listOf(
    dataPoints.map((dataPoint) => {
      const value = isInteger
        ? { asInt: integer(dataPoint.value) }
        : { asDouble: double(dataPoint.value) }
      return message({ ...pointJson(dataPoint), ...value })
    }),
  )
}

function histogramJson(dataPoint: DataPoint<Histogram>): Json {
  const { buckets, count, sum, min, max } = dataPoint.value
  return message({
    ...pointJson(dataPoint),
    count: nonZeroInteger(count),
    sum: optionalDouble(sum),
    bucketCounts: listOf(buckets.counts.map(integer)),
    explicitBounds: listOf(buckets.boundaries.map(double)),
    min: optionalDouble(min),
    max: optionalDouble(max),
  })
}

function exponentialJson(dataPoint: DataPoint<ExponentialHistogram>): Json {
  const { count, sum, scale, zeroCount, positive, negative, min, max } = dataPoint.value
  return message({
    ...pointJson(dataPoint),
    count: nonZeroInteger(count),
    sum: optionalDouble(sum),
    scale: nonZero(scale),
    zeroCount: nonZeroInteger(zeroCount),
    positive: bucketsJson(positive),
    negative: bucketsJson(negative),
    min: optionalDouble(min),
    max: optionalDouble(max),
  })
}

function bucketsJson({ offset, bucketCounts }: ExponentialHistogram['positive']): Json {
  return message({ offset: nonZero(offset), bucketCounts: listOf(bucketCounts.map(integer)) })
}

function attributesJson(attributes: Attributes): Field {
  return listOf(Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) })))
}

function anyValue(value: unknown): Json {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number') {
    return isInt64(value) ? { intValue: integer(value) } : { doubleValue: double(value) }
  }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } }
  return {}
}
