import type { HrTime } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { MetricData } from '@opentelemetry/sdk-metrics'
import type { ProcessKey } from '../../src/connection/process.ts'
import type { Metrics, Temporality } from '../../src/model/metrics.ts'
import { defaultSelection, type SeriesSettings, SeriesStore } from '../../src/series/index.ts'

/** The moment `seconds` after the start of the tests' clock. */
export function at(seconds: number): { time: HrTime; monotonicMs: number } {
  return { time: [1_000_000 + seconds, 0], monotonicMs: seconds * 1_000 }
}

const resources = new Map<number, ReturnType<typeof resourceFromAttributes>>()

export function resourceOf({ pid }: ProcessKey) {
  const resource = resources.get(pid) ?? resourceFromAttributes({ 'process.pid': pid })
  resources.set(pid, resource)
  return resource
}

/** A store whose processes live for ever and whose peers are called by their addresses. */
export function store(part: Partial<SeriesSettings> = {}): SeriesStore {
  return new SeriesStore({
    metrics: defaultSelection(),
    temporalities: new Set<Temporality>(['cumulative']),
    limit: 1_000,
    expirationMs: 300_000,
    scope: { name: 'otel-nettracer', version: '0.0.0' },
    start: at(0),
    hostResource: resourceFromAttributes({ 'service.name': 'host' }),
    resourceOf,
    isAlive: () => true,
    peerOf: ({ remoteAddress }) => ({ address: remoteAddress, scope: 'public' }),
    ...part,
  })
}

export interface FlatPoint {
  readonly resource: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly value: number | { readonly count: number; readonly sum?: number }
  readonly startTime: HrTime
}

/** Every point of a metric, with its resource. */
export function pointsOf(metrics: Metrics | undefined, name: string): FlatPoint[] {
  return metricsNamed(metrics, name).flatMap(({ resource, metric }) =>
    metric.dataPoints.map(({ attributes, value, startTime }) => ({
      resource,
      attributes,
      value,
      startTime,
    })),
  )
}

export function metricsNamed(metrics: Metrics | undefined, name: string) {
  const found: { resource: string; metric: MetricData }[] = []
  for (const { resource, scopeMetrics } of metrics?.resourceMetrics ?? []) {
    for (const metric of scopeMetrics.flatMap((scope) => scope.metrics)) {
      if (metric.descriptor.name !== name) continue
      found.push({ resource: JSON.stringify(resource.attributes), metric })
    }
  }
  return found
}

/** The values of a metric, in the order of its points. */
export function valuesOf(metrics: Metrics | undefined, name: string): FlatPoint['value'][] {
  return pointsOf(metrics, name).map(({ value }) => value)
}

export function namesOf(metrics: Metrics | undefined): string[] {
  const names = new Set<string>()
  for (const { scopeMetrics } of metrics?.resourceMetrics ?? []) {
    for (const metric of scopeMetrics.flatMap((scope) => scope.metrics))
      names.add(metric.descriptor.name)
  }
  return [...names].sort()
}
