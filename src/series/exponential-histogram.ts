import type { ExponentialHistogram as HistogramPoint } from '@opentelemetry/sdk-metrics'
import { bucketIndex, maxScale, minScale } from './bucket-index.ts'

type Counts = Uint8Array | Uint32Array | Float64Array

const maxBuckets = 160
/** Room is made in these steps. V8 keeps typed arrays up to 64 bytes in its own heap, which is cheaper. */
const roomSteps = [16, 64, maxBuckets] as const
const noCounts: Counts = new Uint8Array(0)

/**
 * Base-2 exponential histogram of OTLP: starts at scale 20 and halves its resolution whenever the values would
 * need more than 160 buckets. For values that cannot be negative.
 *
 * One that holds no value holds no buckets; counts take 1 byte each until one passes 255.
 */
export class ExponentialHistogram {
  #count = 0
  #sum = 0
  #zeroCount = 0
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY
  #scale = maxScale
  /** Lowest and highest bucket in use; low > high: none. */
  #low = 0
  #high = -1
  /** `#counts[i]` is bucket `#base + i`. */
  #base = 0
  #counts: Counts = noCounts
  /** The most that an element of `#counts` can hold. */
  #most = 0xff

  get count(): number {
    return this.#count
  }

  get sum(): number {
    return this.#sum
  }

  /** Negative and non-finite values are not counted: there is no such length or time. */
  add(value: number): void {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) return
    this.#count += 1
    this.#sum += value
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
    if (value === 0) this.#zeroCount += 1
    else this.#increase(bucketIndex(value, this.#scale), 1)
  }

  /** Adds all that `other` counted; the same as having added its values. */
  merge(other: ExponentialHistogram): void {
    this.#count += other.#count
    this.#sum += other.#sum
    this.#zeroCount += other.#zeroCount
    this.#min = Math.min(this.#min, other.#min)
    this.#max = Math.max(this.#max, other.#max)
    if (this.#scale > other.#scale) this.#downscale(this.#scale - other.#scale)

    const scale = other.#scale
    for (let index = other.#low; index <= other.#high; index += 1) {
      const count = other.#counts[index - other.#base] ?? 0
      // Making room may lower our scale on the way, so it is read anew each time.
      if (count > 0) this.#increase(index >> (scale - this.#scale), count)
    }
  }

  /** Forgets all values but keeps the room. */
  reset(): void {
    this.#counts.fill(0)
    this.#count = 0
    this.#sum = 0
    this.#zeroCount = 0
    this.#min = Number.POSITIVE_INFINITY
    this.#max = Number.NEGATIVE_INFINITY
    this.#scale = maxScale
    this.#low = 0
    this.#high = -1
  }

  /** A copy for a data point. */
  toPoint(): HistogramPoint {
    const used = this.#counts.subarray(this.#low - this.#base, this.#high + 1 - this.#base)
    return {
      count: this.#count,
      sum: this.#sum,
      scale: this.#scale,
      zeroCount: this.#zeroCount,
      positive: { offset: used.length === 0 ? 0 : this.#low, bucketCounts: Array.from(used) },
      negative: { offset: 0, bucketCounts: [] },
      ...(this.#count > 0 && { min: this.#min, max: this.#max }),
    }
  }

  #increase(index: number, by: number): void {
    let at = index
    if (at < this.#low || at > this.#high) at = this.#include(at)
    const position = at - this.#base
    const count = (this.#counts[position] ?? 0) + by
    if (count > this.#most) this.#widen(count)
    this.#counts[position] = count
  }

  /** Makes a bucket part of the range in use. @returns its index, at the scale that made it fit */
  #include(index: number): number {
    if (this.#low > this.#high) {
      this.#low = index
      this.#high = index
      this.#base = index
      if (this.#counts.length === 0) this.#counts = new Uint8Array(roomSteps[0])
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
    this.#makeRoom(low, high)
    this.#low = low
    this.#high = high
    return index >> by
  }

  #makeRoom(low: number, high: number): void {
    if (low >= this.#base && high < this.#base + this.#counts.length) return
    const needed = high - low + 1
    const room = roomSteps.find((step) => step >= needed) ?? maxBuckets
    const next = this.#emptyCounts(Math.max(room, this.#counts.length))
    // Spare room goes to the side that was asked for: values that move one way need to be copied less often.
    const base = low < this.#low ? high + 1 - next.length : low
    next.set(
      this.#counts.subarray(this.#low - this.#base, this.#high + 1 - this.#base),
      this.#low - base,
    )
    this.#counts = next
    this.#base = base
  }

  #downscale(by: number): void {
    const scale = Math.max(this.#scale - by, minScale)
    const shift = this.#scale - scale
    this.#scale = scale
    if (this.#low > this.#high) return
    // Buckets that fall together hold at most all that was counted.
    if (this.#count > this.#most) this.#widen(this.#count)
    const before = this.#counts
    const next = this.#emptyCounts(before.length)
    const base = this.#low >> shift
    for (let index = this.#low; index <= this.#high; index += 1) {
      const position = (index >> shift) - base
      next[position] = (next[position] ?? 0) + (before[index - this.#base] ?? 0)
    }
    this.#counts = next
    this.#base = base
    this.#low >>= shift
    this.#high >>= shift
  }

  #emptyCounts(length: number): Counts {
    if (this.#most === 0xff) return new Uint8Array(length)
    return this.#most === 0xffffffff ? new Uint32Array(length) : new Float64Array(length)
  }

  #widen(count: number): void {
    this.#most = count <= 0xffffffff ? 0xffffffff : Number.MAX_SAFE_INTEGER
    const wider = this.#emptyCounts(this.#counts.length)
    wider.set(this.#counts)
    this.#counts = wider
  }
}
