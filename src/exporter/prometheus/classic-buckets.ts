import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics'

/** Values not above a bound, for each bound and in their order; `+Inf` is not in it, it equals the count. */
export interface ClassicBucket {
  readonly bound: number
  readonly count: number
}

/** Powers of two from `2^first` to `2^last`, each `step` doublings apart. */
function powers(first: number, last: number, step: number): number[] {
  const exponents: number[] = []
  for (let at = first; at <= last; at += step) exponents.push(at)
  return exponents
}

/**
 * Bounds by unit, as exponents of two. They are powers of two because those are bounds of every exponential
 * histogram of scale 0 or more, so the counts are exact and nothing is interpolated. They are fixed because only then
 * does each series of a metric have the same `le` values at all times: `rate` and `sum by (le)` need that.
 */
const exponentsByUnit = new Map([
  ['ms', powers(-6, 13, 1)], // 16 µs to 8 s
  ['s', [...powers(-14, 4, 1), ...powers(6, 16, 2)]], // 61 µs to 16 s, then to 18 h
  ['By', powers(6, 36, 2)], // 64 B to 64 GiB
])
const otherExponents = powers(-10, 30, 2)

/**
 * Reads an exponential histogram as classic buckets.
 *
 * Where its scale is below 0, only bounds that are its own are given: what lies between two is not known.
 */
export function exponentialBuckets(histogram: ExponentialHistogram, unit: string): ClassicBucket[] {
  const { scale, positive, zeroCount, negative } = histogram
  let counted = zeroCount
  for (const count of negative.bucketCounts) counted += count

  const buckets: ClassicBucket[] = []
  const bucketsPerDoubling = 2 ** scale
  let at = 0
  for (const exponent of exponentsByUnit.get(unit) ?? otherExponents) {
    // Bucket i holds (base^i, base^(i+1)], so all below index exponent × 2^scale are at most 2^exponent.
    const end = exponent * bucketsPerDoubling - positive.offset
    if (!Number.isInteger(end)) continue
    for (; at < end && at < positive.bucketCounts.length; at += 1)
      counted += positive.bucketCounts[at] ?? 0
    buckets.push({ bound: 2 ** exponent, count: counted })
  }
  return buckets
}

/** Reads a histogram with bounds of its own. */
export function explicitBuckets(histogram: Histogram): ClassicBucket[] {
  let counted = 0
  return histogram.buckets.boundaries.map((bound, at) => {
    counted += histogram.buckets.counts[at] ?? 0
    return { bound, count: counted }
  })
}
