/** Passes that must agree: a pass may leave out an open socket while others beside it come and go. */
const passes = 3

/**
 * Tells that ends were missed, from what no single program can see: a connection that has begun, is not among the open
 * ones and has not ended. The kernel skips a program while it runs on that CPU already, and may do so for its own reasons.
 */
export class EndAudit {
  readonly #recent: number[] = []
  /** Ends missed since the start. */
  missed = 0

  /**
   * @param unaccounted connections begun before a pass, less those ended after it, less those that it met: never more than
   * were missed, but for sockets that the pass left out
   */
  judge(unaccounted: number): void {
    this.#recent.push(unaccounted)
    if (this.#recent.length > passes) this.#recent.shift()
    if (this.#recent.length === passes)
      this.missed = Math.max(this.missed, Math.min(...this.#recent))
  }
}
