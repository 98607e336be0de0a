import type { Consumer } from '../model/component.ts'
import type { Signal } from '../model/signal.ts'
import { messageOf } from '../shared/errors.ts'
import type { Logger } from '../telemetry/telemetry.ts'

/** Hands the same batch to several consumers; one that fails does not keep it from the others. */
export class FanOut<Batch> implements Consumer<Batch> {
  readonly #signal: Signal<Batch>
  readonly #consumers: readonly Consumer<Batch>[]
  readonly #logger: Logger

  constructor(signal: Signal<Batch>, consumers: readonly Consumer<Batch>[], logger: Logger) {
    this.#signal = signal
    this.#consumers = consumers
    this.#logger = logger
  }

  async caughtUp(): Promise<void> {
    await Promise.all(this.#consumers.flatMap((consumer) => consumer.caughtUp?.() ?? []))
  }

  consume(batch: Batch): void {
    for (const consumer of this.#consumers) {
      try {
        consumer.consume(batch)
      } catch (error) {
        const { name, items } = this.#signal
        this.#logger.limited('error', 'consume', `${name} were not taken by a component`, {
          error: messageOf(error),
          [items.replace(' ', '_')]: this.#signal.sizeOf(batch),
        })
      }
    }
  }
}
