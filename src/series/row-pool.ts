const rowsPerChunk = 256

type Numbers = Float64Array | Uint8Array

/** Some numbers of one series, inside a larger array that many series share. */
export interface Row<Values extends Numbers = Float64Array> {
  readonly values: Values
  /** Index of the first one. */
  readonly at: number
}

/**
 * Rows of numbers of one length. Thousands of small typed arrays cost more in their headers than in what they
 * hold, and an object with as many fractional fields costs twice as much.
 */
export class RowPool<Values extends Numbers = Float64Array> {
  readonly #length: number
  readonly #allocate: (length: number) => Values
  #free: Row<Values>[] = []

  constructor(length: number, allocate: (length: number) => Values) {
    this.#length = length
    this.#allocate = allocate
  }

  /** @returns a row of zeros */
  take(): Row<Values> {
    const free = this.#free.pop()
    if (free !== undefined) return free
    const values = this.#allocate(this.#length * rowsPerChunk)
    for (let row = rowsPerChunk - 1; row > 0; row -= 1) {
      this.#free.push({ values, at: row * this.#length })
    }
    return { values, at: 0 }
  }

  give(row: Row<Values>): void {
    row.values.fill(0, row.at, row.at + this.#length)
    this.#free.push(row)
  }
}

/** Ends an interval for the counters at the start of a row: what grew is added to its total, `totals` behind it, if any. */
export function rollCounters(row: Row, columns: number, totals: number | undefined): void {
  const { values, at: start } = row
  for (let at = start; at < start + columns; at += 1) {
    if (totals !== undefined) values[at + totals] = (values[at + totals] ?? 0) + (values[at] ?? 0)
    values[at] = 0
  }
}
