import type { Attributes } from '@opentelemetry/api'
import { type DataPoint, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics'
import type { MetricNaming } from '../generated/profiles.ts'

/**
 * A metric as a profile has it: values in its unit, and the attributes that tell it apart from others of its name.
 * Values of histograms are in that unit already, since they cannot be scaled exactly once they are in buckets.
 */
export function withNaming(metric: MetricData, naming: MetricNaming): MetricData {
  const attributesOf = ownAttributes(naming)
  const isScaled = naming.scale !== 1
  if (attributesOf === undefined && !isScaled) return metric
  const named = <T>(point: DataPoint<T>, value: T): DataPoint<T> => ({
    ...point,
    attributes: attributesOf?.(point.attributes) ?? point.attributes,
    value,
  })
  switch (metric.dataPointType) {
    case DataPointType.SUM:
    case DataPointType.GAUGE:
      return {
        ...metric,
        dataPoints: metric.dataPoints.map((point) => named(point, point.value * naming.scale)),
      }
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return { ...metric, dataPoints: metric.dataPoints.map((point) => named(point, point.value)) }
    case DataPointType.HISTOGRAM:
      return { ...metric, dataPoints: metric.dataPoints.map((point) => named(point, point.value)) }
  }
}

/** Adds a metric; points of one that is there under its name join it, since a name may stand once in a request. */
export function addPoints(all: MetricData[], metric: MetricData): void {
  const known = all.find(({ descriptor }) => descriptor === metric.descriptor)
  if (known === undefined) {
    all.push(metric)
    return
  }
  const into: DataPoint<unknown>[] = known.dataPoints
  for (const point of metric.dataPoints) into.push(point)
}

/** Made once for each series and kept as long as it: encoders may know attributes by their object. */
const made = new WeakMap<MetricNaming, WeakMap<Attributes, Attributes>>()

function ownAttributes(naming: MetricNaming): ((ofSeries: Attributes) => Attributes) | undefined {
  const own = Object.entries(naming.attributes)
  if (own.length === 0) return undefined
  const bySeries = made.get(naming) ?? new WeakMap<Attributes, Attributes>()
  made.set(naming, bySeries)
  return (ofSeries) => {
    const known = bySeries.get(ofSeries)
    if (known !== undefined) return known
    const whole = { ...ofSeries, ...naming.attributes }
    bySeries.set(ofSeries, whole)
    return whole
  }
}
