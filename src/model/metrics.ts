import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'

/**
 * What a metrics pipeline carries: the OpenTelemetry data model as `sdk-metrics` types it, many resources at once
 * (one OTLP request). Immutable once handed on: consumers of a fan-out share it.
 */
export interface Metrics {
  readonly resourceMetrics: readonly ResourceMetrics[]
  /** Data points in all of `resourceMetrics`; counted once where they are made. */
  readonly points: number
  /** The next part of the same collection follows at once. */
  readonly goesOn?: boolean
}

/** How sums and histograms are reported: since the series began, or since the last report. */
export type Temporality = 'cumulative' | 'delta'

/** Counts the data points of a list of resources. */
export function countPoints(resourceMetrics: readonly ResourceMetrics[]): number {
  let points = 0
  for (const { scopeMetrics } of resourceMetrics) {
    for (const { metrics } of scopeMetrics) {
      for (const metric of metrics) points += metric.dataPoints.length
    }
  }
  return points
}
