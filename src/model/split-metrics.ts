import type { MetricData, ResourceMetrics, ScopeMetrics } from '@opentelemetry/sdk-metrics'
import { cut } from './cut.ts'

/**
 * Cuts a list of resources after a number of data points, in their order. A resource, scope or metric that lies
 * across the cut appears on both sides; nothing is copied but the lists.
 *
 * @returns the first `points` data points (all, if there are fewer), and the rest
 */
export function splitMetrics(
  resourceMetrics: readonly ResourceMetrics[],
  points: number,
): [head: ResourceMetrics[], tail: ResourceMetrics[]] {
  return cut(resourceMetrics, points, resourcePoints, (resource, at) => {
    const [head, tail] = cut(resource.scopeMetrics, at, scopePoints, cutScope)
    return [
      { ...resource, scopeMetrics: head },
      { ...resource, scopeMetrics: tail },
    ]
  })
}

function cutScope(scope: ScopeMetrics, at: number): [ScopeMetrics, ScopeMetrics] {
  const [head, tail] = cut(scope.metrics, at, metricPoints, (metric, within) => [
    { ...metric, dataPoints: metric.dataPoints.slice(0, within) } as MetricData,
    { ...metric, dataPoints: metric.dataPoints.slice(within) } as MetricData,
  ])
  return [
    { ...scope, metrics: head },
    { ...scope, metrics: tail },
  ]
}

const metricPoints = (metric: MetricData): number => metric.dataPoints.length

function scopePoints(scope: ScopeMetrics): number {
  let points = 0
  for (const metric of scope.metrics) points += metric.dataPoints.length
  return points
}

function resourcePoints(resource: ResourceMetrics): number {
  let points = 0
  for (const scope of resource.scopeMetrics) points += scopePoints(scope)
  return points
}
