import type { HrTime } from '@opentelemetry/api'
import type { CellTable } from './cell-table.ts'
import type { Subject } from './instruments.ts'
import type { Owner } from './owners.ts'
import { chooseExchanges } from './ranking.ts'
import { Route } from './route.ts'
import { attributesOf, keyOf, type SeriesAttribute, type SeriesAttributes } from './view.ts'
import { ViewLimits } from './view-limits.ts'

/**
 * Which attribute sets have series of their own and which share the overflow.
 *
 * Of the latter a bounded number is watched, so that one that turns out heavy can take the place of a light one.
 */
export class RouteTable {
  readonly kept = new Map<string, Route>()
  /** Start of the interval, and of every series made in it. */
  since: HrTime
  /** Series that gave their place away, ever. */
  exchanged = 0
  readonly #watched = new Map<string, Route>()
  readonly #overflow = new Map<Subject, Route>()
  readonly #cells: CellTable
  readonly #viewLimits: ViewLimits
  readonly #limit: number
  readonly #watchLimit: number
  readonly #host: Owner
  /** Those that tell series apart in any view. */
  readonly attributes: readonly SeriesAttribute[]

  constructor(cells: CellTable, limit: number, host: Owner, since: HrTime) {
    this.#cells = cells
    this.#viewLimits = new ViewLimits(cells)
    this.#limit = limit
    this.#watchLimit = Math.ceil(limit / 10)
    this.#host = host
    this.since = since
    this.attributes = attributesOf(cells.views)
  }

  find(subject: Subject, owner: Owner, attributes: SeriesAttributes): Route {
    const key = [subject, owner.key, keyOf(this.attributes, attributes)].join('\n')
    const known = this.kept.get(key) ?? this.#watched.get(key)
    if (known !== undefined) return known
    if (this.kept.size < this.#limit) return this.#keep(key, subject, owner, attributes)
    const overflow = this.overflow(subject)
    if (this.#watched.size >= this.#watchLimit) return overflow
    return this.#watch(key, subject, owner, attributes, overflow)
  }

  /** The route of all that is not even watched; made, with its series, when first needed. */
  overflow(subject: Subject): Route {
    const known = this.#overflow.get(subject)
    if (known !== undefined) return known
    const cells = this.#cells.acquireOverflow(subject, this.since)
    const route = new Route({
      key: `overflow ${subject}`,
      subject,
      owner: this.#host,
      attributes: {},
      cells,
      isKept: false,
      isOverflow: true,
    })
    this.#overflow.set(subject, route)
    return route
  }

  /** What the overflow's series say is open; 0 if there is none yet. */
  get overflowActive(): number {
    return this.#overflow.get('connection')?.cells[0]?.active ?? 0
  }

  /** Changes what the overflow's series say is open. */
  moveOverflowActive(by: number): void {
    if (by !== 0) this.overflow('connection').moveActive(by)
  }

  /** Every flow must ask again. @returns those with or without series of their own, the heaviest first */
  retire(): Route[] {
    for (const route of this.#overflow.values()) route.isStale = true
    const routes = [...this.kept.values(), ...this.#watched.values()]
    for (const route of routes) route.isStale = true
    return routes.sort((one, other) => other.weight - one.weight)
  }

  /** What there is an overflow of. */
  get overflowed(): IterableIterator<Subject> {
    return this.#overflow.keys()
  }

  roll(nowMs: number): void {
    for (const route of this.kept.values()) route.roll(nowMs)
    for (const route of this.#watched.values()) route.roll(nowMs)
  }

  /** Its series are reported once more, under the name they had, if they had one; its flows, if they go on, begin new ones. */
  end(route: Route): void {
    if (route.resource !== route.owner.resource && !route.wasReported) this.rehome(route)
    route.isStale = true
    this.kept.delete(route.key)
    this.#release(route)
  }

  /** The process turned out to be another's resource: from now on its series stand there. */
  rehome(route: Route): void {
    const { subject, owner, attributes, cells: before } = route
    const cells = this.#cells.acquire(owner.resource, subject, attributes, this.since)
    for (const [at, cell] of cells.entries()) {
      const old = before[at]
      if (old === cell) continue
      if (old !== undefined && !old.wasReported && old.routes === 1) cell.absorb(old)
      else {
        old?.moveActive(-route.open)
        cell.moveActive(route.open)
      }
    }
    this.#cells.release(before)
    route.cells = cells
    route.resource = owner.resource
  }

  /** Gives free places, then those of the lightest, to the heaviest that are watched; then makes room to watch others. */
  rebalance(): void {
    this.exchanged += this.#viewLimits.rebalance(this.kept, this.since)
    if (this.#watched.size === 0) return
    const byWeight = [...this.#watched.values()].sort((one, other) => other.weight - one.weight)
    for (const route of byWeight.splice(0, this.#limit - this.kept.size)) this.#promote(route)

    const most = Math.ceil(this.#limit / 20)
    for (const { leaving, entering } of chooseExchanges(this.kept.values(), byWeight, most)) {
      this.#demote(leaving)
      this.#promote(entering)
      this.exchanged += 1
    }
    this.#stopWatchingLightest()
  }

  #keep(key: string, subject: Subject, owner: Owner, attributes: SeriesAttributes): Route {
    const cells = this.#cells.acquire(owner.resource, subject, attributes, this.since)
    const route = new Route({ key, subject, owner, attributes, cells, isKept: true })
    owner.routes += 1
    this.kept.set(key, route)
    return route
  }

  #watch(
    key: string,
    subject: Subject,
    owner: Owner,
    attributes: SeriesAttributes,
    overflow: Route,
  ): Route {
    const { cells } = overflow
    const route = new Route({ key, subject, owner, attributes, cells, isKept: false })
    owner.routes += 1
    this.#watched.set(key, route)
    for (const one of this.#overflow.values()) one.isStale = this.#watched.size < this.#watchLimit
    return route
  }

  #promote(route: Route): void {
    const { key, subject, owner, attributes } = route
    this.#watched.delete(key)
    const overflow = route.cells
    route.cells = this.#cells.acquire(owner.resource, subject, attributes, this.since)
    route.resource = owner.resource
    route.isKept = true
    route.open = Math.max(route.open, 0)
    route.moveActive(route.open)
    for (const cell of overflow) cell.moveActive(-route.open)
    this.kept.set(key, route)
  }

  #demote(route: Route): void {
    this.kept.delete(route.key)
    route.moveActive(-route.open)
    this.#cells.release(route.cells)
    route.cells = this.overflow(route.subject).cells
    route.isKept = false
    route.moveActive(route.open)
    this.#watched.set(route.key, route)
  }

  #release(route: Route): void {
    route.owner.routes -= 1
    this.#cells.release(route.cells)
  }

  #stopWatchingLightest(): void {
    const byWeight = [...this.#watched.values()].sort((one, other) => one.weight - other.weight)
    for (const route of byWeight.slice(0, byWeight.length - Math.floor(this.#watchLimit / 2))) {
      route.isStale = true
      // What is open of it is the overflow's from now on, in a store that takes over too.
      route.giveOver(this.overflow(route.subject))
      route.owner.routes -= 1
      this.#watched.delete(route.key)
    }
    for (const one of this.#overflow.values()) one.isStale = this.#watched.size < this.#watchLimit
  }
}
