import { savedWords, Tuple } from './tuple.ts'

const fewestEntries = 1024
const mostEntries = 1 << 16
/** A connection is reported within an interval, or 130 s after its first SYN if nobody answers. */
const keptMs = 300_000
/** Steps from one translation to the next: a namespace's own, then the host's. */
const mostSteps = 4

/** How far the entries of a time go. */
interface Mark {
  readonly added: number
  readonly ms: number
}

/**
 * Connections whose addresses were translated: what the client dialled and what the server sees. The oldest give way to
 * the newest, for an entry is needed only until its connection is reported for the first time.
 */
export class NatTable {
  readonly #limit: number
  #capacity = 0
  /** Of each entry what came, then what it became. */
  #tuples = new Uint32Array(0)
  #netns = new Uint32Array(0)
  #dialled = new Chains(1, 0)
  #reached = new Chains(1, 0)
  /** Entries ever added, and ever dropped: entry `n` stands at `n % capacity`. */
  #added = 0
  #dropped = 0
  readonly #marks: Mark[] = []
  readonly #scratch = new Tuple()
  /** Entries that gave way although they may still have been needed. */
  missed = 0

  /** @param limit a power of two */
  constructor(limit = mostEntries) {
    this.#limit = limit
  }

  get size(): number {
    return this.#added - this.#dropped
  }

  /** @param from as its client dialled @param to as its server sees it */
  add(netns: number, from: Tuple, to: Tuple): void {
    from.seal(netns)
    to.seal(netns)
    const known = this.#find(this.#dialled, 0, from)
    if (known >= 0 && to.isSaved(this.#tuples, (known * 2 + 1) * savedWords)) return
    this.#makeRoom()
    const at = this.#added & (this.#capacity - 1)
    this.#added += 1
    this.#netns[at] = netns
    from.save(this.#tuples, at * 2 * savedWords)
    to.save(this.#tuples, (at * 2 + 1) * savedWords)
    this.#dialled.add(at, from.first)
    this.#reached.add(at, to.first)
  }

  /** From what a client dialled to what its server sees. @returns whether it was translated */
  forward(tuple: Tuple): boolean {
    return this.#follow(this.#dialled, 0, tuple)
  }

  /** From what a server sees to what its client dialled. @returns whether it was translated */
  backward(tuple: Tuple): boolean {
    return this.#follow(this.#reached, 1, tuple)
  }

  /** Forgets what is old. @param nowMs of a monotonic clock */
  renew(nowMs: number): void {
    this.#marks.push({ added: this.#added, ms: nowMs })
    for (;;) {
      const first = this.#marks[0]
      if (first === undefined || nowMs - first.ms < keptMs) return
      this.#marks.shift()
      while (this.#dropped < first.added) this.#drop()
    }
  }

  #follow(chains: Chains, side: 0 | 1, tuple: Tuple): boolean {
    let steps = 0
    while (steps < mostSteps) {
      const at = this.#find(chains, side, tuple)
      if (at < 0) break
      tuple.restore(this.#tuples, (at * 2 + 1 - side) * savedWords)
      tuple.seal(this.#netns[at] as number)
      steps += 1
    }
    return steps > 0
  }

  /** @returns -1 if there is none */
  #find(chains: Chains, side: 0 | 1, tuple: Tuple): number {
    for (let at = chains.first(tuple.first); at >= 0; at = chains.next(at)) {
      if (!tuple.isSaved(this.#tuples, (at * 2 + side) * savedWords)) continue
      // Sealed alike they have the same scope, too.
      this.#load(at, side)
      if (this.#scratch.second === tuple.second) return at
    }
    return -1
  }

  #load(at: number, side: 0 | 1): Tuple {
    this.#scratch.restore(this.#tuples, (at * 2 + side) * savedWords)
    this.#scratch.seal(this.#netns[at] as number)
    return this.#scratch
  }

  #makeRoom(): void {
    if (this.size < this.#capacity) return
    if (this.#capacity < this.#limit) {
      this.#grow()
      return
    }
    if (this.#dropped >= (this.#marks.at(-2)?.added ?? 0)) this.missed += 1
    this.#drop()
  }

  #drop(): void {
    const at = this.#dropped & (this.#capacity - 1)
    this.#dialled.remove(at, this.#load(at, 0).first)
    this.#reached.remove(at, this.#load(at, 1).first)
    this.#dropped += 1
  }

  /** Doubles; an entry keeps its number, and so gets another place. */
  #grow(): void {
    const before = { capacity: this.#capacity, tuples: this.#tuples, netns: this.#netns }
    this.#capacity = Math.max(before.capacity * 2, Math.min(fewestEntries, this.#limit))
    this.#tuples = new Uint32Array(this.#capacity * 2 * savedWords)
    this.#netns = new Uint32Array(this.#capacity)
    this.#dialled = new Chains(this.#capacity, this.#capacity)
    this.#reached = new Chains(this.#capacity, this.#capacity)
    for (let entry = this.#dropped; entry < this.#added; entry += 1) {
      const old = entry & (before.capacity - 1)
      const at = entry & (this.#capacity - 1)
      const words = before.tuples.subarray(old * 2 * savedWords, (old + 1) * 2 * savedWords)
      this.#tuples.set(words, at * 2 * savedWords)
      this.#netns[at] = before.netns[old] as number
      this.#dialled.add(at, this.#load(at, 0).first)
      this.#reached.add(at, this.#load(at, 1).first)
    }
  }
}

/** Which entries have a hash: of several the newest comes first. */
class Chains {
  readonly #heads: Int32Array
  readonly #next: Int32Array

  /** @param buckets a power of two */
  constructor(buckets: number, entries: number) {
    this.#heads = new Int32Array(buckets).fill(-1)
    this.#next = new Int32Array(entries)
  }

  /** @returns -1 if there is none */
  first(hash: number): number {
    return this.#heads[hash & (this.#heads.length - 1)] as number
  }

  next(entry: number): number {
    return this.#next[entry] as number
  }

  add(entry: number, hash: number): void {
    this.#next[entry] = this.first(hash)
    this.#heads[hash & (this.#heads.length - 1)] = entry
  }

  remove(entry: number, hash: number): void {
    const bucket = hash & (this.#heads.length - 1)
    let at = this.#heads[bucket] as number
    if (at === entry) {
      this.#heads[bucket] = this.next(entry)
      return
    }
    while (at >= 0 && this.next(at) !== entry) at = this.next(at)
    if (at >= 0) this.#next[at] = this.next(entry)
  }
}
