const rowsPerChunk = 256

/** Some numbers of one series, inside a larger array that many series share. */
export interface Row {
  readonly values: Float64Array
  /** Index of the first one. */
  readonly at: number
}

/**
 * Rows of numbers of one length. Thousands of small typed arrays cost more in their headers than in what they
 * hold, and an object with as many fractional fields costs twice as much.
 */
export class RowPool {
  readonly #length: number
  #free: Row[] = []

  constructor(length: number) {
    this.#length = length
  }

  /** @returns a row of zeros */
  take(): Row {
    const free = this.#free.pop()
    if (free !== undefined) return free
    const values = new Float64Array(this.#length * rowsPerChunk)
    for (let row = rowsPerChunk - 1; row > 0; row -= 1) {
      this.#free.push({ values, at: row * this.#length })
    }
    return { values, at: 0 }
  }

  give(row: Row): void {
    row.values.fill(0, row.at, row.at + this.#length)
    this.#free.push(row)
  }
}
