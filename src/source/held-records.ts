import type { Edge } from './edge-table.ts'
import type { KnownFlow } from './known-flow.ts'

const chunkWords = 64 << 10
/** 4 MiB: 15,000 records. */
const mostChunks = 16

/** A record that waits for the other end of its connection. */
export interface Held {
  readonly words: Uint32Array
  readonly at: number
  readonly length: number
  readonly flow: KnownFlow
  readonly edge: Edge
  /** Held since a pass began: its other end may be one that the pass could not meet. */
  readonly isLate: boolean
}

/** Copies of records whose other end has not been told of yet. Bounded. */
export class HeldRecords {
  #chunks: Uint32Array[] = []
  #used = chunkWords
  #held: Held[] = []
  /** Of records to come. */
  isLate = false

  get size(): number {
    return this.#held.length
  }

  /** @returns whether there was room */
  hold(words: Uint32Array, at: number, length: number, flow: KnownFlow, edge: Edge): boolean {
    if (this.#used + length > chunkWords) {
      if (this.#chunks.length >= mostChunks) return false
      this.#chunks.push(new Uint32Array(chunkWords))
      this.#used = 0
    }
    const chunk = this.#chunks.at(-1) as Uint32Array
    chunk.set(words.subarray(at, at + length), this.#used)
    const { isLate } = this
    this.#held.push({ words: chunk, at: this.#used, length, flow, edge, isLate })
    this.#used += length
    return true
  }

  /** Hands over all, in their order, and forgets them: those that are to wait on are held again. */
  take(): readonly Held[] {
    const taken = this.#held
    this.#held = []
    this.#chunks = []
    this.#used = chunkWords
    return taken
  }
}
