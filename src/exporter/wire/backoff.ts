import type { RetryConfig } from './retry-config.ts'

/** Node.js fires a longer timer at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The waits of one request: exponential, with a random part so that many agents do not return at once. */
export class Backoff {
  readonly #config: RetryConfig
  #interval: number

  constructor(config: RetryConfig) {
    this.#config = config
    this.#interval = config.initial_interval
  }

  /**
   * @param atLeastMs what the backend asked for, 0 if nothing
   * @param random from 0 to 1
   * @returns milliseconds to wait before the next attempt
   */
  next(atLeastMs: number, random = Math.random()): number {
    const { multiplier, max_interval: max, randomization_factor: factor } = this.#config
    const wait = this.#interval * (1 + factor * (2 * random - 1))
    this.#interval = Math.min(this.#interval * multiplier, max)
    return Math.min(Math.max(wait, atLeastMs), LONGEST_TIMER_MS)
  }
}
