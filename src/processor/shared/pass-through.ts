import type { Component, Consumer } from '../../model/component.ts'

/** A processor that holds nothing: each batch goes on at once, changed. */
export class PassThrough<Batch> implements Component, Consumer<Batch> {
  readonly #change: (batch: Batch) => Batch | undefined
  readonly #next: Consumer<Batch>

  /** @param change `undefined` of what goes no further */
  constructor(change: (batch: Batch) => Batch | undefined, next: Consumer<Batch>) {
    this.#change = change
    this.#next = next
  }

  async start(): Promise<void> {}

  consume(batch: Batch): void {
    const changed = this.#change(batch)
    if (changed !== undefined) this.#next.consume(changed)
  }

  async caughtUp(): Promise<void> {
    await this.#next.caughtUp?.()
  }

  async shutdown(): Promise<void> {}
}
