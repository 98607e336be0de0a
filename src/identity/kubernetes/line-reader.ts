import { maxObjectBytes } from './list-reader.ts'

const lineFeed = 0x0a

/**
 * Cuts a stream into lines. A line that the stream broke off is not told.
 *
 * @throws {RangeError} at a line longer than an object may be
 */
export class LineReader {
  readonly #onLine: (line: string) => void
  readonly #parts: Buffer[] = []
  #bytes = 0

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  push(chunk: Buffer): void {
    let start = 0
    for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, start)) {
      this.#take(chunk.subarray(start, at))
      start = at + 1
      const line = Buffer.concat(this.#parts).toString('utf8')
      this.#parts.length = 0
      this.#bytes = 0
      if (line.trim() !== '') this.#onLine(line)
    }
    this.#take(chunk.subarray(start))
  }

  #take(part: Buffer): void {
    this.#bytes += part.length
    if (this.#bytes > maxObjectBytes) throw new RangeError('a line of the watch is too long')
    if (part.length > 0) this.#parts.push(part)
  }
}
