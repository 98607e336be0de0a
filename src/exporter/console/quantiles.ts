import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics'

/** The sum of exponential histograms, at the scale of the coarsest. */
export class Distribution {
  #scale = 20
  #zeros = 0
  #count = 0
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY
  readonly #buckets = new Map<number, number>()

  get count(): number {
    return this.#count
  }

  /** @param factor what values are multiplied by, for another unit; moves them by half a bucket at most */
  add(histogram: ExponentialHistogram, factor = 1): void {
    if (histogram.count === 0) return
    if (histogram.scale < this.#scale) this.#coarsen(histogram.scale)
    const shift = histogram.scale - this.#scale
    const { bucketCounts } = histogram.positive
    const offset = histogram.positive.offset + Math.round(Math.log2(factor) * 2 ** histogram.scale)
    for (const [at, count] of bucketCounts.entries()) {
      if (count > 0) this.#addBucket((offset + at) >> shift, count)
    }
    this.#zeros += histogram.zeroCount
    this.#count += histogram.count
    this.#min = Math.min(this.#min, (histogram.min ?? 0) * factor)
    this.#max = Math.max(this.#max, (histogram.max ?? Number.POSITIVE_INFINITY) * factor)
  }

  addAll(other: Distribution): void {
    if (other.#count === 0) return
    if (other.#scale < this.#scale) this.#coarsen(other.#scale)
    const shift = other.#scale - this.#scale
    for (const [index, count] of other.#buckets) this.#addBucket(index >> shift, count)
    this.#zeros += other.#zeros
    this.#count += other.#count
    this.#min = Math.min(this.#min, other.#min)
    this.#max = Math.max(this.#max, other.#max)
  }

  /** The value below which a share of the values lies: the middle of its bucket. NaN if there is none. */
  quantile(share: number): number {
    if (this.#count === 0) return Number.NaN
    const rank = share * this.#count
    let seen = this.#zeros
    if (seen >= rank && seen > 0) return 0
    const indices = [...this.#buckets.keys()].toSorted((one, other) => one - other)
    for (const index of indices) {
      seen += this.#buckets.get(index) ?? 0
      if (seen < rank) continue
      const middle = 2 ** ((index + 0.5) / 2 ** this.#scale)
      return Math.min(Math.max(middle, this.#min), this.#max)
    }
    return this.#max
  }

  #addBucket(index: number, count: number): void {
    this.#buckets.set(index, (this.#buckets.get(index) ?? 0) + count)
  }

  #coarsen(scale: number): void {
    const shift = this.#scale - scale
    const before = [...this.#buckets]
    this.#buckets.clear()
    this.#scale = scale
    for (const [index, count] of before) this.#addBucket(index >> shift, count)
  }
}
