/** What a figure is held against; without one it is only reported. */
export type Budget =
  | { readonly atMost: number }
  | { readonly atLeast: number }
  | { readonly exactly: number }

export interface Measurement {
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly budget?: Budget
}

export interface Benchmark {
  readonly name: string
  /** One sentence on how it is measured. */
  readonly method: string
  run(): Promise<Measurement[]>
}

/** A measurement is within a budget that it does not have. */
export function isWithin({ value, budget }: Measurement): boolean {
  if (!budget) return true
  if ('atMost' in budget) return value <= budget.atMost
  if ('atLeast' in budget) return value >= budget.atLeast
  return value === budget.exactly
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}
