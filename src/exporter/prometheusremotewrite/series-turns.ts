/**
 * A backend of remote write wants each series in the order of time, and two requests that are sent at once may arrive in
 * any. So requests go in turns, in each of which no series stands twice.
 */
export class SeriesTurns {
  #turn = 0
  /** Family and labels of the series of this turn, and the time of each in ms. */
  readonly #times = new Map<string, Map<string, number>>()

  get current(): number {
    return this.#turn
  }

  /**
   * Says what comes next. A series that came in this turn begins another one.
   *
   * @returns `false` if it is no later than what came before: it has no place in any
   */
  take(family: string, labels: string, timeMs: number): boolean {
    const before = this.#times.get(family)?.get(labels)
    if (before !== undefined) {
      if (timeMs <= before) return false
      this.#turn += 1
      this.#times.clear()
    }
    let ofFamily = this.#times.get(family)
    if (ofFamily === undefined) {
      ofFamily = new Map()
      this.#times.set(family, ofFamily)
    }
    ofFamily.set(labels, timeMs)
    return true
  }
}
