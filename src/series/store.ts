import type { InstrumentationScope } from '@opentelemetry/core'
import type { Flow } from '../connection/flow.ts'
import type { Increment } from '../connection/increment.ts'
import type { Listener, Rejection } from '../connection/listener.ts'
import type { Responses } from '../connection/responses.ts'
import type { SynCookies } from '../connection/syn-cookies.ts'
import type { Temporality } from '../model/metrics.ts'
import { CellTable, type CellTableSettings } from './cell-table.ts'
import { type Instant, later, moved } from './instant.ts'
import { Owners, type OwnersSettings } from './owners.ts'
import { type Ranking, worths } from './ranking.ts'
import { type Collected, type ReportSettings, reportParts } from './report.ts'
import { Route } from './route.ts'
import { RouteTable } from './route-table.ts'
import { countSynCookies } from './side-columns.ts'
import { isEqualIn, type SelectedMetric, type SeriesAttributes, viewsOf } from './view.ts'

export interface SeriesSettings
  extends OwnersSettings,
    Pick<ReportSettings & CellTableSettings, 'partPoints' | 'exemplarTime'> {
  readonly metrics: readonly SelectedMetric[]
  /** Totals are kept only for `cumulative`. */
  readonly temporalities: ReadonlySet<Temporality>
  /** Attribute sets, each of one process, that have series of their own. */
  readonly limit: number
  /** Of what they have the most. */
  readonly ranking: Ranking
  /** A series without open connections ends after this long without a report. */
  readonly expirationMs: number
  readonly scope: InstrumentationScope
  /** Beginning of the first interval. */
  readonly start: Instant
  /**
   * Attributes of the other side; none where it is not known who it is.
   *
   * @param before what the flow is counted by until now, if it is
   */
  readonly peerOf: (flow: Flow, before: SeriesAttributes | undefined) => SeriesAttributes
  /** Grows whenever `peerOf` may answer otherwise than before. Read once an interval. */
  readonly namesEpoch?: () => number
}

/** Of the store itself; counts are since the start. */
export interface SeriesStats {
  readonly active: number
  readonly limit: number
  /** Reports that went into the overflow. */
  readonly overflowed: number
  readonly exchanged: number
  /** Ends of connections whose beginning was in no series. */
  readonly unmatched: number
}

/** More than others gain in an interval: listening sockets are few, and nothing else tells of them. */
const listenerWeight = 1e9

/**
 * Increments to series. User space knows no connections: what a report says is added to the series of its flow at
 * once. The sum over all series, the overflow among them, is at any time the sum of all that was reported.
 */
export class SeriesStore {
  readonly #settings: SeriesSettings
  /** Hot. */
  readonly #worthOf: (increment: Increment) => number
  readonly #rejectionWorth: number
  readonly #owners: Owners
  readonly #cells: CellTable
  readonly #routes: RouteTable
  /** Of the names, when the interval began: so each flow asks once an interval at most. */
  #epoch: number
  #last: Instant
  #overflowed = 0
  #unmatched = 0
  /** Open connections of series that were ended regardless; their ends may yet come. */
  #writtenOff = 0

  constructor(settings: SeriesSettings) {
    const views = viewsOf(settings.metrics)
    this.#settings = settings
    const { connection, rejection } = worths[settings.ranking]
    this.#worthOf = connection
    this.#rejectionWorth = rejection
    this.#owners = new Owners(settings, settings.start.monotonicMs)
    this.#cells = new CellTable({ ...settings, views })
    this.#last = settings.start
    this.#epoch = settings.namesEpoch?.() ?? 0
    this.#routes = new RouteTable(this.#cells, settings.limit, this.#owners.host, this.#last.time)
  }

  /** Moves the beginning of the first interval: for when the source took time to start. */
  begin(start: Instant): void {
    this.#last = start
    this.#routes.since = start.time
  }

