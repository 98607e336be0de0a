import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics'

type Buckets = ExponentialHistogram['positive']

const maxBuckets = 160

/**
 * Two histograms of one series as one: as if all values had been added to it. Resolution is that of the coarser, or
 * what it takes to stay within 160 buckets.
 */
export function mergeExponential(
  one: ExponentialHistogram,
  other: ExponentialHistogram,
): ExponentialHistogram {
  if (one.count === 0) return other
  if (other.count === 0) return one
  const scale = commonScale(one, other)
  return {
    count: one.count + other.count,
    scale,
    zeroCount: one.zeroCount + other.zeroCount,
    positive: add(at(one, 'positive', scale), at(other, 'positive', scale)),
    negative: add(at(one, 'negative', scale), at(other, 'negative', scale)),
    ...(one.sum !== undefined && other.sum !== undefined && { sum: one.sum + other.sum }),
    ...(one.min !== undefined && other.min !== undefined && { min: Math.min(one.min, other.min) }),
    ...(one.max !== undefined && other.max !== undefined && { max: Math.max(one.max, other.max) }),
  }
}

function commonScale(one: ExponentialHistogram, other: ExponentialHistogram): number {
  let scale = Math.min(one.scale, other.scale)
  for (const side of ['positive', 'negative'] as const) {
    while (width(at(one, side, scale), at(other, side, scale)) > maxBuckets) scale -= 1
  }
  return scale
}

function at(of: ExponentialHistogram, side: 'positive' | 'negative', scale: number): Buckets {
  const buckets = of[side]
  const shift = of.scale - scale
  if (shift === 0 || buckets.bucketCounts.length === 0) return buckets
  const offset = buckets.offset >> shift
  const last = (buckets.offset + buckets.bucketCounts.length - 1) >> shift
  const bucketCounts = new Array<number>(last - offset + 1).fill(0)
  for (const [place, count] of buckets.bucketCounts.entries()) {
    const to = ((buckets.offset + place) >> shift) - offset
    bucketCounts[to] = (bucketCounts[to] ?? 0) + count
  }
  return { offset, bucketCounts }
}

/** Buckets from the lowest to the highest of both. */
function width(one: Buckets, other: Buckets): number {
  if (one.bucketCounts.length === 0) return other.bucketCounts.length
  if (other.bucketCounts.length === 0) return one.bucketCounts.length
  const end = Math.max(
    one.offset + one.bucketCounts.length,
    other.offset + other.bucketCounts.length,
  )
  return end - Math.min(one.offset, other.offset)
}

function add(one: Buckets, other: Buckets): Buckets {
  if (one.bucketCounts.length === 0) return other
  if (other.bucketCounts.length === 0) return one
  const offset = Math.min(one.offset, other.offset)
  const bucketCounts = new Array<number>(width(one, other)).fill(0)
  for (const { offset: first, bucketCounts: counts } of [one, other]) {
    for (const [place, count] of counts.entries()) {
      const to = first - offset + place
      bucketCounts[to] = (bucketCounts[to] ?? 0) + count
    }
  }
  return { offset, bucketCounts }
}
