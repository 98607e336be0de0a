import type { Edge } from './edge-columns.ts'
import type { KnownFlow } from './known-flow.ts'

const fewestWords = 16 << 10
/** 4 MiB: 15,000 records. */
const mostWords = 1 << 20

/** A record that waits for the other end of its connection. */
export interface Held {
  readonly length: number
  readonly flow: KnownFlow
  readonly edge: Edge
  /** When it began to wait, in ms of a monotonic clock. */
  readonly sinceMs: number
}

/** Records one behind the other. */
export class HeldBatch {
  readonly list: (Held & { readonly at: number })[] = []
  words = new Uint32Array(fewestWords)
  #used = 0

  /** @returns whether there was room */
  add(from: Uint32Array, begin: number, { length, flow, edge, sinceMs }: Held): boolean {
    const at = this.#used
    if (at + length > this.words.length && !this.#grow()) return false
    copyWords(from, begin, this.words, at, length)
    this.list.push({ at, length, flow, edge, sinceMs })
    this.#used += length
    return true
  }

  clear(): void {
    this.list.length = 0
    this.#used = 0
    if (this.words.length > fewestWords) this.words = new Uint32Array(fewestWords)
  }

  #grow(): boolean {
    const before = this.words
    if (before.length >= mostWords) return false
    this.words = new Uint32Array(before.length * 2)
    this.words.set(before)
    return true
  }
}

/** Copies of records whose other end has not been told of yet. Bounded. */
export class HeldRecords {
  #now = new HeldBatch()
  #taken = new HeldBatch()

  get size(): number {
    return this.#now.list.length
  }

  /** @returns whether there was room */
  hold(from: Uint32Array, begin: number, record: Held): boolean {
    return this.#now.add(from, begin, record)
  }

  /** Hands over all, in their order, until it is called again, and forgets them: those that are to wait on are held again. */
  take(): HeldBatch {
    const taken = this.#now
    this.#now = this.#taken
    this.#now.clear()
    this.#taken = taken
    return taken
  }
}

/** For a few words: `set()` would need an object. */
export function copyWords(
  from: Uint32Array,
  begin: number,
  to: Uint32Array,
  at: number,
  length: number,
): void {
  for (let word = 0; word < length; word += 1) to[at + word] = from[begin + word] as number
}
