import type { HeldMetrics } from '../../model/held-metrics.ts'
import type { Metrics } from '../../model/metrics.ts'

export interface HandOverSettings {
  /** Data points that may wait; older ones give way. The newest metrics are taken whatever their size. */
  readonly maxPoints: number
  /** Works on one `Metrics` at a time, in order. */
  readonly work: (metrics: Metrics) => Promise<void>
  readonly onDropped: (points: number) => void
  /** The work threw: something in these metrics cannot be encoded. */
  readonly onFailed: (points: number, error: unknown) => void
  /** Where metrics are put together while the work cannot go on, so that none is dropped. */
  readonly hold?: HeldMetrics
  /** Whether the work waits for something that may take long. */
  readonly isStalled?: () => boolean
}

/**
 * Where `consume`, which may not block, leaves metrics for an exporter's slower work. Bounded: when the work falls
 * behind, waiting metrics are put together in `hold`, or without one the oldest are dropped.
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
    if (this.#settings.hold === undefined) this.#dropOldest()
    else this.#holdBack(this.#settings.hold)
    this.#running ??= this.#run()
  }

  #dropOldest(): void {
    while (this.#isOver && this.#waiting.length > 1) {
      this.#settings.onDropped(this.#take()?.points ?? 0)
    }
  }

  #holdBack(hold: HeldMetrics): void {
    if (!this.#isOver && this.#settings.isStalled?.() !== true) return
    if (this.#waiting.length + Math.min(hold.points, 1) < 2) return
    for (const metrics of this.#waiting) hold.add(metrics)
    this.#waiting = []
    this.#points = 0
  }

  get #isOver(): boolean {
    return this.#points > this.#settings.maxPoints
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

  /** What is held is older than what waits. */
  #take(): Metrics | undefined {
    const held = this.#settings.hold?.take()
    if (held !== undefined) return held
    const metrics = this.#waiting.shift()
    this.#points -= metrics?.points ?? 0
    return metrics
  }
}
