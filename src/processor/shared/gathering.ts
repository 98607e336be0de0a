import type { MetricsConsumer, MetricsProcessor } from '../../model/component.ts'
import type { Metrics } from '../../model/metrics.ts'
import { metricsSignal } from '../../model/signal.ts'

/** Of one collection; more go on in two. */
const mostPoints = 2_000_000

/**
 * A processor that must see a collection as a whole: what is to be added up may stand in different parts. It goes on
 * when its last part has come.
 */
export class Gathering implements MetricsProcessor {
  readonly #change: (metrics: Metrics) => Metrics
  readonly #next: MetricsConsumer
  #parts: Metrics[] = []
  #points = 0

  constructor(change: (metrics: Metrics) => Metrics, next: MetricsConsumer) {
    this.#change = change
    this.#next = next
  }

  async start(): Promise<void> {}

  consume(metrics: Metrics): void {
    this.#parts.push(metrics)
    this.#points += metrics.points
    if (metrics.goesOn !== true || this.#points >= mostPoints) this.#handOn()
  }

  async caughtUp(): Promise<void> {
    await this.#next.caughtUp?.()
  }

  async shutdown(): Promise<void> {
    this.#handOn()
  }

  #handOn(): void {
    if (this.#parts.length === 0) return
    const whole = metricsSignal.join(this.#parts)
    this.#parts = []
    this.#points = 0
    this.#next.consume(this.#change(whole))
  }
}
