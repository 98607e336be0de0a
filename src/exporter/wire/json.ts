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
import { exemplarsJson } from './exemplars-json.ts'
import {
  attributesJson,
  double,
  type Field,
  integer,
  type Json,
  listOf,
  message,
  nanoseconds,
  nonZero,
  nonZeroInteger,
  optionalDouble,
  textOf,
} from './json-values.ts'

/**
 * One resource as OTLP JSON, as it stands in the list of a request, as the Collector writes it: 64-bit integers as
 * strings, fields with their zero value left out.
 */
export const writeResourceMetrics = (resource: ResourceMetrics): string =>
  JSON.stringify(resourceJson(resource))

/** `NO_RECORDED_VALUE` */
const flags = 1

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
  const isInteger = metric.descriptor.valueType === ValueType.INT
  if (metric.dataPointType === DataPointType.GAUGE) {
    return { gauge: message({ dataPoints: numbersJson(metric.dataPoints, isInteger) }) }
  }
  if (metric.dataPointType === DataPointType.SUM) {
    const isMonotonic = metric.isMonotonic || undefined
    const dataPoints = numbersJson(metric.dataPoints, isInteger)
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

function pointJson(dataPoint: Point<unknown>): Record<string, Field> {
  return {
    attributes: attributesJson(dataPoint.attributes),
    startTimeUnixNano: nanoseconds(dataPoint.startTime),
    timeUnixNano: nanoseconds(dataPoint.endTime),
  }
}

function numbersJson(dataPoints: readonly Point<number>[], isInteger: boolean): Field {
  return listOf(
    dataPoints.map((dataPoint) => {
      if (dataPoint.hasNoValue === true) return message({ ...pointJson(dataPoint), flags })
      const value = isInteger
        ? { asInt: integer(dataPoint.value) }
        : { asDouble: double(dataPoint.value) }
      const exemplars = exemplarsJson(dataPoint.exemplars, isInteger)
      return message({ ...pointJson(dataPoint), ...value, exemplars })
    }),
  )
}

function histogramJson(dataPoint: Point<Histogram>): Json {
  if (dataPoint.hasNoValue === true) return message({ ...pointJson(dataPoint), flags })
  const { buckets, count, sum, min, max } = dataPoint.value
  return message({
    ...pointJson(dataPoint),
    count: nonZeroInteger(count),
    sum: optionalDouble(sum),
    bucketCounts: listOf(buckets.counts.map(integer)),
    explicitBounds: listOf(buckets.boundaries.map(double)),
    exemplars: exemplarsJson(dataPoint.exemplars, false),
    min: optionalDouble(min),
    max: optionalDouble(max),
  })
}

function exponentialJson(dataPoint: Point<ExponentialHistogram>): Json {
  if (dataPoint.hasNoValue === true) {
    return message({ ...pointJson(dataPoint), positive: {}, negative: {}, flags })
  }
  const { count, sum, scale, zeroCount, positive, negative, min, max } = dataPoint.value
  return message({
    ...pointJson(dataPoint),
    count: nonZeroInteger(count),
    sum: optionalDouble(sum),
    scale: nonZero(scale),
    zeroCount: nonZeroInteger(zeroCount),
    positive: bucketsJson(positive),
    negative: bucketsJson(negative),
    exemplars: exemplarsJson(dataPoint.exemplars, false),
    min: optionalDouble(min),
    max: optionalDouble(max),
  })
}

function bucketsJson({ offset, bucketCounts }: ExponentialHistogram['positive']): Json {
  return message({ offset: nonZero(offset), bucketCounts: listOf(bucketCounts.map(integer)) })
}
