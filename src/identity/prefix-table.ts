import { addressWords, readAddress } from './address-words.ts'
import type { Cidr } from './cidr.ts'

const words = addressWords
/** IPv4 stands where IPv4-mapped IPv6 does. */
const ipv4Bits = 96
const addressBits = 128n
const wordMask = 0xffff_ffffn

/**
 * Names for ranges of addresses: of those that hold an address the longest prefix counts. Built once, from as many as
 * 100,000 CIDRs; a look-up is a binary search over numbers.
 */
export class PrefixTable<Value> {
  /** First address of each stretch, as four words. */
  readonly #starts: Uint32Array
  readonly #values: readonly (Value | undefined)[]
  readonly #wanted = new Uint32Array(words)

  /** @param entries of equal CIDRs the first counts */
  constructor(entries: Iterable<readonly [cidr: Cidr, value: Value]>) {
    const stretches = stretchesOf([...entries].map(toRange))
    this.#starts = new Uint32Array(stretches.length * words)
    for (const [at, { start }] of stretches.entries()) putWords(this.#starts, at * words, start)
    this.#values = stretches.map(({ value }) => value)
  }

  get isEmpty(): boolean {
    return this.#values.length === 0
  }

  /** @param address as `formatAddress` writes it */
  find(address: string): Value | undefined {
    if (this.isEmpty || !readAddress(this.#wanted, address)) return undefined
    let low = 0
    let high = this.#values.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#isBehind(middle)) high = middle
      else low = middle + 1
    }
    return this.#values[low - 1]
  }

  /** Whether a stretch begins behind the address that is looked for. */
  #isBehind(stretch: number): boolean {
    for (let word = 0; word < words; word += 1) {
      const start = this.#starts[stretch * words + word] ?? 0
      const wanted = this.#wanted[word] ?? 0
      if (start !== wanted) return start > wanted
    }
    return false
  }
}

interface Range<Value> {
  readonly start: bigint
  readonly end: bigint
  readonly value: Value
}

interface Stretch<Value> {
  readonly start: bigint
  readonly value: Value | undefined
}

function toRange<Value>([cidr, value]: readonly [Cidr, Value]): Range<Value> {
  const parsed = new Uint32Array(words)
  if (!readAddress(parsed, cidr.address)) throw new RangeError(`not a CIDR: ${cidr.text}`)
  const address = parsed.reduce((whole, word) => (whole << 32n) | BigInt(word), 0n)
  const length = cidr.prefixLength + (cidr.family === 'ipv4' ? ipv4Bits : 0)
  const hostBits = addressBits - BigInt(length)
  const start = (address >> hostBits) << hostBits
  return { start, end: start + (1n << hostBits) - 1n, value }
}

/** CIDRs are one inside the other or apart, so that what is left of one goes on where one inside it ends. */
function stretchesOf<Value>(ranges: Range<Value>[]): Stretch<Value>[] {
  // The sort is stable: of equals the first stays first.
  ranges.sort((one, other) => compare(one.start, other.start) || compare(other.end, one.end))
  const stretches: Stretch<Value>[] = []
  const around: Range<Value>[] = []
  const begin = (start: bigint, value: Value | undefined) => {
    if (stretches.at(-1)?.start === start) stretches.pop()
    stretches.push({ start, value })
  }
  const leave = (until: bigint) => {
    for (let inner = around.at(-1); inner !== undefined && inner.end < until; ) {
      around.pop()
      const outer = around.at(-1)
      begin(inner.end + 1n, outer?.value)
      inner = outer
    }
  }
  for (const range of ranges) {
    leave(range.start)
    const outer = around.at(-1)
    if (outer?.start === range.start && outer.end === range.end) continue
    begin(range.start, range.value)
    around.push(range)
  }
  leave(1n << addressBits)
  return stretches.filter(({ start }) => start >> addressBits === 0n)
}

const compare = (one: bigint, other: bigint): number => (one < other ? -1 : Number(one > other))

function putWords(into: Uint32Array, at: number, address: bigint): void {
  for (let word = 0; word < words; word += 1) {
    into[at + word] = Number((address >> BigInt(32 * (words - 1 - word))) & wordMask)
  }
}
