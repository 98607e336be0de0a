import type { Metrics } from '../../model/metrics.ts'

export interface HandOverSettings {
  /** Data points that may wait; older ones give way. The newest metrics are taken whatever their size. */
  readonly maxPoints: number
  /** Works on one `Metrics` at a time, in order. */
  readonly work: (metrics: Metrics) => Promise<void>
  readonly onDropped: (points: number) => void
  /** The work threw: something in these metrics cannot be encoded. */
  readonly onFailed: (points: number, error: unknown) => void
}

/**
 * Where `consume`, which may not block, leaves metrics for an exporter's slower work. Bounded: when the work falls
 * behind, the oldest waiting metrics are dropped.
 */
export class HandOver {
  readonly #settings: HandOverSettings
  #waiting: Metrics[] = []
  #points = 0
  #running: Promise<void> | undefined

  constructor(settings: HandOverSettings) {
    this.#settings = settings
  }

  offer(metrics: Metrics): void {
    this.#waiting.push(metrics)
    this.#points += metrics.points
    while (this.#points > this.#settings.maxPoints && this.#waiting.length > 1) {
      this.#settings.onDropped(this.#take()?.points ?? 0)
    }
    this.#running ??= this.#run()
  }

  /** Resolves when everything that was offered is worked off. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #run(): Promise<void> {
    // The caller goes on first: nothing is encoded within its turn.
    await Promise.resolve()
    for (let metrics = this.#take(); metrics !== undefined; metrics = this.#take()) {
      try {
        await this.#settings.work(metrics)
      } catch (error) {
        this.#settings.onFailed(metrics.points, error)
      }
    }
    this.#running = undefined
  }

  #take(): Metrics | undefined {
    const metrics = this.#waiting.shift()
    this.#points -= metrics?.points ?? 0
    return metrics
  }
}
