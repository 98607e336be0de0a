/** Lets through so many a second in the long run, and at most `burst` at once. */
export class RateLimit {
  readonly #perSecond: number
  readonly #burst: number
  #left: number
  #sinceMs: number | undefined

  /** @param perSecond 0: no limit */
  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#left = burst
  }

  /** @param nowMs of a clock that does not go back */
  admits(nowMs: number): boolean {
    if (this.#perSecond === 0) return true
    const passed = nowMs - (this.#sinceMs ?? nowMs)
    this.#sinceMs = nowMs
    this.#left = Math.min(this.#burst, this.#left + (passed * this.#perSecond) / 1e3)
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}
