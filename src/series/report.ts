import type { InstrumentationScope } from '@opentelemetry/core'
import type { Metrics, Temporality } from '../model/metrics.ts'
import type { CellTable } from './cell-table.ts'
import { Part } from './part.ts'
import type { Interval } from './points.ts'
import type { SeriesRun } from './series-run.ts'

/** What is reported of some series, in each temporality that is wanted. */
export type Collected = ReadonlyMap<Temporality, Metrics>

export interface ReportSettings {
  readonly scope: InstrumentationScope
  readonly temporalities: ReadonlySet<Temporality>
  /** Points of a part: some milliseconds of work, for whoever makes it and for whoever takes it. */
  readonly partPoints?: number
}

const defaultPartPoints = 2048
/** A part ends when it has no room for this many series more. */
const leastSeries = 8

/**
 * Makes what a pipeline carries of all series, in parts, so that never more than one of them need be in memory. The
 * interval of a series ends with the part it is in; those that come up in between wait for the next interval.
 */
export function* reportParts(
  { scope, temporalities, partPoints = defaultPartPoints }: ReportSettings,
  table: CellTable,
  interval: Interval,
): Generator<Collected, void, void> {
  const begin = () => new Part({ scope, temporalities, interval })
  let part = begin()
  for (const run of table.runs(interval.time)) {
    while (!run.isDone) {
      const room = roomFor(run, partPoints - part.points)
      if (room < leastSeries && part.points > 0) {
        yield part.take(true)
        part = begin()
        continue
      }
      const cells = run.take(Math.max(room, leastSeries))
      part.add(run.series.resource, run.view, cells)
      table.endInterval(run, cells)
    }
  }
  table.dropEmpty()
  if (part.points > 0) yield part.take(false)
}

const roomFor = ({ view }: SeriesRun, points: number): number => Math.floor(points / view.maxPoints)
