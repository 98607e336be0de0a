import type { ExponentialHistogram as HistogramPoint } from '@opentelemetry/sdk-metrics'
import type { Responses } from '../connection/responses.ts'
import { bucketIndex, maxScale, minScale } from './bucket-index.ts'
import { histogramStats, stat, summarize } from './histogram-numbers.ts'
import { RowPool } from './row-pool.ts'

type Counts = Uint8Array | Uint32Array | Float64Array

const maxBuckets = 160
const noCounts: Counts = new Uint8Array(0)

/** Where histograms get their buckets from: one byte each, until one of them needs more. */
export class BucketPool extends RowPool<Uint8Array> {
  constructor() {
    super(maxBuckets, (length) => new Uint8Array(length))
  }
}

export interface HistogramSettings {
  /** {@link histogramStats} zeros, for this histogram alone. */
  readonly stats: Float64Array
  /** Index of the first of them. */
  readonly statsAt: number
  readonly pool: BucketPool
}

/**
 * Base-2 exponential histogram of OTLP: starts at scale 20 and halves its resolution whenever the values would
 * need more than 160 buckets. For values that cannot be negative.
 *
 * It has no buckets before its second distinct value.
 */
export class ExponentialHistogram {
  readonly #stats: Float64Array
  readonly #at: number
  readonly #pool: BucketPool
  #scale = maxScale
  /** Lowest and highest bucket in use; low > high: no buckets. */
  #low = 0
  #high = -1
  /** The count of bucket `i` is at `i + #offset`, that of the first bucket there is room for at `#start`. */
  #offset = 0
  #start = 0
  #counts: Counts = noCounts
  /** The most that one count can hold. */
  #most = 0xff

  constructor({ stats, statsAt, pool }: HistogramSettings = alone()) {
    this.#stats = stats
    this.#at = statsAt
    this.#pool = pool
  }

  get count(): number {
    return this.#stat(stat.count)
  }

  /** Without them all it knows stands in its numbers, and another object with the same numbers is as good. */
  get hasBuckets(): boolean {
    return this.#low <= this.#high
  }

  get sum(): number {
    return this.#stat(stat.sum)
  }

