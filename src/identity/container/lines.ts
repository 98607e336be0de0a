import { Buffer } from 'node:buffer'

const newline = 0x0a

/** Cuts a stream of bytes into lines. One that is too long is left out. */
export class Lines {
  readonly #maxBytes: number
  #parts: Buffer[] = []
  #length = 0
  #tooLong = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Lines that were left out. */
  get tooLong(): number {
    return this.#tooLong
  }

  /** @returns lines that are complete now, without those that are empty */
  *push(chunk: Buffer): Generator<string> {
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      this.#add(chunk.subarray(start, end))
      start = end + 1
      const line = this.#take()
      if (line !== undefined && line.trim() !== '') yield line
    }
    this.#add(chunk.subarray(start))
  }

  #add(part: Buffer): void {
    this.#length += part.length
    if (this.#length <= this.#maxBytes) this.#parts.push(part)
    else this.#parts = []
  }

  #take(): string | undefined {
    const isTooLong = this.#length > this.#maxBytes
    const line = isTooLong ? undefined : Buffer.concat(this.#parts).toString('utf8')
    if (isTooLong) this.#tooLong += 1
    this.#parts = []
    this.#length = 0
    return line
  }
}
