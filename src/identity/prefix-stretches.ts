import { addressWords } from './address-words.ts'
import type { PrefixColumns } from './prefix-order.ts'

const words = addressWords
const wordBits = 32

/** CIDRs are one inside the other or apart, so that what is left of one goes on where one inside it ends. */
export class PrefixStretches<Value> {
  starts: Uint32Array
  readonly values: (Value | undefined)[] = []
  readonly #columns: PrefixColumns
  readonly #given: readonly Value[]
  /** Ranges that hold the address that is come to, the innermost last. */
  readonly #around: number[] = []
  readonly #wanted = new Uint32Array(words)

  constructor(columns: PrefixColumns, given: readonly Value[]) {
    this.#columns = columns
    this.#given = given
    this.starts = new Uint32Array(columns.count * 2 * words)
  }

  /** In the order of first addresses, of those the widest first. */
  add(at: number): void {
    const { starts, lengths } = this.#columns
    const start = starts.subarray(at * words, at * words + words)
    this.#leave(start)
    const outer = this.#around.at(-1)
    if (outer !== undefined && lengths[outer] === lengths[at] && this.#holds(outer, start)) return
    this.#begin(start, this.#given[at])
    this.#around.push(at)
  }

  finish(): void {
    while (this.#around.length > 0) this.#end()
  }

  /** Ends those that do not hold an address. */
  #leave(start: Uint32Array): void {
    for (;;) {
      const inner = this.#around.at(-1)
      if (inner === undefined || this.#holds(inner, start)) return
      this.#end()
    }
  }

  #end(): void {
    const inner = this.#around.pop()
    const outer = this.#around.at(-1)
    const hasNext = inner !== undefined && this.#putNext(inner)
    if (hasNext) this.#begin(this.#wanted, outer === undefined ? undefined : this.#given[outer])
  }

  #begin(start: Uint32Array, value: Value | undefined): void {
    const last = this.values.length - 1
    const isSame = last >= 0 && start.every((word, at) => word === this.starts[last * words + at])
    if (isSame) this.values.pop()
    this.starts.set(start, this.values.length * words)
    this.values.push(value)
  }

  #holds(range: number, address: Uint32Array): boolean {
    const { starts, lengths } = this.#columns
    const length = lengths[range] ?? 0
    for (let word = 0; word < words; word += 1) {
      const differs =
        ((address[word] ?? 0) ^ (starts[range * words + word] ?? 0)) & maskOf(word, length)
      if (differs !== 0) return false
    }
    return true
  }

  /** The first address behind a range. @returns whether there is one */
  #putNext(range: number): boolean {
    const { starts, lengths } = this.#columns
    const length = lengths[range] ?? 0
    let carries = true
    for (let word = words - 1; word >= 0; word -= 1) {
      const end = ((starts[range * words + word] ?? 0) | ~maskOf(word, length)) >>> 0
      const next: number = carries ? (end + 1) >>> 0 : end
      this.#wanted[word] = next
      carries &&= next === 0
    }
    return !carries
  }
}

/** The bits of a word of an address that a prefix has, as a signed number. */
export function maskOf(word: number, length: number): number {
  const bits = length - word * wordBits
  if (bits <= 0) return 0
  return bits >= wordBits ? -1 : -1 << (wordBits - bits)
}