  /** Negative and non-finite values are not counted: there is no such length or time. */
  add(value: number): void {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) return
    this.#summarize(1, value, value, value)
    if (value === 0) this.#grow(stat.zeroCount, 1)
    else this.#addPositive(value, 1)
  }

  /** Adds all that `other` counted; the same as having added its values. */
  merge(other: ExponentialHistogram): void {
    const { count } = other
    if (count === 0) return
    const positive = count - other.#stat(stat.zeroCount)
    this.#summarize(count, other.sum, other.#stat(stat.min), other.#stat(stat.max))
    this.#grow(stat.zeroCount, count - positive)
    if (other.#low > other.#high) {
      if (positive > 0) this.#addPositive(other.#stat(stat.first), positive)
      return
    }
    this.#spread(positive)
    if (this.#scale > other.#scale) this.#downscale(this.#scale - other.#scale)
    for (let index = other.#low; index <= other.#high; index += 1) {
      const counted = other.#counts[index + other.#offset] ?? 0
      // Making room may lower our scale on the way, so it is read anew each time.
      if (counted > 0) this.#increase(index >> (other.#scale - this.#scale), counted)
    }
  }

  /**
   * Adds times of which only their buckets are known, and their exact sum, least and greatest. None may be 0.
   *
   * @param factor from seconds to what is counted here. Buckets can be moved by whole ones only: half of one off at most
   */
  addBuckets(responses: Responses, factor: number): void {
    const { scale, buckets, counts } = responses
    let count = 0
    for (const one of counts) count += one
    if (count === 0) return
    const { sumNs, minNs, maxNs } = responses
    this.#summarize(count, (sumNs / 1e9) * factor, (minNs / 1e9) * factor, (maxNs / 1e9) * factor)
    this.#spread(count)
    if (this.#scale > scale) this.#downscale(this.#scale - scale)
    const by = factor === 1 ? 0 : Math.round(Math.log2(factor) * 2 ** scale)
    for (let at = 0; at < buckets.length; at += 1) {
      const index = (buckets[at] as number) + by
      this.#increase(index >> (scale - this.#scale), counts[at] as number)
    }
  }

  /** Forgets all values and gives its buckets back. It can be used again. */
  reset(): void {
    this.#giveRoom()
    this.#counts = noCounts
    this.#most = 0xff
    this.#stats.fill(0, this.#at, this.#at + histogramStats)
    this.#scale = maxScale
    this.#low = 0
    this.#high = -1
  }

  /** A copy for a data point. */
  toPoint(): HistogramPoint {
    const { count, sum } = this
    const zeroCount = this.#stat(stat.zeroCount)
    return {
      count,
      sum,
      scale: this.#scale,
      zeroCount,
      positive: this.#buckets(count - zeroCount),
      negative: { offset: 0, bucketCounts: [] },
      ...(count > 0 && { min: this.#stat(stat.min), max: this.#stat(stat.max) }),
    }
  }

  #buckets(positive: number): HistogramPoint['positive'] {
    if (positive === 0) return { offset: 0, bucketCounts: [] }
    if (this.#low > this.#high) {
      return { offset: bucketIndex(this.#stat(stat.first), this.#scale), bucketCounts: [positive] }
    }
    // Array.from would take several times as long.
    const bucketCounts = new Array<number>(this.#high - this.#low + 1)
    const first = this.#low + this.#offset
    for (let at = 0; at < bucketCounts.length; at += 1)
      bucketCounts[at] = this.#counts[first + at] ?? 0
    return { offset: this.#low, bucketCounts }
  }

  #stat(which: number): number {
    return this.#stats[this.#at + which] ?? 0
  }

  #grow(which: number, by: number): void {
    const at = this.#at + which
    this.#stats[at] = (this.#stats[at] ?? 0) + by
  }

  #summarize(count: number, sum: number, min: number, max: number): void {
    summarize(this.#stats, this.#at, count, sum, min, max)
  }

  /** As long as there is one value only, it alone is remembered. */
  #addPositive(value: number, count: number): void {
    if (this.#low > this.#high) {
      const first = this.#stat(stat.first)
      if (first === value) return
      if (first === 0) {
        this.#stats[this.#at + stat.first] = value
        return
      }
      this.#spread(count)
    }
    this.#increase(bucketIndex(value, this.#scale), count)
  }

  /** Makes buckets of the one value remembered. @param added counted already, but no part of it */
  #spread(added: number): void {
    const first = this.#stat(stat.first)
    if (this.#low <= this.#high || first === 0) return
    this.#increase(bucketIndex(first, this.#scale), this.count - this.#stat(stat.zeroCount) - added)
  }

  #increase(index: number, by: number): void {
    let at = index
    if (at < this.#low || at > this.#high) at = this.#include(at)
    const count = (this.#counts[at + this.#offset] ?? 0) + by
    if (count > this.#most) this.#widen(count)
    this.#counts[at + this.#offset] = count
  }

  /** Makes a bucket part of the range in use. @returns its index, at the scale that made it fit */
  #include(index: number): number {
    if (this.#low > this.#high) {
      this.#takeRoom()
      this.#low = index
      this.#high = index
      this.#offset = this.#start - index
      return index
    }
    let low = Math.min(this.#low, index)
    let high = Math.max(this.#high, index)
    let by = 0
    while (high - low >= maxBuckets) {
      low >>= 1
      high >>= 1
      by += 1
    }
    if (by > 0) this.#downscale(by)
    this.#shift(low, high)
    this.#low = low
    this.#high = high
    return index >> by
  }

  #takeRoom(): void {
    const { values, at } = this.#pool.take()
    this.#counts = values
    this.#start = at
  }

  /** Wider counts are its own. No object is kept for the room: there are very many. */
  #giveRoom(): void {
    const counts = this.#counts
    if (counts instanceof Uint8Array && counts !== noCounts)
      this.#pool.give({ values: counts, at: this.#start })
  }

  /** Moves the counts so that the range fits into the room. */
  #shift(low: number, high: number): void {
    const first = low + this.#offset
    const last = high + this.#offset
    if (first >= this.#start && last < this.#start + maxBuckets) return
    // The spare room goes to the side that was asked for: values that move one way are moved less often.
    const start = low < this.#low ? this.#start + maxBuckets - 1 - high : this.#start - low
    const from = this.#low + this.#offset
    const length = this.#high - this.#low + 1
    const to = this.#low + start
    this.#counts.copyWithin(to, from, from + length)
    if (to > from) this.#counts.fill(0, from, Math.min(to, from + length))
    else this.#counts.fill(0, Math.max(to + length, from), from + length)
    this.#offset = start
  }

  #downscale(by: number): void {
    const scale = Math.max(this.#scale - by, minScale)
    const shift = this.#scale - scale
    this.#scale = scale
    if (this.#low > this.#high) return
    // Buckets that fall together hold at most all that was counted.
    if (this.count > this.#most) this.#widen(this.count)
    const low = this.#low >> shift
    const high = this.#high >> shift
    const offset = this.#start - low
    const counts = this.#counts
    const before = counts.slice(this.#low + this.#offset, this.#high + 1 + this.#offset)
    counts.fill(0, this.#start, this.#start + maxBuckets)
    for (const [place, count] of before.entries()) {
      const at = ((this.#low + place) >> shift) + offset
      counts[at] = (counts[at] ?? 0) + count
    }
    this.#low = low
    this.#high = high
    this.#offset = offset
  }

  #widen(count: number): void {
    const wider = count <= 0xffffffff ? new Uint32Array(maxBuckets) : new Float64Array(maxBuckets)
    wider.set(this.#counts.subarray(this.#start, this.#start + maxBuckets))
    this.#giveRoom()
    this.#counts = wider
    this.#offset -= this.#start
    this.#start = 0
    this.#most = count <= 0xffffffff ? 0xffffffff : Number.MAX_SAFE_INTEGER
  }
}

function alone(): HistogramSettings {
  return { stats: new Float64Array(histogramStats), statsAt: 0, pool: sharedPool }
}

const sharedPool = new BucketPool()
