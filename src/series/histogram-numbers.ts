/** Numbers of a histogram that may be fractional, kept outside of the object: there they are not boxed. */
export const stat = { count: 0, sum: 1, zeroCount: 2, min: 3, max: 4, first: 5 } as const
export const histogramStats = 6

/** Counts values of which only these are known. */
export function summarize(
  stats: Float64Array,
  at: number,
  count: number,
  sum: number,
  min: number,
  max: number,
): void {
  const before = stats[at] ?? 0
  stats[at] = before + count
  stats[at + stat.sum] = (stats[at + stat.sum] ?? 0) + sum
  if (before === 0 || min < (stats[at + stat.min] ?? 0)) stats[at + stat.min] = min
  if (before === 0 || max > (stats[at + stat.max] ?? 0)) stats[at + stat.max] = max
}

/**
 * Adds a value to the numbers of a histogram that has no buckets. @returns false, and nothing is added, if it takes
 * buckets
 */
export function addWithoutBuckets(stats: Float64Array, at: number, value: number): boolean {
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) return true
  if (value === 0) stats[at + stat.zeroCount] = (stats[at + stat.zeroCount] ?? 0) + 1
  else {
    const first = stats[at + stat.first] ?? 0
    if (first !== 0 && first !== value) return false
    stats[at + stat.first] = value
  }
  summarize(stats, at, 1, value, value, value)
  return true
}
