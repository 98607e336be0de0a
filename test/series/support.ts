import type { HrTime } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { MetricData } from '@opentelemetry/sdk-metrics'
import type { Flow } from '../../src/connection/flow.ts'
import type { ProcessKey } from '../../src/connection/process.ts'
import type { Metrics, Temporality } from '../../src/model/metrics.ts'
import { isRecorded, type Point } from '../../src/model/points.ts'
import {
  defaultSelection,
  type SeriesAttributes,
  type SeriesSettings,
} from '../../src/series/index.ts'
import { WholeStore } from '../support/whole-store.ts'

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
export function store(part: Partial<SeriesSettings> = {}): WholeStore {
  return new WholeStore({
    metrics: defaultSelection(),
    temporalities: new Set<Temporality>(['cumulative']),
    limit: 1_000,
    ranking: 'bytes',
    expirationMs: 300_000,
    scope: { name: 'otel-nettracer', version: '0.0.0' },
    start: at(0),
    hostResource: resourceFromAttributes({ 'service.name': 'host' }),
    resourceOf,
    isAlive: () => true,
    peerOf: peerOf('public'),
    ...part,
  })
}

/** Peers are called by their addresses. */
export function peerOf(scope: string) {
  return ({ role, remoteAddress }: Flow): SeriesAttributes => ({
    ...(role === 'client' && { 'server.address': remoteAddress }),
    'network.peer.address': remoteAddress,
    'nettracer.peer.scope': scope,
  })
}

export interface FlatPoint {
  readonly resource: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly value: number | { readonly count: number; readonly sum?: number }
  readonly startTime: HrTime
}

/** Every point of a metric that has a value, with its resource. */
export function pointsOf(metrics: Metrics | undefined, name: string): FlatPoint[] {
  return metricsNamed(metrics, name).flatMap(({ resource, metric }) =>
    recordedOf(metric).map(({ attributes, value, startTime }) => ({
      resource,
      attributes,
      value,
      startTime,
    })),
  )
}

/** Every point that says that its series has ended: what it would be called, and when it began. */
export function endedOf(metrics: Metrics | undefined): string[] {
  return keysOf(metrics, (point) => !isRecorded(point))
}

/** Every point with a value, likewise. */
export function recordedKeysOf(metrics: Metrics | undefined): string[] {
  return keysOf(metrics, isRecorded)
}

function keysOf(metrics: Metrics | undefined, isWanted: (point: Point<unknown>) => boolean) {
  return (metrics?.resourceMetrics ?? []).flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap((scope) =>
      scope.metrics.flatMap((metric) =>
        allOf(metric)
          .filter(isWanted)
          .map(({ attributes, startTime }) => {
            const of = Object.entries(attributes).map(String).sort()
            const { name } = metric.descriptor
            return JSON.stringify([name, resource.attributes, of, startTime])
          }),
      ),
    ),
  )
}

const allOf = ({ dataPoints }: MetricData): readonly Point<FlatPoint['value']>[] => dataPoints
const recordedOf = (metric: MetricData) => allOf(metric).filter(isRecorded)

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

/** Of the metrics that have a point with a value. */
export function namesOf(metrics: Metrics | undefined): string[] {
  const names = new Set<string>()
  for (const { scopeMetrics } of metrics?.resourceMetrics ?? []) {
    for (const metric of scopeMetrics.flatMap((scope) => scope.metrics)) {
      if (recordedOf(metric).length > 0) names.add(metric.descriptor.name)
    }
  }
  return [...names].sort()
}
