import type { Cell } from './cell.ts'
import type { ResourceSeries } from './resource-series.ts'
import type { View } from './view.ts'

/** The series of one resource and view, on their way through a collection. */
export class SeriesRun {
  readonly series: ResourceSeries
  readonly view: View
  readonly #cells: Iterator<Cell, void, void>
  #next: IteratorResult<Cell, void>

  /** @param cells may change while they are on their way */
  constructor(series: ResourceSeries, view: View, cells: Iterator<Cell, void, void>) {
    this.series = series
    this.view = view
    this.#cells = cells
    this.#next = cells.next()
  }

  get isDone(): boolean {
    return this.#next.done === true
  }

  /** The next `most` series, or all that are left. */
  take(most: number): Cell[] {
    const taken: Cell[] = []
    while (taken.length < most && this.#next.done !== true) {
      taken.push(this.#next.value)
      this.#next = this.#cells.next()
    }
    return taken
  }
}
