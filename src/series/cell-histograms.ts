import type { Increment } from '../connection/increment.ts'
import type { Responses } from '../connection/responses.ts'
import { CellExemplars } from './cell-exemplars.ts'
import type { CellSettings } from './cell-settings.ts'
import { histogramSlot, histogramSlots, histogramsAt } from './columns.ts'
import { type BucketPool, ExponentialHistogram } from './exponential-histogram.ts'
import { addWithoutBuckets, histogramStats } from './histogram-numbers.ts'

type Histograms = (ExponentialHistogram | undefined)[]

/**
 * The histograms of a series: whichever is wanted of growth and total, and both only where both are. One with no buckets
 * (it has met one value only, as those of most series) has no object: its numbers are in the row of the series.
 */
export class CellHistograms {
  readonly #values: Float64Array
  readonly #at: number
  readonly #wanted: number
  readonly #scales: ReadonlyMap<number, number> | undefined
  readonly #buckets: BucketPool
  readonly #wantsDelta: boolean
  /** `undefined` if none are wanted. */
  readonly exemplars: CellExemplars | undefined
  #grown: Histograms | undefined
  readonly #totals: Histograms | undefined

  constructor(settings: CellSettings) {
    const { row, wantsDelta, wantsCumulative } = settings
    this.#values = row.values
    this.#at = row.at + histogramsAt
    this.#wanted = settings.histograms
    this.#scales = settings.scales
    this.#buckets = settings.buckets
    this.#wantsDelta = wantsDelta
    const { exemplarTime: now } = settings
    if (now !== undefined) this.exemplars = new CellExemplars({ ...settings, now })
    const wantsBoth = wantsDelta && wantsCumulative
    this.#totals = wantsBoth ? new Array<undefined>(histogramSlots).fill(undefined) : undefined
  }

  /** One connection's own values. One that did nothing in the interval gives none: a hand-over, a baseline. */
  observe(increment: Increment): void {
    const { pktsRx, pktsTx, closed, connectDurationNs, durationNs, acceptDurationNs } = increment
    const isActive = pktsRx + pktsTx > 0 || closed > 0
    if (isActive) {
      this.#add(histogramSlot.sessionBytesRx, increment.bytesRx)
      this.#add(histogramSlot.sessionBytesTx, increment.bytesTx)
      if (increment.srttUs >= 0) this.#add(histogramSlot.rtt, increment.srttUs / 1e3)
      if (increment.rttVarianceUs >= 0)
        this.#add(histogramSlot.rttVariance, increment.rttVarianceUs / 1e3)
    }
    if (connectDurationNs >= 0) this.#add(histogramSlot.connectDuration, connectDurationNs / 1e9)
    if (durationNs >= 0) this.#add(histogramSlot.duration, durationNs / 1e9)
    if (acceptDurationNs >= 0) this.#add(histogramSlot.acceptDuration, acceptDurationNs / 1e9)
    this.exemplars?.observe(increment, isActive)
  }

  responses(responses: Responses): void {
    const slot = histogramSlot.responseDuration
    if (!this.#isWanted(slot)) return
    const growing = this.#growing(slot)
    growing.addBuckets(responses, this.#scales?.get(slot) ?? 1)
    this.#keep(slot, growing)
    this.exemplars?.responses(responses)
  }

  /** Values since the last collection; `undefined` if there were none. */
  grown(slot: number): ExponentialHistogram | undefined {
    const known = this.#grown?.[slot]
    if (known !== undefined) return known
    return this.#values[this.#at + slot * histogramStats] === 0 ? undefined : this.#growing(slot)
  }

  /** Values since the series began, those since the last collection included; `undefined` if there were none. */
  total(slot: number): ExponentialHistogram | undefined {
    const grown = this.grown(slot)
    const total = this.#totals?.[slot]
    if (total === undefined || grown === undefined || grown.count === 0) return total ?? grown
    const both = new ExponentialHistogram()
    both.merge(total)
    both.merge(grown)
    return both
  }

  /** Adds what another one counted since the last collection. */
  absorb(other: CellHistograms): void {
    for (let slot = 0; slot < histogramSlots; slot += 1) {
      const theirs = other.grown(slot)
      if (theirs !== undefined) this.#merge(slot, theirs)
    }
    if (other.exemplars !== undefined) this.exemplars?.absorb(other.exemplars)
  }

  /** Adds to what was counted before this interval. */
  addTotal(slot: number, total: ExponentialHistogram): void {
    if (total.count === 0 || !this.#isWanted(slot)) return
    if (this.#totals === undefined) this.#merge(slot, total)
    else this.#addToTotal(slot, total)
  }

  /** Ends the interval: growth becomes part of the total. */
  roll(): void {
    this.exemplars?.clear()
    if (!this.#wantsDelta) return
    for (let slot = 0; slot < histogramSlots; slot += 1) {
      const histogram = this.grown(slot)
      if (histogram === undefined) continue
      this.#addToTotal(slot, histogram)
      histogram.reset()
    }
    this.#grown = undefined
  }

  /** Gives its buckets back. */
  dispose(): void {
    for (const histogram of this.#grown ?? []) histogram?.reset()
    for (const histogram of this.#totals ?? []) histogram?.reset()
    this.#grown = undefined
    this.exemplars?.clear()
    this.#values.fill(0, this.#at, this.#at + histogramSlots * histogramStats)
  }

  #isWanted(slot: number): boolean {
    return (this.#wanted & (1 << slot)) !== 0
  }

  #addToTotal(slot: number, histogram: ExponentialHistogram): void {
    if (this.#totals === undefined) return
    const total = this.#totals[slot] ?? new ExponentialHistogram()
    total.merge(histogram)
    this.#totals[slot] = total
  }

  #add(slot: number, value: number): void {
    if (!this.#isWanted(slot)) return
    const scale = this.#scales?.get(slot)
    const inUnit = scale === undefined ? value : value * scale
    const known = this.#grown?.[slot]
    if (known !== undefined) known.add(inUnit)
    else if (!addWithoutBuckets(this.#values, this.#at + slot * histogramStats, inUnit)) {
      const growing = this.#growing(slot)
      growing.add(inUnit)
      this.#keep(slot, growing)
    }
  }

  #merge(slot: number, other: ExponentialHistogram): void {
    const growing = this.#growing(slot)
    growing.merge(other)
    this.#keep(slot, growing)
  }

  #keep(slot: number, growing: ExponentialHistogram): void {
    if (!growing.hasBuckets) return
    this.#grown ??= new Array<undefined>(histogramSlots).fill(undefined)
    this.#grown[slot] = growing
  }

  /** To be kept once it has buckets. */
  #growing(slot: number): ExponentialHistogram {
    const known = this.#grown?.[slot]
    if (known !== undefined) return known
    const statsAt = this.#at + slot * histogramStats
    return new ExponentialHistogram({ stats: this.#values, statsAt, pool: this.#buckets })
  }
}
