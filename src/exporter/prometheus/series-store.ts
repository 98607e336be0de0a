import type { HrTime } from '@opentelemetry/api'
import type { MetricData } from '@opentelemetry/sdk-metrics'
import type { Metrics } from '../../model/metrics.ts'
import { FamilyNames, familyType, isDelta } from '../wire/prometheus/family-names.ts'
import type { LabelSettings } from '../wire/prometheus/label-cache.ts'
import { LabelCache } from '../wire/prometheus/label-cache.ts'
import type { FamilyType, MetricNameSettings } from '../wire/prometheus/names.ts'
import type { FamilySnapshot, Point } from './family.ts'
import { TargetStore } from './targets.ts'

/** Why a point is not on the page. */
export type DropReason = 'duplicate' | 'type_conflict' | 'temporality' | 'name'

export interface SeriesStoreSettings extends MetricNameSettings, LabelSettings {
  /** How long a series stays on the page after its last point, in ms. */
  readonly expirationMs: number
}

interface Series {
  point: Point
  seenMs: number
}

interface Family {
  readonly name: string
  readonly type: FamilyType
  readonly unit: string
  readonly help: string
  readonly series: Map<string, Series>
}

/**
 * The last point of each series that came in, by its name and labels as Prometheus sees them, until it expires.
 * Holds the points themselves, not copies: they do not change once handed on.
 */
export class SeriesStore {
  readonly #settings: SeriesStoreSettings
  readonly #onDrop: (reason: DropReason, points: number) => void
  readonly #labels: LabelCache
  readonly #targets: TargetStore
  readonly #families = new Map<string, Family>()
  readonly #names: FamilyNames

  /** @param onDrop is told of points that are not shown */
  constructor(settings: SeriesStoreSettings, onDrop: (reason: DropReason, points: number) => void) {
    this.#settings = settings
    this.#onDrop = onDrop
    this.#labels = new LabelCache(settings)
    this.#names = new FamilyNames(settings)
    this.#targets = new TargetStore(settings)
  }

  /** Series held, `target_info` included. */
  get size(): number {
    let size = this.#targets.size
    for (const family of this.#families.values()) size += family.series.size
    return size
  }

  /** @param nowMs a clock that never goes back; {@link expire} is given the same */
  update(metrics: Metrics, nowMs: number): void {
    for (const { resource, scopeMetrics } of metrics.resourceMetrics) {
      this.#targets.update(resource, nowMs)
      for (const { scope, metrics: ofScope } of scopeMetrics) {
        this.#labels.begin(resource, scope)
        for (const metric of ofScope) this.#updateMetric(metric, nowMs)
      }
    }
  }

  /** Forgets what has had no point for the time of the settings. */
  expire(nowMs: number): void {
    const oldest = nowMs - this.#settings.expirationMs
    for (const [name, family] of this.#families) {
      for (const [labels, series] of family.series) {
        if (series.seenMs < oldest) family.series.delete(labels)
      }
      if (family.series.size === 0) this.#families.delete(name)
    }
    this.#targets.expire(oldest)
  }

  /** The page's content now. Cheap: it points at what is held, and stays true while newer points come in. */
  snapshot(): FamilySnapshot[] {
    const targets = this.#targets.snapshot()
    const families = targets.labels.length === 0 ? [] : [targets]
    for (const { series, ...family } of this.#families.values()) {
      const points: Point[] = []
      for (const { point } of series.values()) points.push(point)
      families.push({ ...family, labels: [...series.keys()], points })
    }
    return families
  }

  #updateMetric(metric: MetricData, nowMs: number): void {
    if (isDelta(metric)) return this.#onDrop('temporality', metric.dataPoints.length)
    const type = familyType(metric)
    const family = this.#family(metric, type)
    if (family === undefined) return this.#onDrop('name', metric.dataPoints.length)
    if (family.type !== type) return this.#onDrop('type_conflict', metric.dataPoints.length)
    for (const point of metric.dataPoints) this.#updatePoint(family, point, nowMs)
  }

  #updatePoint(family: Family, point: Point, nowMs: number): void {
    const labels = this.#labels.labelsOf(point.attributes)
    const series = family.series.get(labels)
    if (point.hasNoValue === true) {
      // Off the page at once: whoever scrapes then marks it as ended. One that began later only looks like it.
      if (series !== undefined && compareTimes(series.point.startTime, point.startTime) <= 0)
        family.series.delete(labels)
      return
    }
    if (series === undefined) {
      family.series.set(labels, { point, seenMs: nowMs })
      return
    }
    const age = compareTimes(point.endTime, series.point.endTime)
    // Two of one instant are two series that look alike here; one that is older came late. Either way one is left.
    if (age <= 0) this.#onDrop('duplicate', 1)
    if (age < 0) return
    series.point = point
    series.seenMs = nowMs
  }

  #family(metric: MetricData, type: FamilyType): Family | undefined {
    const { unit, description } = metric.descriptor
    const name = this.#names.of(metric, type)
    if (name === undefined) return undefined
    let family = this.#families.get(name)
    if (family === undefined) {
      family = { name, type, unit, help: description, series: new Map() }
      this.#families.set(name, family)
    }
    return family
  }
}

function compareTimes(one: HrTime, other: HrTime): number {
  return one[0] - other[0] || one[1] - other[1]
}
