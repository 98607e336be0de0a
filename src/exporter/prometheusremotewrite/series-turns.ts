import type { Family } from './families.ts'
import type { LabelSet, LabelSets } from './label-sets.ts'

/**
 * A backend of remote write wants each series in the order of time, and two requests that are sent at once may arrive in
 * any. So requests go in turns, in each of which no series stands twice.
 */
export class SeriesTurns {
  readonly #sets: LabelSets
  #turn = 0

  constructor(sets: LabelSets) {
    this.#sets = sets
  }

  get current(): number {
    return this.#turn
  }

  /**
   * Says what comes next. A series that came in this turn begins another one.
   *
   * @returns `false` if it is no later than what came before: it has no place in any
   */
  take(family: Family, labels: LabelSet, timeMs: number): boolean {
    const before = labels.timeOf(family, this.#turn)
    if (before !== undefined) {
      if (timeMs <= before) return false
      this.#sets.sweep(this.#turn)
      this.#turn += 1
    }
    labels.setTime(family, this.#turn, timeMs)
    return true
  }
}
