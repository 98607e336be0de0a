import type { Attributes } from '@opentelemetry/api'
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  type DataPoint,
  type MetricData,
  type ResourceMetrics,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics'
import { countPoints, type Metrics } from '../../model/metrics.ts'
import { isRecorded } from '../../model/points.ts'
import { attributeKey } from './attribute-key.ts'
import { addUp, type Merging, mergingOf } from './merge-points.ts'
import { Totals } from './totals.ts'

type Point = DataPoint<unknown>
type Change = (attributes: Attributes) => Attributes

export interface RemakeSettings {
  readonly resource?: Change
  readonly point?: Change
  /** Points that would be equal and cannot be added up: they keep the attributes they had. */
  readonly onKept: (points: number) => void
}

interface Named {
  readonly metric: MetricData
  /** Of its attributes as they are to be: the points, by the series that they come from. */
  readonly points: Map<string, { point: Point; from: Map<string, Point> }>
}

/**
 * Metrics with other attributes. What becomes the same by that is one: resources, and points, which are added up. No two
 * points of one series come out.
 */
export class Remake {
  readonly #settings: RemakeSettings
  readonly #totals = new Totals()
  readonly #resources = new WeakMap<Resource, Resource>()

  constructor(settings: RemakeSettings) {
    this.#settings = settings
  }

  apply({ resourceMetrics }: Metrics): Metrics {
    const groups = Map.groupBy(resourceMetrics, ({ resource }) =>
      attributeKey(this.#changed(resource).attributes),
    )
    const made = [...groups].map(([key, group]) => this.#group(key, group))
    this.#totals.roll()
    return { resourceMetrics: made, points: countPoints(made) }
  }

  #changed(resource: Resource): Resource {
    const { resource: change } = this.#settings
    if (change === undefined) return resource
    const known = this.#resources.get(resource)
    if (known !== undefined) return known
    const attributes = change(resource.attributes)
    const { schemaUrl } = resource
    const changed =
      attributes === resource.attributes
        ? resource
        : resourceFromAttributes(attributes, schemaUrl === undefined ? {} : { schemaUrl })
    this.#resources.set(resource, changed)
    return changed
  }

  #group(key: string, group: readonly ResourceMetrics[]): ResourceMetrics {
    const [first] = group
    if (first === undefined) throw new TypeError('a group of no resource')
    const resource = this.#changed(first.resource)
    const isAlone = group.length === 1 && this.#totals.isEmpty
    if (isAlone && this.#settings.point === undefined) return { ...first, resource }
    const scopes = new Map<string, { scope: ScopeMetrics['scope']; metrics: Map<string, Named> }>()
    for (const { resource: from, scopeMetrics } of group) {
      const source = attributeKey(from.attributes)
      for (const { scope, metrics } of scopeMetrics) {
        const name = `${scope.name}\n${scope.version}`
        const known = scopes.get(name) ?? { scope, metrics: new Map<string, Named>() }
        scopes.set(name, known)
        for (const metric of metrics) this.#gather(known.metrics, metric, source)
      }
    }
    const scopeMetrics = [...scopes].map(([name, { scope, metrics }]) => ({
      scope,
      metrics: [...metrics].map(([metric, named]) =>
        this.#metric(`${key}\n${name}\n${metric}`, named),
      ),
    }))
    return { resource, scopeMetrics }
  }

  #gather(into: Map<string, Named>, metric: MetricData, source: string): void {
    const { descriptor, dataPointType, aggregationTemporality } = metric
    const name = `${descriptor.name}\n${descriptor.unit}\n${dataPointType}\n${aggregationTemporality}`
    const named = into.get(name) ?? { metric, points: new Map() }
    into.set(name, named)
    const { point: change } = this.#settings
    const isDelta = aggregationTemporality === AggregationTemporality.DELTA
    for (const point of metric.dataPoints as readonly Point[]) {
      const attributes = change === undefined ? point.attributes : change(point.attributes)
      const key = attributeKey(attributes)
      const entry = named.points.get(key) ?? { point: { ...point, attributes }, from: new Map() }
      const series = `${source}\n${attributeKey(point.attributes)}`
      // Of two collections, where one did not come to its end: each growth counts, of totals the last.
      const isAgain = isDelta && entry.from.has(series)
      entry.from.set(isAgain ? `${series}\n${entry.from.size}` : series, point)
      named.points.set(key, entry)
    }
  }

  #metric(key: string, { metric, points }: Named): MetricData {
    const merging = mergingOf(metric)
    const dataPoints = [...points].flatMap(([attributes, { point, from }]) =>
      this.#points(`${key}\n${attributes}`, point, from, merging),
    )
    // Of the metric's own type, as the ones that it is made of.
    return { ...metric, dataPoints } as MetricData
  }

  #points(
    key: string,
    first: Point,
    from: ReadonlyMap<string, Point>,
    merging: Merging | undefined,
  ): readonly Point[] {
    const isTotal = merging?.keepsEnded === true
    if (from.size === 1 && !(isTotal && this.#totals.has(key))) return [first]
    // One that has ended says nothing as long as others go on.
    const recorded = new Map([...from].filter(([, point]) => isRecorded(point)))
    if (recorded.size === 0) return from.size === 1 ? [first] : []
    const whole =
      merging &&
      (isTotal ? this.#totals.add(key, recorded, merging) : addUp([...recorded.values()], merging))
    if (whole !== undefined) return [{ ...whole, attributes: first.attributes }]
    this.#settings.onKept(recorded.size)
    return [...recorded.values()]
  }
}
