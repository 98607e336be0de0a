import type { Attributes, HrTime } from '@opentelemetry/api'
import type { Increment } from '../connection/increment.ts'
import type { Listener, Rejection } from '../connection/listener.ts'
import { CellHistograms } from './cell-histograms.ts'
import type { CellSettings } from './cell-settings.ts'
import {
  column,
  counterColumns,
  failureColumn,
  histogramsAt,
  level,
  reasonColumn,
  totalsAt,
} from './columns.ts'
import { type Row, type RowPool, rollCounters } from './row-pool.ts'
import {
  countConnection,
  countListener,
  countRejection,
  type SideCounters,
  sideAt,
  sideColumns,
} from './side-columns.ts'

/**
 * The numbers of one attribute set under one resource. Metrics with the same attributes share it.
 *
 * Counters hold the growth since the last collection and, where wanted, the total.
 */
export class Cell implements SideCounters {
  readonly key: string
  readonly attributes: Attributes
  readonly row: Row
  startTime: HrTime
  /** Routes that lead here. At 0 it is reported once more. */
  routes = 0
  /** Points have been made of it. */
  wasReported = false
  /** Its last values were reported; what is left to say is that there will be no more. */
  hasEnded = false
  /** It has had a connection whose traffic is counted, not only failed attempts. */
  hadConnection = false
  /** It has had an open connection, its own or taken over. */
  hadActive = false
  readonly #values: Float64Array
  readonly #at: number
  readonly #wantedSide: number
  readonly #sideRows: RowPool
  #side: Row | undefined
  /** Whether it keeps totals. */
  readonly isCumulative: boolean
  readonly histograms: CellHistograms

  constructor(settings: CellSettings) {
    this.key = settings.key
    this.attributes = settings.attributes
    this.row = settings.row
    this.startTime = settings.startTime
    this.#values = settings.row.values
    this.#at = settings.row.at
    this.#wantedSide = settings.side
    this.#sideRows = settings.sideRows
    this.isCumulative = settings.wantsCumulative
    this.histograms = new CellHistograms(settings)
  }

  /** Hot: once for each report of a connection. */
  connection(increment: Increment): void {
    const { bytesRx, bytesTx, pktsRx, pktsTx, opened, active } = increment
    this.#grow(column.bytesRx, bytesRx)
    this.#grow(column.bytesTx, bytesTx)
    this.#grow(column.pktsRx, pktsRx)
    this.#grow(column.pktsTx, pktsTx)
    this.#grow(column.opened, opened)
    this.#grow(level.active, active)
    if (increment.isUncounted) this.hadActive ||= active !== 0
    else this.hadConnection ||= opened !== 0 || active !== 0 || bytesRx + bytesTx !== 0
    if (increment.closed !== 0) this.#grow(reasonColumn(increment), increment.closed)
    this.#countRare(increment)
    if (this.#wantedSide !== 0) countConnection(increment, this)
    if (!increment.isMerged && increment.failed === 0) this.histograms.observe(increment)
  }

  listener(listener: Listener): void {
    if (!listener.isGrowthOnly) {
      const before = this.grown(level.listeners) > 0 ? this.grown(level.oldestWait) : -1
      this.#grow(
        level.oldestWait,
        Math.max(before, listener.oldestWaitMs) - this.grown(level.oldestWait),
      )
      this.#grow(level.listeners, 1)
      this.#grow(level.backlog, listener.backlog)
      this.#grow(level.backlogLimit, listener.backlogLimit)
    }
    this.#grow(column.listenOverflows, listener.overflows)
    this.#grow(column.pktsRetrSyn, listener.synAcksRetransmitted)
    countListener(listener, this)
  }

  rejection(rejection: Rejection): void {
    this.#grow(column.rejects, rejection.rejects)
    this.#grow(column.resetsTx, rejection.resets)
    countRejection(rejection, this)
  }

  growSide(at: number, by: number): void {
    if (by === 0 || (this.#wantedSide & (1 << (at - sideAt))) === 0) return
    this.#side ??= this.#sideRows.take()
    const index = this.#side.at + at - sideAt
    this.#side.values[index] = (this.#side.values[index] ?? 0) + by
  }

  /** Open connections that another series gives over to this one, or the reverse. */
  moveActive(by: number): void {
    this.hadActive ||= by > 0
    this.#grow(level.active, by)
  }

  /** Connections open now. */
  get active(): number {
    return this.grown(level.active)
  }

  /** Growth of a counter since the last collection, or a level. */
  grown(at: number): number {
    if (at >= sideAt) return this.#sideValue(at - sideAt)
    return this.#values[this.#at + at] ?? 0
  }

  /** A counter since the series began, its growth since the last collection included. */
  total(at: number): number {
    if (at >= sideAt) return this.#sideValue(at - sideAt + sideColumns) + this.grown(at)
    return (this.#values[this.#at + totalsAt + at] ?? 0) + this.grown(at)
  }

  /** Takes over all of a series that was never reported, as if it had been counted here; leaves that one empty. */
  absorb(other: Cell): void {
    for (let at = 0; at < histogramsAt; at += 1) this.#grow(at, other.grown(at))
    for (let at = sideAt; at < sideAt + sideColumns; at += 1) this.growSide(at, other.grown(at))
    this.histograms.absorb(other.histograms)
    this.hadConnection ||= other.hadConnection
    this.hadActive ||= other.hadActive
    other.hadConnection = false
    other.hadActive = false
    other.dispose()
    other.#values.fill(0, other.#at, other.#at + histogramsAt)
  }

  /** Sets a counter's total, of one that has not grown. */
  setTotal(at: number, value: number): void {
    if (at < sideAt) this.#values[this.#at + totalsAt + at] = value
    else if (value !== 0 && (this.#wantedSide & (1 << (at - sideAt))) !== 0) {
      this.#side ??= this.#sideRows.take()
      this.#side.values[this.#side.at + sideColumns + at - sideAt] = value
    }
  }

  /** Ends the interval: growth becomes part of the total. */
  roll(): void {
    rollCounters(this.row, counterColumns, this.isCumulative ? totalsAt : undefined)
    if (this.#side !== undefined)
      rollCounters(this.#side, sideColumns, this.isCumulative ? sideColumns : undefined)
    this.#values.fill(0, this.#at + level.listeners, this.#at + histogramsAt)
    this.histograms.roll()
    this.wasReported = true
  }

  /** Gives back what it has of what is shared. Its row is for whoever gave it. */
  dispose(): void {
    this.histograms.dispose()
    if (this.#side !== undefined) this.#sideRows.give(this.#side)
    this.#side = undefined
  }

  #sideValue(at: number): number {
    return this.#side === undefined ? 0 : (this.#side.values[this.#side.at + at] ?? 0)
  }

  #countRare(increment: Increment): void {
    const { pktsRetr, pktsRetrSyn, resetsTx, resetsRx, failed, drops } = increment
    if (pktsRetr + pktsRetrSyn + resetsTx + resetsRx + failed + drops === 0) return
    this.#grow(column.pktsRetr, pktsRetr)
    this.#grow(column.pktsRetrSyn, pktsRetrSyn)
    this.#grow(column.resetsTx, resetsTx)
    this.#grow(column.resetsRx, resetsRx)
    this.#grow(failureColumn(increment), failed)
    this.#grow(column.drops, drops)
  }

  #grow(at: number, by: number): void {
    const index = this.#at + at
    this.#values[index] = (this.#values[index] ?? 0) + by
  }
}
