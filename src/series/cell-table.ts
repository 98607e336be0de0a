import type { Attributes, HrTime } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { Temporality } from '../model/metrics.ts'
import { Cell } from './cell.ts'
import { counterColumns, totalsAt } from './columns.ts'
import { BucketPool } from './exponential-histogram.ts'
import type { Subject } from './instruments.ts'
import { type ResourceSeries, ResourceTable } from './resource-series.ts'
import { RowPool } from './row-pool.ts'
import { SeriesRun } from './series-run.ts'
import { sideColumns } from './side-columns.ts'
import { takeOver } from './take-over.ts'
import { keyOf, pick, type SeriesAttributes, type View, type ViewMetric } from './view.ts'

const overflowAttributes: Attributes = { 'otel.metric.overflow': true }
const overflowKey = 'overflow'

export interface CellTableSettings {
  readonly views: readonly View[]
  readonly temporalities: ReadonlySet<Temporality>
  /** Whose the overflow is. */
  readonly hostResource: Resource
  /** Tells the time of exemplars; absent: there are none. */
  readonly exemplarTime?: (() => HrTime) | undefined
}

/** Every series there is, found by resource, view and attribute values. */
export class CellTable {
  readonly views: readonly View[]
  readonly #resources: ResourceTable
  readonly #hostResource: Resource
  readonly #exemplarTime: CellTableSettings['exemplarTime']
  readonly #rows: RowPool
  readonly #sideRows: RowPool
  readonly #buckets = new BucketPool()
  readonly #wantsDelta: boolean
  readonly #wantsCumulative: boolean
  /** By view: series that are not the overflow. */
  readonly #own: number[]
  /** By view, where a limit of its own made it needed. */
  readonly #limited = new Map<View, Cell>()

  constructor({ views, temporalities, hostResource, exemplarTime }: CellTableSettings) {
    this.views = views
    this.#own = views.map(() => 0)
    this.#resources = new ResourceTable(views.length)
    this.#hostResource = hostResource
    this.#exemplarTime = exemplarTime
    this.#wantsDelta = temporalities.has('delta')
    this.#wantsCumulative = temporalities.has('cumulative')
    this.#rows = new RowPool(
      totalsAt + (this.#wantsCumulative ? counterColumns : 0),
      (length) => new Float64Array(length),
    )
    this.#sideRows = new RowPool(
      sideColumns * (this.#wantsCumulative ? 2 : 1),
      (length) => new Float64Array(length),
    )
  }

