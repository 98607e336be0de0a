import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics'

/** Values not above a bound, for each bound and in their order; `+Inf` is not in it, it equals the count. */
export interface ClassicBucket {
  readonly bound: number
  readonly count: number
}

/**
 * Bounds by unit, as exponents of two. They are powers of two because those are bounds of every exponential
 * histogram of scale 0 or more, so the counts are exact and nothing is interpolated. They are fixed because only then
 * does each series of a metric have the same `le` values at all times: `rate` and `sum by (le)` need that. Each bound
 * is a series of its own in Prometheus, so they are close only where objectives are set.
 */
const exponentsByUnit = new Map([
  // 31 µs to 4 s
  ['ms', [-5, -3, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12]],
  // 122 µs to 18 h
  ['s', [-13, -11, -9, -7, -6, -5, -4, -3, -2, -1, 0, 2, 4, 6, 9, 12, 16]],
  // 64 B to 64 GiB
  ['By', [6, 8, 10, 12, 14, 16, 18, 20, 24, 28, 32, 36]],
])
const otherExponents = [-10, -6, -2, 0, 2, 4, 6, 10, 14, 18, 22, 26, 30]

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
