import type { Component, Consumer } from '../../model/component.ts'
import type { Signal } from '../../model/signal.ts'
import type { BatchConfig } from './config.ts'

/**
 * Gathers what comes into batches of a number of items (data points, log records), as the Collector's processor of the
 * same name: a batch goes on when it is full or when its oldest item has waited for `timeout`.
 *
 * It never holds more than `send_batch_size` items between two calls, so it needs no limit of its own.
 */
export class BatchProcessor<Batch> implements Component, Consumer<Batch> {
  readonly #signal: Signal<Batch>
  readonly #config: BatchConfig
  readonly #next: Consumer<Batch>
  #pending: Batch[] = []
  #items = 0
  #timer: NodeJS.Timeout | undefined
  #isShutDown = false

  constructor(signal: Signal<Batch>, config: BatchConfig, next: Consumer<Batch>) {
    this.#signal = signal
    this.#config = config
    this.#next = next
  }

  async start(): Promise<void> {
    this.#isShutDown = false
  }

  consume(batch: Batch): void {
    const items = this.#signal.sizeOf(batch)
    if (items === 0) return
    this.#pending.push(batch)
    this.#items += items

    const enough = this.#goesAtOnce() ? 1 : this.#config.send_batch_size
    if (this.#items >= enough) this.#stopTimer()
    while (this.#items >= enough) this.#send()
    if (this.#items > 0) {
      this.#timer ??= setTimeout(() => this.#flush(), this.#config.timeout)
    }
  }

  async caughtUp(): Promise<void> {
    await this.#next.caughtUp?.()
  }

  async shutdown(): Promise<void> {
    this.#isShutDown = true
    this.#flush()
  }

  #goesAtOnce(): boolean {
    const { send_batch_size: size, timeout } = this.#config
    return this.#isShutDown || size === 0 || timeout === 0
  }

  #flush(): void {
    this.#stopTimer()
    while (this.#items > 0) this.#send()
  }

  #send(): void {
    const whole = this.#signal.join(this.#pending)
    const max = this.#config.send_batch_max_size
    if (max > 0 && this.#items > max) {
      const [head, tail] = this.#signal.split(whole, max)
      this.#pending = [tail]
      this.#items -= max
      this.#next.consume(head)
      return
    }
    this.#pending = []
    this.#items = 0
    this.#next.consume(whole)
  }

  #stopTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
