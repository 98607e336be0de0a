import type { Resource } from '@opentelemetry/resources'
import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { Metrics } from '../../model/metrics.ts'
import { isDelta } from '../wire/prometheus/family-names.ts'
import { LabelCache, type LabelSettings } from '../wire/prometheus/label-cache.ts'
import type { MetricNameSettings } from '../wire/prometheus/names.ts'
import type { WriteSettings } from '../wire/requests.ts'
import { Turns } from '../wire/turns.ts'
import type { Wire } from '../wire/wire.ts'
import { Families, type Family } from './families.ts'
import { LabelSets } from './label-sets.ts'
import type { RequestBody } from './request-body.ts'
import { Requests } from './requests.ts'
import { milliseconds, type Point, samplesOf } from './series.ts'
import { SeriesTurns } from './series-turns.ts'
import { SentTargets } from './targets.ts'

/** Well below a millisecond of work. */
const POINTS_AT_ONCE = 64

export interface RemoteWriteSettings extends MetricNameSettings, LabelSettings {
  /** Given to each series that has no label of that name. */
  readonly externalLabels: Readonly<Record<string, string>>
  readonly hasTargetInfo: boolean
  readonly createBody: () => RequestBody
}

/** Metrics as requests of Prometheus' remote write, by the names and labels that a scrape gives them. */
export class RemoteWriteWire implements Wire<Metrics> {
  readonly #settings: RemoteWriteSettings
  readonly #labels: LabelCache
  readonly #sets: LabelSets
  readonly #families: Families
  readonly #targets: SentTargets
  readonly #turns: SeriesTurns

  constructor(settings: RemoteWriteSettings) {
    this.#settings = settings
    this.#labels = new LabelCache(settings)
    this.#sets = new LabelSets(settings.externalLabels)
    this.#families = new Families(settings)
    this.#targets = new SentTargets(settings.namespace, this.#families, this.#sets)
    this.#turns = new SeriesTurns(this.#sets)
  }

  async write({ resourceMetrics }: Metrics, settings: WriteSettings): Promise<void> {
    const requests = new Requests(this.#settings.createBody, settings)
    const others = new Turns()
    for (const ofResource of resourceMetrics) {
      const work = this.#add(ofResource, requests, settings)
      while (work.next().done !== true) {
        await requests.hand()
        await others.next()
      }
    }
    requests.finish()
    await requests.hand()
  }

  /** Stops now and then, so that others can have a turn. */
  *#add(
    { resource, scopeMetrics }: ResourceMetrics,
    requests: Requests,
    settings: WriteSettings,
  ): Generator<void, void, void> {
    const time = scopeMetrics.flatMap(({ metrics }) => metrics)[0]?.dataPoints[0]?.endTime
    if (this.#settings.hasTargetInfo && time !== undefined) {
      this.#addTarget(resource, milliseconds(time), requests)
    }
    let points = 0
    for (const { scope, metrics } of scopeMetrics) {
      this.#labels.begin(resource, scope)
      for (const metric of metrics) {
        const family = this.#familyOf(metric, settings)
        if (family === undefined) continue
        for (const point of metric.dataPoints) {
          this.#addPoint(family, point, requests, settings)
          points += 1
          if (points % POINTS_AT_ONCE === 0) yield
        }
      }
    }
    yield
  }

  #familyOf(metric: MetricData, settings: WriteSettings): Family | undefined {
    const family = isDelta(metric) ? undefined : this.#families.of(metric)
    if (family === undefined) {
      settings.onUnfit?.(metric.dataPoints.length, isDelta(metric) ? 'temporality' : 'name')
    }
    return family
  }

  #addTarget(resource: Resource, timeMs: number, requests: Requests): void {
    const samples = this.#targets.next(resource, timeMs)
    // Of the last one, since there may be the end of another before it.
    const [last] = samples.slice(-1)
    if (last === undefined) return
    this.#turns.take(last.family, last.labels, timeMs)
    requests.add(samples, 0, this.#turns.current)
  }

  #addPoint(family: Family, point: Point, requests: Requests, settings: WriteSettings): void {
    const labels = this.#sets.of(this.#labels.labelsOf(point.attributes))
    if (!this.#turns.take(family, labels, milliseconds(point.endTime))) {
      settings.onUnfit?.(1, 'duplicate')
      return
    }
    requests.add(samplesOf(family, labels, point), 1, this.#turns.current)
  }
}
