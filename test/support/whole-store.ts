import type { Metrics, Temporality } from '../../src/model/metrics.ts'
import { metricsSignal } from '../../src/model/signal.ts'
import { type Instant, type SeriesSettings, SeriesStore } from '../../src/series/index.ts'

/** A series store whose collections are made in one go. */
export class WholeStore extends SeriesStore {
  readonly #temporalities: ReadonlySet<Temporality>

  constructor(settings: SeriesSettings) {
    super(settings)
    this.#temporalities = settings.temporalities
  }

  /** All parts as one, for each temporality. */
  collect(instant: Instant): ReadonlyMap<Temporality, Metrics> {
    const parts = [...this.collectParts(instant)]
    return new Map(
      [...this.#temporalities].map((temporality) => [
        temporality,
        metricsSignal.join(parts.flatMap((part) => part.get(temporality) ?? [])),
      ]),
    )
  }
}
