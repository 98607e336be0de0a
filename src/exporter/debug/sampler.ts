const WINDOW_MS = 1000

/** Lets the first few of each second through, then every so many-th, as zap's sampler. */
export class Sampler {
  readonly #initial: number
  readonly #thereafter: number
  #windowEnd = Number.NEGATIVE_INFINITY
  #count = 0

  constructor(initial: number, thereafter: number) {
    this.#initial = initial
    this.#thereafter = thereafter
  }

  /** @param nowMs of a clock that does not go back */
  admits(nowMs: number): boolean {
    if (nowMs >= this.#windowEnd) {
      this.#windowEnd = nowMs + WINDOW_MS
      this.#count = 0
    }
    this.#count += 1
    const over = this.#count - this.#initial
    return over <= 0 || (this.#thereafter > 0 && over % this.#thereafter === 0)
  }
}
