import type { HrTime } from '@opentelemetry/api'
import type { Cell } from './cell.ts'
import type { CellTable } from './cell-table.ts'
import { chooseExchanges } from './ranking.ts'
import type { Route } from './route.ts'
import type { View } from './view.ts'

/** Routes that lead to one series of a view, or would, had it one. */
interface Group {
  readonly cell: Cell
  readonly routes: Route[]
  weight: number
}

/**
 * Which series views with a limit of their own keep apart: those of the heaviest routes. The others of such a view are
 * in its overflow, whatever they are in other views.
 */
export class ViewLimits {
  readonly #cells: CellTable
  readonly #limited: readonly View[]

  constructor(cells: CellTable) {
    this.#cells = cells
    this.#limited = cells.views.filter(({ limit }) => limit !== undefined)
  }

  /** Gives free places, then those of the lightest, to the heaviest that have none. @returns exchanges made */
  rebalance(kept: ReadonlyMap<string, Route>, since: HrTime): number {
    let exchanged = 0
    for (const view of this.#limited) exchanged += this.#rebalance(view, kept, since)
    return exchanged
  }

  #rebalance(view: View, kept: ReadonlyMap<string, Route>, since: HrTime): number {
    const overflow = this.#cells.overflowOf(view, since)
    const own = new Map<string, Group>()
    const waiting = new Map<string, Group>()
    for (const route of kept.values()) {
      const place = this.#cells.placeOf(view, route.subject)
      const cell = place === undefined ? undefined : route.cells[place]
      if (cell === undefined) continue
      const key = this.#cells.seriesKey(view, route.resource, route.attributes)
      addTo(cell === overflow ? waiting : own, key, route, cell)
    }
    if (waiting.size === 0) return 0
    const byWeight = [...waiting.values()].sort((one, other) => other.weight - one.weight)
    for (const group of byWeight.splice(0, this.#cells.roomIn(view))) {
      this.#enter(view, group, since)
    }
    const most = Math.ceil((view.limit ?? 0) / 20)
    const exchanges = chooseExchanges(own.values(), byWeight, most)
    for (const { leaving, entering } of exchanges) {
      this.#move(view, leaving, overflow)
      this.#enter(view, entering, since)
    }
    return exchanges.length
  }

  #enter(view: View, group: Group, since: HrTime): void {
    const [first] = group.routes
    if (first === undefined) return
    const { resource, attributes } = first
    this.#move(view, group, this.#cells.acquireOwn(view, resource, attributes, since))
  }

  /** What is open moves along; what was counted stays where it was. */
  #move(view: View, { routes, cell: from }: Group, to: Cell): void {
    for (const route of routes) {
      const place = this.#cells.placeOf(view, route.subject)
      if (place === undefined) continue
      from.moveActive(-route.open)
      to.moveActive(route.open)
      from.routes -= 1
      to.routes += 1
      route.cells = route.cells.with(place, to)
    }
  }
}

function addTo(groups: Map<string, Group>, key: string, route: Route, cell: Cell): void {
  const group = groups.get(key)
  if (group === undefined) {
    groups.set(key, { cell, routes: [route], weight: route.weight })
    return
  }
  group.routes.push(route)
  group.weight += route.weight
}
