import { setTimeout as sleep } from 'node:timers/promises'

/** What a backend that keeps up leaves in the queue. */
const EASY_BYTES = 8 * 1024 * 1024

const PATIENCE_MS = 3000

/** Keeps who makes requests from running ahead of a backend that takes them; one that does not is not waited for. */
export class Pace {
  readonly #bytesQueued: () => number
  #isTooSlow = false

  constructor(bytesQueued: () => number) {
    this.#bytesQueued = bytesQueued
  }

  /** Resolves when little is queued. Once that took too long it does so at once, until little is queued again. */
  async easy(): Promise<void> {
    const giveUpAt = performance.now() + PATIENCE_MS
    while (this.#bytesQueued() > EASY_BYTES) {
      if (this.#isTooSlow) return
      await sleep(5)
      this.#isTooSlow = performance.now() > giveUpAt
    }
    this.#isTooSlow = false
  }
}