  /**
   * Goes on where another store ended its last interval; that one must not be used any more. Series that both report
   * keep their totals and their beginnings, open connections stay open.
   *
   * @param keepsNames whether a flow has the same attributes as there. Otherwise its connections that are open now are
   * counted in the overflow until it is met again
   */
  takeOver(other: SeriesStore, keepsNames: boolean): void {
    let open = other.#routes.overflowActive
    for (const subject of other.#routes.overflowed) {
      other.#routes.overflow(subject).giveOver(this.#routes.overflow(subject))
    }
    for (const route of other.#routes.retire()) {
      if (!route.isKept) open -= Math.max(route.open, 0)
      if (keepsNames || route.subject !== 'connection') this.#takeOver(route)
      else {
        open += Math.max(route.open, 0)
        if (route.open > 0) route.giveOver(this.#routes.overflow('connection'))
      }
    }
    this.#routes.moveOverflowActive(open)
    this.#cells.takeOver(other.#cells)
    this.#overflowed = other.#overflowed
    this.#unmatched = other.#unmatched
    this.#writtenOff = other.#writtenOff
    this.#routes.exchanged = other.#routes.exchanged
  }

  #takeOver(route: Route): void {
    const { process } = route.owner
    const owner = process === undefined ? this.#owners.host : this.#owners.get(process)
    const next = this.#routes.find(route.subject, owner, route.attributes)
    next.takeOver(route)
    route.giveOver(next)
  }

  /** Hot: once for each report of a connection. */
  connection(increment: Increment): void {
    const { flow, active } = increment
    const route = this.#routeOf(flow, 'connection')
    flow.open += active
    route.gain += this.#worthOf(increment)
    route.open += active
    route.wasTouched = true
    for (const cell of route.cells) cell.connection(increment)
    if (!route.isKept) this.#overflowed += 1
  }

  responses(responses: Responses): void {
    const route = this.#routeOf(responses.flow, 'connection')
    route.wasTouched = true
    for (const cell of route.cells) cell.histograms.responses(responses)
    if (!route.isKept) this.#overflowed += 1
  }

  listener(listener: Listener): void {
    const route = this.#routeOf(listener.flow, 'listener')
    route.gain += listenerWeight
    route.wasTouched = true
    for (const cell of route.cells) cell.listener(listener)
    if (!route.isKept) this.#overflowed += 1
  }

  rejection(rejection: Rejection): void {
    const { networkType, port, rejects } = rejection
    const attributes: SeriesAttributes = {
      'network.transport': 'tcp',
      'network.type': networkType,
      ...(port > 0 && { 'server.port': port }),
    }
    const route = this.#routes.find('rejection', this.#owners.host, attributes)
    route.gain += this.#rejectionWorth * rejects
    route.wasTouched = true
    for (const cell of route.cells) cell.rejection(rejection)
    if (!route.isKept) this.#overflowed += 1
  }

  synCookies(cookies: SynCookies): void {
    const { process, port } = cookies
    const owner = process === undefined ? this.#owners.host : this.#owners.get(process)
    const attributes: SeriesAttributes = {
      'network.transport': 'tcp',
      ...(process !== undefined && port > 0 && { 'server.port': port }),
    }
    const route = this.#routes.find('listener', owner, attributes)
    route.gain += listenerWeight
    route.wasTouched = true
    for (const cell of route.cells) countSynCookies(cookies, cell)
    if (!route.isKept) this.#overflowed += 1
  }

  /** When the interval that runs began. */
  get lastCollection(): Instant {
    return this.#last
  }

