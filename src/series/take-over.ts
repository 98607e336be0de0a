import type { Cell } from './cell.ts'
import { counterColumns, histogramSlots } from './columns.ts'
import { sideAt, sideColumns } from './side-columns.ts'

/** Makes a new series go on as the same one of another store, whose last interval was reported. */
export function takeOver(to: Cell, from: Cell): void {
  to.wasReported ||= from.wasReported
  to.hadConnection ||= from.hadConnection
  to.hadActive ||= from.hadActive
  if (!to.isCumulative || !from.isCumulative) return
  to.startTime = from.startTime
  for (let at = 0; at < counterColumns; at += 1) to.setTotal(at, from.total(at))
  for (let at = sideAt; at < sideAt + sideColumns; at += 1) to.setTotal(at, from.total(at))
  for (let slot = 0; slot < histogramSlots; slot += 1) {
    const total = from.histograms.total(slot)
    if (total !== undefined) to.histograms.addTotal(slot, total)
  }
}
