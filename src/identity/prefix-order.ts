import { addressWords } from './address-words.ts'

const digits = 1 << 16
const perWord = 2

/** Ranges as numbers: first addresses, as four words each, and lengths of prefixes. */
export interface PrefixColumns {
  readonly starts: Uint32Array
  readonly lengths: Uint8Array
  readonly count: number
}

/**
 * Places of the ranges by first address, of those by length, of those as they came. A radix sort, since 100,000 comparisons of
 * addresses hold up everything else for longer than anyone should wait. A generator: who builds may rest between its steps.
 */
export function* orderOf({ starts, lengths, count }: PrefixColumns): Generator<void, Uint32Array> {
  let order = Uint32Array.from({ length: count }, (_, at) => at)
  let other = new Uint32Array(count)
  const counts = new Uint32Array(digits)
  // The least weighty first: each pass keeps the order of the one before.
  for (let pass = -1; pass < addressWords * perWord; pass += 1) {
    const word = addressWords - 1 - (pass >> 1)
    const shift = (pass & 1) * 16
    const digitOf = (at: number): number =>
      pass < 0
        ? (lengths[at] ?? 0)
        : ((starts[at * addressWords + word] ?? 0) >>> shift) & (digits - 1)
    if (!sortBy(digitOf, order, other, counts)) continue
    ;[order, other] = [other, order]
    yield
  }
  return order
}

/** @returns false if all have the same digit: nothing is written then */
function sortBy(
  digitOf: (at: number) => number,
  from: Uint32Array,
  into: Uint32Array,
  counts: Uint32Array,
): boolean {
  counts.fill(0)
  for (const at of from) {
    const digit = digitOf(at)
    counts[digit] = (counts[digit] ?? 0) + 1
  }
  const first = from[0]
  if (first === undefined || counts[digitOf(first)] === from.length) return false
  let before = 0
  for (let digit = 0; digit < digits; digit += 1) {
    const own = counts[digit] ?? 0
    counts[digit] = before
    before += own
  }
  for (const at of from) {
    const digit = digitOf(at)
    const place = counts[digit] ?? 0
    into[place] = at
    counts[digit] = place + 1
  }
  return true
}
