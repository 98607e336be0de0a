import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics'

/** A run of buckets: `offset` from the end of the run before it, from index 0 for the first. */
export interface Span {
  readonly offset: number
  readonly length: number
}

/** Counts of one sign as Prometheus' native histograms write them: each as its difference from the one before. */
export interface NativeBuckets {
  readonly spans: readonly Span[]
  readonly deltas: readonly number[]
}

/** Prometheus knows the schemas -4 to 8; its schema is the scale of OpenTelemetry. */
export const MIN_SCHEMA = -4
export const MAX_SCHEMA = 8

/** Empty buckets that are cheaper to write than a new span is. */
const maxGap = 2

/**
 * The schema for a histogram's scale: a finer one than Prometheus knows is read as its finest.
 *
 * @returns `undefined` if the scale is coarser than Prometheus knows
 */
export function schemaOf({ scale }: ExponentialHistogram): number | undefined {
  return scale < MIN_SCHEMA ? undefined : Math.min(scale, MAX_SCHEMA)
}

/**
 * Buckets of one sign at a schema, exact: at a coarser schema neighbours are added up.
 *
 * OpenTelemetry's bucket `i` holds (base^i, base^(i+1)], Prometheus' bucket `i` (base^(i-1), base^i].
 */
export function nativeBuckets(
  { offset, bucketCounts }: ExponentialHistogram['positive'],
  scale: number,
  schema: number,
): NativeBuckets {
  const shift = scale - schema
  const spans: { offset: number; length: number }[] = []
  const deltas: number[] = []
  let end = 0
  let before = 0
  const write = (count: number) => {
    deltas.push(count - before)
    before = count
  }
  for (const [index, count] of merged(offset, bucketCounts, shift)) {
    const gap = index - end
    const span = spans.at(-1)
    if (span !== undefined && gap <= maxGap) {
      for (let empty = 0; empty < gap; empty += 1) write(0)
      span.length += gap + 1
    } else {
      spans.push({ offset: gap, length: 1 })
    }
    write(count)
    end = index + 1
  }
  return { spans, deltas }
}

/** Counts that are not 0, by Prometheus' index, ascending. */
function* merged(
  offset: number,
  counts: readonly number[],
  shift: number,
): Generator<[index: number, count: number], void, void> {
  let index = 0
  let sum = 0
  for (const [at, count] of counts.entries()) {
    if (count === 0) continue
    const next = Math.floor((offset + at) / 2 ** shift) + 1
    if (sum > 0 && next !== index) {
      yield [index, sum]
      sum = 0
    }
    index = next
    sum += count
  }
  if (sum > 0) yield [index, sum]
}
