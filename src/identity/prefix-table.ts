import { addressWords, readAddress } from './address-words.ts'
import type { Cidr } from './cidr.ts'
import { orderOf } from './prefix-order.ts'
import { maskOf, PrefixStretches } from './prefix-stretches.ts'

const words = addressWords
/** IPv4 stands where IPv4-mapped IPv6 does. */
const ipv4Bits = 96
/** Ranges after which a builder may rest. */
const restEvery = 4096

/**
 * Names for ranges of addresses: of those that hold an address the longest prefix counts. Built once, from as many as
 * 500,000 CIDRs; a look-up is a binary search over numbers.
 */
export class PrefixTable<Value> {
  /** First address of each stretch, as four words. */
  readonly #starts: Uint32Array
  readonly #values: readonly (Value | undefined)[]
  readonly #wanted = new Uint32Array(words)

  /** @param entries of equal CIDRs the first counts */
  constructor(entries: Iterable<readonly [cidr: Cidr, value: Value]> | PrefixStretches<Value>) {
    const { starts, values } = entries instanceof PrefixStretches ? entries : stretchesOf(entries)
    this.#starts = starts.slice(0, values.length * words)
    this.#values = values
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
      if (isBehind(this.#starts, middle, this.#wanted)) high = middle
      else low = middle + 1
    }
    return this.#values[low - 1]
  }
}

/** Collects ranges for a table. Nothing holds up others for long: who builds it rests where a step ends. */
export class PrefixTableBuilder<Value> {
  #starts = new Uint32Array(restEvery * words)
  #lengths = new Uint8Array(restEvery)
  readonly #values: Value[] = []
  readonly #word = new Uint32Array(words)

  get size(): number {
    return this.#values.length
  }

  /** Of equal CIDRs the first counts. @throws {RangeError} if it is none */
  add(cidr: Cidr, value: Value): void {
    const { size } = this
    if (!readAddress(this.#word, cidr.address)) throw new RangeError(`not a CIDR: ${cidr.text}`)
    if (size === this.#lengths.length) this.#grow()
    const length = cidr.prefixLength + (cidr.family === 'ipv4' ? ipv4Bits : 0)
    for (let word = 0; word < words; word += 1) {
      this.#starts[size * words + word] = (this.#word[word] ?? 0) & maskOf(word, length)
    }
    this.#lengths[size] = length
    this.#values.push(value)
  }

  /** In steps of at most some milliseconds. */
  *build(): Generator<void, PrefixTable<Value>> {
    return new PrefixTable(yield* this.stretches())
  }

  *stretches(): Generator<void, PrefixStretches<Value>> {
    const columns = { starts: this.#starts, lengths: this.#lengths, count: this.size }
    const order = yield* orderOf(columns)
    const stretches = new PrefixStretches(columns, this.#values)
    for (const [place, at] of order.entries()) {
      stretches.add(at)
      if (place % restEvery === 0) yield
    }
    stretches.finish()
    return stretches
  }

  #grow(): void {
    const { length } = this.#lengths
    const [starts, lengths] = [new Uint32Array(length * 2 * words), new Uint8Array(length * 2)]
    starts.set(this.#starts)
    lengths.set(this.#lengths)
    this.#starts = starts
    this.#lengths = lengths
  }
}

function stretchesOf<Value>(
  entries: Iterable<readonly [cidr: Cidr, value: Value]>,
): PrefixStretches<Value> {
  const builder = new PrefixTableBuilder<Value>()
  for (const [cidr, value] of entries) builder.add(cidr, value)
  const steps = builder.stretches()
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

/** Whether a stretch begins behind the address that is looked for. */
function isBehind(starts: Uint32Array, stretch: number, wanted: Uint32Array): boolean {
  for (let word = 0; word < words; word += 1) {
    const start = starts[stretch * words + word] ?? 0
    const other = wanted[word] ?? 0
    if (start !== other) return start > other
  }
  return false
}