  /**
   * Ends the interval.
   *
   * @returns all series, in parts: each is made when it is asked for, and reports may come in between. All of them must
   * be asked for before the next interval ends.
   */
  collectParts(instant: Instant): Generator<Collected, void, void> {
    // By a clock that was set the interval began at another time: else it were too long, or ended before it began.
    const since = moved(this.#last.time, instant.setMs ?? 0)
    this.#last = { ...this.#last, time: since }
    // Series that begin with the next interval are known by this array.
    const [seconds, nanoseconds] = later(instant.time, since)
    const now: Instant = { ...instant, time: [seconds, nanoseconds] }
    this.#routes.roll(now.monotonicMs)
    this.#owners.refresh(now.monotonicMs)
    let missing = 0
    for (const route of this.#routes.kept.values()) {
      missing += settle(route)
      if (this.#isOver(route, now.monotonicMs)) this.#end(route)
      else if (route.resource !== route.owner.resource) this.#routes.rehome(route)
    }
    this.#account(missing)
    this.#routes.rebalance()

    const length = (now.monotonicMs - this.#last.monotonicMs) / 1e3
    this.#last = now
    this.#routes.since = now.time
    this.#epoch = this.#settings.namesEpoch?.() ?? 0
    return reportParts(this.#settings, this.#cells, { since, time: now.time, seconds: length })
  }

  stats(): SeriesStats {
    return {
      active: this.#routes.kept.size,
      limit: this.#settings.limit,
      overflowed: this.#overflowed,
      exchanged: this.#routes.exchanged,
      unmatched: this.#unmatched,
    }
  }

  /** Hot. */
  #routeOf(flow: Flow, subject: 'connection' | 'listener'): Route {
    const { slot } = flow
    const isFresh = slot instanceof Route && !slot.isStale && flow.namedAt === this.#epoch
    return isFresh ? slot : this.#ask(flow, subject)
  }

  /** What its name is now. If it is another one, connections that are open go on under it. */
  #ask(flow: Flow, subject: 'connection' | 'listener'): Route {
    const before = flow.slot instanceof Route ? flow.slot.current : undefined
    const peer = subject === 'connection' ? this.#settings.peerOf(flow, before?.attributes) : {}
    const attributes = attributesOf(flow, peer)
    flow.namedAt = this.#epoch
    const route =
      before?.isStale === false && isEqualIn(this.#routes.attributes, before.attributes, attributes)
        ? before
        : this.#routes.find(subject, this.#owners.get(flow.process), attributes)
    flow.slot = route
    if (route === before) return route
    flow.open = before === undefined ? 0 : before.moveOpen(flow.open, route)
    return route
  }

  /** The overflow gives what it has. What it cannot account for either began where nobody counted it. */
  #account(missing: number): void {
    const given = Math.min(missing, this.#routes.overflowActive)
    this.#routes.moveOverflowActive(-given)
    const unknown = missing - given
    const expected = Math.min(unknown, this.#writtenOff)
    this.#writtenOff -= expected
    this.#unmatched += unknown - expected
  }

  #isOver({ open, owner, touchedMs, isLeft }: Route, nowMs: number): boolean {
    const { expirationMs } = this.#settings
    const isIdle = nowMs - touchedMs >= expirationMs
    if (open === 0) return isIdle || isLeft || !owner.isAlive
    // The kernel ends what a process leaves open, but may take minutes. After that the end was lost.
    return isIdle && nowMs - owner.aliveMs >= expirationMs
  }

  #end(route: Route): void {
    this.#writtenOff += route.open
    route.moveActive(-route.open)
    route.open = 0
    this.#routes.end(route)
  }
}

/** More ends than beginnings: those began when this attribute set was part of the overflow. @returns how many */
function settle(route: Route): number {
  if (route.open >= 0) return 0
  const missing = -route.open
  route.moveActive(missing)
  route.open = 0
  return missing
}

function attributesOf(flow: Flow, peer: SeriesAttributes): SeriesAttributes {
  const { transport, networkType, role, servicePort } = flow
  return {
    'network.transport': transport,
    'network.type': networkType,
    'nettracer.role': role,
    ...(servicePort > 0 && { 'server.port': servicePort }),
    ...peer,
  }
}
