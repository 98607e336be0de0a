import type { Attributes } from '@opentelemetry/api'
import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics'
import { escapeUnprintable } from '../../shared/escape.ts'

/** Attributes as pairs of escaped text. */
export function textAttributes(attributes: Attributes): [key: string, value: string][] {
  return Object.entries(attributes).map(([key, value]) => [
    escapeUnprintable(key),
    escapeUnprintable(textOf(value)),
  ])
}

/** `Str(checkout)`, `Int(443)`: the value with its kind. */
export function typedAttributes(attributes: Attributes): [key: string, value: string][] {
  return Object.entries(attributes).map(([key, value]) => [
    escapeUnprintable(key),
    `${kindOf(value)}(${escapeUnprintable(textOf(value))})`,
  ])
}

export interface Bucket {
  readonly lower: number
  readonly upper: number
  readonly count: number
}

/** The buckets of an exponential histogram from the lowest to the highest; the zero bucket is apart. */
export function bucketsOf(histogram: ExponentialHistogram): {
  negative: Bucket[]
  positive: Bucket[]
} {
  const factor = Math.LN2 * 2 ** -histogram.scale
  const bound = (index: number) => Math.exp(index * factor)
  const read = ({ offset, bucketCounts }: ExponentialHistogram['positive']): Bucket[] =>
    bucketCounts.map((count, at) => ({
      lower: bound(offset + at),
      upper: bound(offset + at + 1),
      count,
    }))
  const negative = read(histogram.negative).toReversed()
  return {
    negative: negative.map(({ lower, upper, count }) => ({ lower: -upper, upper: -lower, count })),
    positive: read(histogram.positive),
  }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined || value === null ? '' : (JSON.stringify(value) ?? '')
}

function kindOf(value: unknown): string {
  if (typeof value === 'string') return 'Str'
  if (typeof value === 'boolean') return 'Bool'
  if (typeof value === 'number') return Number.isInteger(value) ? 'Int' : 'Double'
  if (Array.isArray(value)) return 'Slice'
  return value === undefined || value === null ? 'Empty' : 'Map'
}
