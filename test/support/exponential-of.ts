import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics'

/** An exponential histogram of values, made bucket by bucket as the OpenTelemetry data model defines it. */
export function exponentialOf(values: readonly number[], scale: number): ExponentialHistogram {
  const boundOf = (index: number) => 2 ** (index * 2 ** -scale)
  const indexOf = (value: number) => {
    let index = Math.ceil(Math.log2(value) * 2 ** scale) - 1
    while (boundOf(index) >= value) index -= 1
    while (boundOf(index + 1) < value) index += 1
    return index
  }
  const positive = values.filter((value) => value > 0).map(indexOf)
  const offset = Math.min(...positive, 0)
  const bucketCounts = Array.from({ length: Math.max(...positive, 0) - offset + 1 }, () => 0)
  for (const index of positive) bucketCounts[index - offset]! += 1
  return {
    count: values.length,
    sum: values.reduce((before, value) => before + value, 0),
    min: Math.min(...values),
    max: Math.max(...values),
    scale,
    zeroCount: values.filter((value) => value === 0).length,
    positive: { offset, bucketCounts },
    negative: { offset: 0, bucketCounts: [] },
  }
}
