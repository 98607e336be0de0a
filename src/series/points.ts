import type { HrTime } from '@opentelemetry/api'
import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics'
import type { Temporality } from '../model/metrics.ts'
import type { Point } from '../model/points.ts'
import type { Cell } from './cell.ts'
import { column, level } from './columns.ts'
import { ExponentialHistogram as Histogram } from './exponential-histogram.ts'
import type { PointGroup, ViewReading } from './view.ts'

/** What a collection reports. */
export interface Interval {
  /** Its beginning: the last collection. */
  readonly since: HrTime
  readonly time: HrTime
  /** Its real length, of a monotonic clock. */
  readonly seconds: number
}

export type NumberPoint = Point<number>
export type HistogramPoint = Point<ExponentialHistogram>

/** Reads the data points of one temporality. */
export class PointReader {
  readonly #interval: Interval
  readonly #isDelta: boolean

  constructor(interval: Interval, temporality: Temporality) {
    this.#interval = interval
    this.#isDelta = temporality === 'delta'
  }

  /** @param sumOf column of a counter that the sum is to be equal to */
  histograms(slot: number, cells: readonly Cell[], sumOf?: number): HistogramPoint[] {
    const points: HistogramPoint[] = []
    for (const cell of cells) {
      const histogram = this.#isDelta ? cell.histograms.grown(slot) : cell.histograms.total(slot)
      const rest = sumOf === undefined ? 0 : this.#value(cell, sumOf) - (histogram?.sum ?? 0)
      if (rest > 0) points.push(this.#point(cell, pointWith(histogram, rest)))
      else if (histogram !== undefined && histogram.count > 0)
        points.push(this.#withExemplar(slot, cell, this.#point(cell, histogram.toPoint())))
    }
    return points
  }

  numbers(
    reading: Exclude<ViewReading, { type: 'histogram' }>,
    cells: readonly Cell[],
  ): NumberPoint[] {
    const points: NumberPoint[] = []
    for (const cell of cells) {
      if (reading.type === 'groups') {
        for (const group of reading.groups) this.#groupPoint(points, cell, group, reading.scale)
      } else {
        this.#push(points, cell, this.#number(cell, reading), reading.type === 'active')
      }
    }
    return points
  }

  #number(
    cell: Cell,
    reading: Exclude<ViewReading, { type: 'groups' | 'histogram' }>,
  ): number | undefined {
    switch (reading.type) {
      case 'counter':
        return this.#counter(cell, reading.column, reading.isBasic)
      case 'active':
        return active(cell)
      case 'bit_rate':
        return this.#bitRate(cell, reading.columns)
      case 'retransmitted_share':
        return retransmittedShare(cell)
      case 'listening':
        return listening(cell, cell.grown(reading.level), reading.scale)
    }
  }

  #counter(cell: Cell, at: number, isBasic: boolean): number | undefined {
    const value = this.#value(cell, at)
    if (value !== 0) return value
    return isBasic && !this.#isDelta && cell.hadConnection ? 0 : undefined
  }

  #groupPoint(points: NumberPoint[], cell: Cell, group: PointGroup, scale: number): void {
    let sum = 0
    for (const at of group.columns) sum += this.#value(cell, at)
    if (sum === 0) return
    const point = this.#point(cell, sum * scale)
    const attributes = group.attributes && { ...cell.attributes, ...group.attributes }
    points.push(attributes === undefined ? point : { ...point, attributes })
  }

  #bitRate(cell: Cell, columns: readonly number[]): number | undefined {
    const { seconds } = this.#interval
    if (!cell.hadConnection || seconds <= 0) return undefined
    let bytes = 0
    for (const at of columns) bytes += cell.grown(at)
    return (bytes * 8) / seconds
  }

  #withExemplar(slot: number, cell: Cell, point: HistogramPoint): HistogramPoint {
    const exemplar = cell.histograms.exemplars?.of(slot)
    if (exemplar === undefined || cell.hasEnded) return point
    const { since, time: end } = this.#interval
    // What is read for a collection is read a little after the instant that it is of.
    const latest = isAfter(exemplar.time, end) ? end : exemplar.time
    const time = isAfter(since, latest) ? since : latest
    return { ...point, exemplars: [{ ...exemplar, time }] }
  }

  #value(cell: Cell, at: number): number {
    return this.#isDelta ? cell.grown(at) : cell.total(at)
  }

  #push(points: NumberPoint[], cell: Cell, value: number | undefined, isLevel = false): void {
    if (value !== undefined) points.push(this.#point(cell, value, isLevel))
  }

  #point<T>(cell: Cell, value: T, isLevel = false): Point<T> {
    const { since, time } = this.#interval
    // Of a clock that was set back: a series cannot have begun after the interval did.
    if (isAfter(cell.startTime, since)) cell.startTime = since
    const startTime = this.#isDelta && !isLevel ? since : cell.startTime
    const point = { startTime, endTime: time, attributes: cell.attributes, value }
    return cell.hasEnded ? { ...point, hasNoValue: true } : point
  }
}

function isAfter(one: HrTime, other: HrTime): boolean {
  return one[0] - other[0] > 0 || (one[0] === other[0] && one[1] > other[1])
}

/** What is below 0 is unknown. */
function listening(cell: Cell, value: number, scale = 1): number | undefined {
  return cell.grown(level.listeners) > 0 && value >= 0 ? value * scale : undefined
}

function active(cell: Cell): number | undefined {
  return cell.hadConnection || cell.hadActive ? cell.active : undefined
}

function retransmittedShare(cell: Cell): number | undefined {
  const retransmitted = cell.grown(column.pktsRetr)
  const sent = retransmitted + cell.grown(column.pktsTx)
  return sent > 0 ? (retransmitted / sent) * 100 : undefined
}

/** One value more: what connections did whose own values are not known. */
function pointWith(histogram: Histogram | undefined, rest: number): ExponentialHistogram {
  const whole = new Histogram()
  if (histogram !== undefined) whole.merge(histogram)
  whole.add(rest)
  const point = whole.toPoint()
  whole.reset()
  return point
}
