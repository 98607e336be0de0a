import { ValueType } from '@opentelemetry/api'
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type MetricDescriptor,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import type { Point } from '../../../model/points.ts'
import { writeText } from './attributes.ts'
import type { ByteWriter } from './byte-writer.ts'
import { encodeResource } from './common.ts'
import { KnownBytes } from './known-bytes.ts'
import { writeDouble, writeExponential, writeHistogram, writeInteger } from './points.ts'
import { Tag } from './tags.ts'

const descriptors = new KnownBytes<MetricDescriptor>((to, { name, description, unit }) => {
  writeText(to, unit, Tag.metric.unit)
  writeText(to, description, Tag.metric.description)
  writeText(to, name, Tag.metric.name)
})

/** An `ExportMetricsServiceRequest` of one resource. */
export function encodeMetrics({ resource, scopeMetrics }: ResourceMetrics): Uint8Array {
  const scopes = scopeMetrics.map(({ scope, metrics }) => ({ scope, items: metrics }))
  return encodeResource({ resource, scopes }, writeMetric)
}

function writeMetric(to: ByteWriter, metric: MetricData, tag: number): void {
  const before = to.length
  writeKind(to, metric)
  to.bytes(descriptors.of(metric.descriptor))
  to.close(tag, before)
}

function writeKind(to: ByteWriter, metric: MetricData): void {
  const before = to.length
  if (metric.dataPointType === DataPointType.SUM && metric.isMonotonic) {
    to.byte(1)
    to.byte(Tag.kind.isMonotonic)
  }
  if (metric.dataPointType !== DataPointType.GAUGE) {
    to.byte(protoTemporality(metric.aggregationTemporality))
    to.byte(Tag.kind.temporality)
  }
  writePoints(to, metric)
  to.close(kindTags[metric.dataPointType], before)
}

function writePoints(to: ByteWriter, metric: MetricData): void {
  switch (metric.dataPointType) {
    case DataPointType.GAUGE:
    case DataPointType.SUM: {
      const isInteger = metric.descriptor.valueType === ValueType.INT
      writeAll(to, metric.dataPoints, isInteger ? writeInteger : writeDouble)
      return
    }
    case DataPointType.HISTOGRAM:
      writeAll(to, metric.dataPoints, writeHistogram)
      return
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      writeAll(to, metric.dataPoints, writeExponential)
  }
}

function writeAll<Value>(
  to: ByteWriter,
  points: readonly Point<Value>[],
  write: (to: ByteWriter, point: Point<Value>) => void,
): void {
  for (let place = points.length - 1; place >= 0; place -= 1) {
    const point = points[place]
    if (point !== undefined) write(to, point)
  }
}

const kindTags = {
  [DataPointType.GAUGE]: Tag.metric.gauge,
  [DataPointType.SUM]: Tag.metric.sum,
  [DataPointType.HISTOGRAM]: Tag.metric.histogram,
  [DataPointType.EXPONENTIAL_HISTOGRAM]: Tag.metric.exponentialHistogram,
}

function protoTemporality(temporality: AggregationTemporality): number {
  return temporality === AggregationTemporality.DELTA ? 1 : 2
}
