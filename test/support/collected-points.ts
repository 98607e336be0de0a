import type { Metrics } from '../../src/model/metrics.ts'
import { everyKind, metricsOf, resource } from './metrics.ts'
import type { Collector } from './otelcol.ts'
import { pointsOfModel, pointsOfOtlp } from './otlp-points.ts'

/** Metrics of every kind under two resources: 14 points. */
export const everything = (seed: number): Metrics =>
  metricsOf(
    resource(everyKind(seed), { 'service.name': 'checkout', 'process.pid': 100 + seed }),
    resource(everyKind(seed + 50), { 'service.name': 'cart', 'host.name': 'naïve ☃' }),
  )

/** The points that a Collector wrote, to compare with {@link expectedPoints}. */
export const collectedPoints = (collector: Collector): string[] =>
  canonical(collector.requests().flatMap((request) => pointsOfOtlp(request)))

export const expectedPoints = (...sent: readonly Metrics[]): string[] =>
  canonical(sent.flatMap((metrics) => pointsOfModel(metrics.resourceMetrics)))

/** Points as text with sorted keys, in one order: several requests are under way at the same time. */
function canonical(points: readonly object[]): string[] {
  const sortKeys = (_key: string, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value
  return points.map((at) => JSON.stringify(at, sortKeys)).toSorted((a, b) => (a < b ? -1 : 1))
}
