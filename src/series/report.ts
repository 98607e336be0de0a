import { ValueType } from '@opentelemetry/api'
import type { InstrumentationScope } from '@opentelemetry/core'
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type MetricDescriptor,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import { type MetricName, metrics } from '../generated/metrics.ts'
import type { MetricNaming } from '../generated/profiles.ts'
import { countPoints, type Metrics, type Temporality } from '../model/metrics.ts'
import type { Cell } from './cell.ts'
import { instruments } from './instruments.ts'
import { addPoints, withNaming } from './naming.ts'
import { type Interval, PointReader } from './points.ts'
import type { ResourceSeries } from './resource-series.ts'
import type { View, ViewMetric } from './view.ts'

export interface ReportSettings {
  readonly views: readonly View[]
  readonly scope: InstrumentationScope
}

/** Makes what a pipeline carries of all series, for one temporality. */
export function report(
  settings: ReportSettings,
  series: Iterable<ResourceSeries>,
  interval: Interval,
  temporality: Temporality,
): Metrics {
  const reader = new PointReader(interval, temporality)
  const resourceMetrics: ResourceMetrics[] = []
  for (const { resource, cells } of series) {
    const ofResource: MetricData[] = []
    for (const view of settings.views) {
      const byKey = cells[view.index]
      if (byKey === undefined || byKey.size === 0) continue
      for (const metric of view.metrics) {
        const one = metricData(metric, byKey, reader, temporality)
        if (one.dataPoints.length === 0) continue
        if (metric.naming === undefined) ofResource.push(one)
        else addPoints(ofResource, withNaming(one, metric.naming))
      }
    }
    if (ofResource.length === 0) continue
    resourceMetrics.push({
      resource,
      scopeMetrics: [{ scope: settings.scope, metrics: ofResource }],
    })
  }
  return { resourceMetrics, points: countPoints(resourceMetrics) }
}

function metricData(
  { name, reading, naming }: ViewMetric,
  cells: ReadonlyMap<string, Cell>,
  reader: PointReader,
  temporality: Temporality,
): MetricData {
  const descriptor = descriptorOf(name, naming)
  const isDelta = temporality === 'delta'
  const aggregationTemporality = isDelta
    ? AggregationTemporality.DELTA
    : AggregationTemporality.CUMULATIVE
  if (reading.type === 'histogram') {
    return {
      descriptor,
      aggregationTemporality,
      dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
      dataPoints: reader.histograms(reading.slot, cells.values(), counterOf(naming)),
    }
  }
  const dataPoints = reader.numbers(reading, cells.values())
  const { kind } = metrics[name]
  if (kind === 'gauge') {
    return { descriptor, aggregationTemporality, dataPointType: DataPointType.GAUGE, dataPoints }
  }
  const isMonotonic = kind === 'sum'
  return {
    descriptor,
    // A level has no meaningful growth: OpenTelemetry keeps it cumulative for those who prefer delta, too.
    aggregationTemporality: isMonotonic
      ? aggregationTemporality
      : AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.SUM,
    isMonotonic,
    dataPoints,
  }
}

/** Made once: an encoder may know a metric by this object. */
const descriptors = new Map<string, MetricDescriptor>()

function descriptorOf(metric: MetricName, naming?: MetricNaming): MetricDescriptor {
  const key = naming?.name ?? metric
  const known = descriptors.get(key)
  if (known !== undefined) return known
  const { name, unit, description } = naming ?? metrics[metric]
  const type = metrics[metric].valueType === 'int' ? ValueType.INT : ValueType.DOUBLE
  const made = { name, unit, description, valueType: type }
  descriptors.set(key, made)
  return made
}

/** Column of the counter that a histogram's sum is to be equal to. */
function counterOf(naming: MetricNaming | undefined): number | undefined {
  if (naming?.sumOf === undefined) return undefined
  const { reading } = instruments[naming.sumOf]
  return reading.type === 'counter' ? reading.column : undefined
}
