import type { Component, Consumer } from '../model/component.ts'
import type { Signal } from '../model/signal.ts'
import type { Logger } from '../telemetry/telemetry.ts'

/** Data points or log records that may wait for an exporter to be replaced. */
const mostWaiting = 1_000_000

/**
 * The place of an exporter at the end of its pipelines: the exporter may be replaced while they run. What comes
 * while there is none waits for the next one.
 */
export class ExporterSlot<Batch> implements Consumer<Batch> {
  readonly #signal: Signal<Batch>
  readonly #logger: Logger
  #exporter: (Component & Consumer<Batch>) | undefined
  #waiting: Batch[] = []
  #items = 0

  constructor(signal: Signal<Batch>, logger: Logger) {
    this.#signal = signal
    this.#logger = logger
  }

  consume(batch: Batch): void {
    if (this.#exporter !== undefined) {
      this.#exporter.consume(batch)
      return
    }
    this.#waiting.push(batch)
    this.#items += this.#signal.sizeOf(batch)
    while (this.#items > mostWaiting && this.#waiting.length > 1) {
      const oldest = this.#waiting.shift()
      if (oldest === undefined) return
      const items = this.#signal.sizeOf(oldest)
      this.#items -= items
      this.#lose(items)
    }
  }

  async caughtUp(): Promise<void> {
    await this.#exporter?.caughtUp?.()
  }

  /** From now on batches wait. */
  clear(): void {
    this.#exporter = undefined
  }

  fill(exporter: Component & Consumer<Batch>): void {
    this.#exporter = exporter
    const waiting = this.#waiting
    this.#waiting = []
    this.#items = 0
    for (const batch of waiting) exporter.consume(batch)
  }

  /** No exporter will come: what waits is lost. */
  close(): void {
    if (this.#items > 0) this.#lose(this.#items)
    this.#waiting = []
    this.#items = 0
  }

  #lose(items: number): void {
    const message = `Some ${this.#signal.items} are lost: their exporter was being replaced`
    this.#logger.limited('warn', 'slot_full', message, { items })
  }
}