  /**
   * One for each view that reports the subject, in the order of the views; made where there is none yet. Of a view that
   * has as many series as it may, it is the overflow's.
   */
  acquire(
    resource: Resource,
    subject: Subject,
    attributes: SeriesAttributes,
    startTime: HrTime,
  ): Cell[] {
    return this.#cells(
      subject,
      (view) =>
        this.#known(view, resource, attributes) ??
        (this.roomIn(view) > 0
          ? this.acquireOwn(view, resource, attributes, startTime)
          : this.overflowOf(view, startTime)),
    )
  }

  /** The series of one view, beyond its limit too; the caller counts the routes that lead to it. */
  acquireOwn(
    view: View,
    resource: Resource,
    attributes: SeriesAttributes,
    startTime: HrTime,
  ): Cell {
    const known = this.#known(view, resource, attributes)
    if (known !== undefined) return known
    const key = keyOf(view.attributes, attributes)
    const picked = pick(view.attributes, attributes)
    return this.#add(this.#resources.get(resource), view, key, picked, startTime)
  }

  /** How many series more a view may keep apart. */
  roomIn({ limit, index }: View): number {
    return limit === undefined ? Number.POSITIVE_INFINITY : limit - (this.#own[index] ?? 0)
  }

  /** What a view's series beyond its own limit share. It never ends. */
  overflowOf(view: View, startTime: HrTime): Cell {
    const known = this.#limited.get(view)
    if (known !== undefined) return known
    const cell = this.#overflow(view, startTime)
    cell.routes += 1
    this.#limited.set(view, cell)
    return cell
  }

  /** Equal where a view has the same series for both. */
  seriesKey({ attributes }: View, resource: Resource, values: SeriesAttributes): string {
    return `${this.#resources.keyOf(resource)}\n${keyOf(attributes, values)}`
  }

  /** Where the cell of a view stands among those of a subject; `undefined` if the view does not report it. */
  placeOf(view: View, subject: Subject): number | undefined {
    if (!view.subjects.has(subject)) return undefined
    return this.views.slice(0, view.index).filter(({ subjects }) => subjects.has(subject)).length
  }

  /** The series that all share which are not kept apart. They never end. */
  acquireOverflow(subject: Subject, startTime: HrTime): Cell[] {
    return this.#cells(subject, (view) => this.#overflow(view, startTime))
  }

  release(cells: readonly Cell[]): void {
    for (const cell of cells) cell.routes -= 1
  }

  values(): IterableIterator<ResourceSeries> {
    return this.#resources.values()
  }

  /**
   * Series that stand for the same in another store go on here. Where a view reports what that one did not, all of it
   * begins anew: a total holds what was reported since its start, or it is none.
   */
  takeOver(other: CellTable): void {
    const pairs = this.views.flatMap((view) => {
      const theirs = other.views.find((one) => isContinuedBy(one, view))
      return theirs === undefined ? [] : [{ to: view.index, from: theirs.index }]
    })
    for (const series of other.values()) {
      const own = this.#resources.get(series.resource)
      for (const { to, from } of pairs) {
        for (const [key, cell] of own.cells[to] ?? []) {
          const before = series.cells[from]?.get(key)
          if (before !== undefined) takeOver(cell, before)
        }
      }
    }
  }

  /** All series but those that began with this very time: their interval is the next. */
  *runs(time: HrTime): Generator<SeriesRun, void, void> {
    for (const series of this.#resources.values()) {
      for (const view of this.views)
        yield new SeriesRun(series, view, this.#due(series, view, time))
    }
  }

  /**
   * Ends the interval of series that were just reported. One that nothing leads to any more has now told its last
   * values; after the next time it is forgotten.
   */
  endInterval({ series, view }: SeriesRun, cells: readonly Cell[]): void {
    for (const cell of cells) {
      if (cell.routes > 0) cell.roll()
      else if (cell.hasEnded) this.#forget(cell)
      else {
        cell.hasEnded = true
        series.cells[view.index]?.delete(cell.key)
        if (cell.key !== overflowKey) this.#own[view.index] = (this.#own[view.index] ?? 0) - 1
        if (this.#wantsCumulative) series.ended[view.index]?.set(cell.key, cell)
        else this.#forget(cell)
      }
    }
  }

  dropEmpty(): void {
    this.#resources.dropEmpty()
  }

  /** First those that ended, unless they have begun anew. */
  *#due(series: ResourceSeries, view: View, time: HrTime): Generator<Cell, void, void> {
    const live = series.cells[view.index]
    const ended = series.ended[view.index]
    for (const [key, cell] of ended ?? []) {
      ended?.delete(key)
      if (live?.has(key) === true) this.#forget(cell)
      else yield cell
    }
    for (const cell of live?.values() ?? []) {
      if (cell.startTime !== time) yield cell
    }
  }

  #known(view: View, resource: Resource, attributes: SeriesAttributes): Cell | undefined {
    return this.#resources.get(resource).cells[view.index]?.get(keyOf(view.attributes, attributes))
  }

  #overflow(view: View, startTime: HrTime): Cell {
    const series = this.#resources.get(this.#hostResource)
    const known = series.cells[view.index]?.get(overflowKey)
    return known ?? this.#add(series, view, overflowKey, overflowAttributes, startTime)
  }

  #forget(cell: Cell): void {
    cell.dispose()
    this.#rows.give(cell.row)
  }

  #cells(subject: Subject, cellOf: (view: View) => Cell): Cell[] {
    const cells = this.views.filter(({ subjects }) => subjects.has(subject)).map(cellOf)
    for (const cell of cells) cell.routes += 1
    return cells
  }

  #add(series: ResourceSeries, view: View, key: string, attributes: Attributes, startTime: HrTime) {
    const cell = new Cell({
      key,
      attributes,
      row: this.#rows.take(),
      startTime,
      buckets: this.#buckets,
      histograms: view.histograms,
      scales: view.scales,
      side: view.side,
      sideRows: this.#sideRows,
      exemplarTime: this.#exemplarTime,
      wantsDelta: this.#wantsDelta,
      wantsCumulative: this.#wantsCumulative,
    })
    series.cells[view.index]?.set(key, cell)
    if (key !== overflowKey) this.#own[view.index] = (this.#own[view.index] ?? 0) + 1
    return cell
  }
}

/** A metric that comes back has been missing: its growth since then stands elsewhere, or nowhere. */
function isContinuedBy(before: View, after: View): boolean {
  const reported = new Set(before.metrics.map(identityOf))
  return (
    before.attributes.join() === after.attributes.join() &&
    after.metrics.every((metric) => reported.has(identityOf(metric))) &&
    scalesOf(before) === scalesOf(after)
  )
}

function identityOf({ name, naming, reading }: ViewMetric): string {
  return JSON.stringify([naming?.name ?? name, reading])
}

function scalesOf({ scales = new Map() }: View): string {
  return JSON.stringify([...scales].toSorted(([one], [other]) => one - other))
}
