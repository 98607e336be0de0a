import type { Attributes } from '@opentelemetry/api'
import type { InstrumentationScope } from '@opentelemetry/core'
import type { Resource } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type ExponentialHistogram,
  type MetricData,
} from '@opentelemetry/sdk-metrics'
import { mergeExponential } from './merge-exponential.ts'
import { countPoints, type Metrics } from './metrics.ts'
import { isRecorded } from './points.ts'

export interface HeldMetricsSettings {
  /** Points that are held; series beyond them lose theirs. */
  readonly maxPoints: number
  /** Points of more series than can be held. */
  readonly onDropped: (points: number) => void
  /** Older points of what only has a last value: a newer one stands for them. */
  readonly onSuperseded: (points: number) => void
}

interface HeldMetric {
  readonly metric: MetricData
  readonly points: Map<string, DataPoint<unknown>>
}

interface HeldResource {
  readonly resource: Resource
  readonly scopes: Map<string, { scope: InstrumentationScope; metrics: Map<string, HeldMetric> }>
}

/**
 * Metrics that cannot go on yet, one point for each series: growth is added up, from the first beginning to the last
 * end; of gauges and totals the newest stays. So deltas that wait take no more room the longer they wait, and none is lost.
 */
export class HeldMetrics {
  readonly #settings: HeldMetricsSettings
  #resources = new Map<string, HeldResource>()
  #points = 0
  #unmergeable = 0
  /** Equal attributes have equal keys; the objects of series live as long as those. */
  readonly #keys = new WeakMap<object, string>()

  constructor(settings: HeldMetricsSettings) {
    this.#settings = settings
  }

  get points(): number {
    return this.#points
  }

  /** @param metrics newer than all that is held */
  add({ resourceMetrics }: Metrics): void {
    for (const { resource, scopeMetrics } of resourceMetrics) {
      const ofResource = this.#resource(resource)
      if (ofResource === undefined) {
        this.#settings.onDropped(countPoints([{ resource, scopeMetrics }]))
        continue
      }
      for (const { scope, metrics } of scopeMetrics) {
        const scopeKey = `${scope.name}\n${scope.version}`
        const ofScope = ofResource.scopes.get(scopeKey) ?? { scope, metrics: new Map() }
        ofResource.scopes.set(scopeKey, ofScope)
        for (const metric of metrics) this.#addMetric(ofScope.metrics, metric)
      }
    }
  }

  /** All that is held, which is then let go; `undefined` if that is nothing. */
  take(): Metrics | undefined {
    if (this.#points === 0) return undefined
    const resourceMetrics = [...this.#resources.values()].map(({ resource, scopes }) => ({
      resource,
      scopeMetrics: [...scopes.values()].map(({ scope, metrics }) => ({
        scope,
        metrics: [...metrics.values()].map(({ metric, points }) => withPoints(metric, points)),
      })),
    }))
    const taken = { resourceMetrics, points: this.#points }
    this.#resources = new Map()
    this.#points = 0
    return taken
  }

  /** @returns `undefined` if none of its points has room: processes come and go while metrics wait */
  #resource(resource: Resource): HeldResource | undefined {
    const key = this.#keyOf(resource, resource.attributes)
    const known = this.#resources.get(key)
    if (known !== undefined || this.#points >= this.#settings.maxPoints) return known
    const added: HeldResource = { resource, scopes: new Map() }
    this.#resources.set(key, added)
    return added
  }

  #addMetric(held: Map<string, HeldMetric>, metric: MetricData): void {
    const { descriptor, dataPointType, aggregationTemporality } = metric
    const key = `${descriptor.name}\n${descriptor.unit}\n${dataPointType}\n${aggregationTemporality}`
    const known = held.get(key) ?? { metric, points: new Map() }
    held.set(key, known)
    const merge = mergeOf(metric)
    let superseded = 0
    let dropped = 0
    for (const point of metric.dataPoints) {
      const ofSeries = this.#keyOf(point.attributes, point.attributes)
      const pointKey = merge === undefined ? `${ofSeries}\n${this.#unmergeable++}` : ofSeries
      const before = known.points.get(pointKey)
      if (before !== undefined && merge !== undefined) {
        known.points.set(pointKey, merge(before, point))
        if (merge === newer) superseded += 1
      } else if (this.#points >= this.#settings.maxPoints) {
        dropped += 1
      } else {
        known.points.set(pointKey, point)
        this.#points += 1
      }
    }
    if (superseded > 0) this.#settings.onSuperseded(superseded)
    if (dropped > 0) this.#settings.onDropped(dropped)
  }

  #keyOf(of: object, attributes: Attributes): string {
    const known = this.#keys.get(of)
    if (known !== undefined) return known
    const entries = Object.entries(attributes).toSorted(([one], [other]) => (one < other ? -1 : 1))
    const key = JSON.stringify(entries)
    this.#keys.set(of, key)
    return key
  }
}

type Merge = (older: DataPoint<unknown>, newer: DataPoint<unknown>) => DataPoint<unknown>

/** @returns `undefined` where two points cannot be one */
function mergeOf(metric: MetricData): Merge | undefined {
  const isDelta = metric.aggregationTemporality === AggregationTemporality.DELTA
  switch (metric.dataPointType) {
    case DataPointType.GAUGE:
      return newer
    case DataPointType.SUM:
      return isDelta ? merging<number>((one, other) => one + other) : newer
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return isDelta ? merging<ExponentialHistogram>(mergeExponential) : newer
    case DataPointType.HISTOGRAM:
      return isDelta ? undefined : newer
  }
}

function newer(_: DataPoint<unknown>, last: DataPoint<unknown>): DataPoint<unknown> {
  return last
}

/** The values are of the metric's own type: its key holds that. */
function merging<Value>(add: (older: Value, newer: Value) => Value): Merge {
  return (older, last) => {
    if (!isRecorded(last)) return older
    if (!isRecorded(older)) return last
    return {
      ...last,
      startTime: older.startTime,
      value: add(older.value as Value, last.value as Value),
    }
  }
}

function withPoints(metric: MetricData, points: HeldMetric['points']): MetricData {
  return { ...metric, dataPoints: [...points.values()] } as MetricData
}
