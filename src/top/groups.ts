import type { Rest } from './reading.ts'
import { Tally } from './tally.ts'

/** Rows by key, as many as a limit allows; what comes for further keys is summed in the rest. */
export class Groups<Row extends { readonly tally: Tally }> {
  readonly #limit: number
  readonly #rows = new Map<string, Row>()
  readonly #beyond = new Set<string>()
  readonly rest: Rest = { rows: 0, tally: new Tally() }

  constructor(limit: number) {
    this.#limit = limit
  }

  /** The tally of a key. Keys beyond the limit are told apart as far as the limit again. */
  tallyOf(key: string, make: () => Row): Tally {
    const known = this.#rows.get(key)
    if (known !== undefined) return known.tally
    if (this.#rows.size >= this.#limit) {
      if (this.#beyond.size < this.#limit) this.#beyond.add(key)
      this.rest.rows = this.#beyond.size
      return this.rest.tally
    }
    const row = make()
    this.#rows.set(key, row)
    return row.tally
  }

  rows(): Row[] {
    return [...this.#rows.values()]
  }
}
