import type { MetricData } from '@opentelemetry/sdk-metrics'
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics'
import type { FamilyType, MetricNameSettings } from './names.ts'
import { metricName } from './names.ts'

const maxNames = 1000

/** Names are few and come again with each resource: kept, so that each is made once. */
export class FamilyNames {
  readonly #settings: MetricNameSettings
  readonly #names = new Map<string, string | undefined>()

  constructor(settings: MetricNameSettings) {
    this.#settings = settings
  }

  /** @returns `undefined` if nothing is left that Prometheus takes */
  of({ descriptor: { name, unit } }: MetricData, type: FamilyType): string | undefined {
    const key = `${type} ${unit} ${name}`
    if (!this.#names.has(key)) {
      if (this.#names.size >= maxNames) this.#names.clear()
      this.#names.set(key, metricName(name, unit, type, this.#settings))
    }
    return this.#names.get(key)
  }
}

/** Prometheus knows totals only. */
export function isDelta(metric: MetricData): boolean {
  return (
    metric.dataPointType !== DataPointType.GAUGE &&
    metric.aggregationTemporality === AggregationTemporality.DELTA
  )
}

export function familyType(metric: MetricData): FamilyType {
  if (metric.dataPointType === DataPointType.SUM) return metric.isMonotonic ? 'counter' : 'gauge'
  return metric.dataPointType === DataPointType.GAUGE ? 'gauge' : 'histogram'
}
