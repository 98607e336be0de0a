import { ValueType } from '@opentelemetry/api'
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type MetricDescriptor,
} from '@opentelemetry/sdk-metrics'
import { type MetricName, metrics } from '../generated/metrics.ts'
import type { MetricNaming } from '../generated/profiles.ts'
import type { Temporality } from '../model/metrics.ts'
import type { Cell } from './cell.ts'
import { instruments } from './instruments.ts'
import type { PointReader } from './points.ts'
import type { ViewMetric } from './view.ts'

/** One metric of some series of a resource; may be without points. */
export function metricData(
  { name, reading, naming }: ViewMetric,
  cells: readonly Cell[],
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
      dataPoints: reader.histograms(reading.slot, cells, counterOf(naming)),
    }
  }
  const dataPoints = reader.numbers(reading, cells)
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
