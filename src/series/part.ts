import type { InstrumentationScope } from '@opentelemetry/core'
import type { Resource } from '@opentelemetry/resources'
import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { Metrics, Temporality } from '../model/metrics.ts'
import type { Cell } from './cell.ts'
import { metricData } from './metric-data.ts'
import { addPoints, withNaming } from './naming.ts'
import { type Interval, PointReader } from './points.ts'
import type { View } from './view.ts'

export interface PartSettings {
  readonly scope: InstrumentationScope
  readonly temporalities: ReadonlySet<Temporality>
  readonly interval: Interval
}

/** Some series of a collection, in each temporality that is wanted. */
export class Part {
  readonly #lists: readonly ResourceList[]

  constructor({ scope, temporalities, interval }: PartSettings) {
    this.#lists = [...temporalities].map(
      (temporality) => new ResourceList(scope, new PointReader(interval, temporality), temporality),
    )
  }

  /** Points of the temporality that has most. */
  get points(): number {
    return Math.max(...this.#lists.map(({ points }) => points))
  }

  add(resource: Resource, view: View, cells: readonly Cell[]): void {
    for (const list of this.#lists) list.add(resource, view, cells)
  }

  /** @param goesOn whether another part follows */
  take(goesOn: boolean): ReadonlyMap<Temporality, Metrics> {
    return new Map(this.#lists.map((list) => [list.temporality, list.take(goesOn)]))
  }
}

class ResourceList {
  readonly temporality: Temporality
  points = 0
  readonly #scope: InstrumentationScope
  readonly #reader: PointReader
  readonly #resourceMetrics: ResourceMetrics[] = []
  /** Of the last resource. */
  #metrics: MetricData[] = []

  constructor(scope: InstrumentationScope, reader: PointReader, temporality: Temporality) {
    this.temporality = temporality
    this.#scope = scope
    this.#reader = reader
  }

  add(resource: Resource, view: View, all: readonly Cell[]): void {
    // A series of growth ends by having none.
    const cells = this.temporality === 'delta' ? all.filter(({ hasEnded }) => !hasEnded) : all
    const last = this.#resourceMetrics.at(-1)
    if (last?.resource !== resource) this.#metrics = []
    for (const metric of view.metrics) {
      const one = metricData(metric, cells, this.#reader, this.temporality)
      if (one.dataPoints.length === 0) continue
      this.points += one.dataPoints.length
      addPoints(this.#metrics, metric.naming === undefined ? one : withNaming(one, metric.naming))
    }
    if (last?.resource === resource || this.#metrics.length === 0) return
    const scopeMetrics = [{ scope: this.#scope, metrics: this.#metrics }]
    this.#resourceMetrics.push({ resource, scopeMetrics })
  }

  take(goesOn: boolean): Metrics {
    return { resourceMetrics: this.#resourceMetrics, points: this.points, goesOn }
  }
}
