const firstMs = 500
const longestMs = 30_000
/** Longer waits that a server asks for are cut: its clock may be wrong. */
const longestAskedMs = 300_000

/**
 * Waits between attempts: doubled each time up to 30 s, and by chance between half and all of it, so that the agents of all
 * nodes do not return at once.
 */
export class Pauses {
  readonly #random: () => number
  #next = firstMs

  /** @param random from 0 to 1 */
  constructor(random: () => number = Math.random) {
    this.#random = random
  }

  /**
   * @param atLeastMs what the server asked for, 0 if nothing
   * @returns milliseconds
   */
  next(atLeastMs = 0): number {
    const pause = this.#next * (1 + this.#random()) * 0.5
    this.#next = Math.min(this.#next * 2, longestMs)
    const asked = atLeastMs * (1 + this.#random() * 0.5)
    return Math.min(Math.max(pause, asked), longestAskedMs)
  }

  /** It worked. */
  reset(): void {
    this.#next = firstMs
  }
}
