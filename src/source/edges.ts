import { type Increment, noGrowth } from '../connection/increment.ts'
import {
  type Edge,
  type EdgeColumns,
  noEdge,
  type Side,
  type Stage,
  side,
  sideOf,
} from './edge-columns.ts'
import { EdgeList } from './edge-list.ts'
import { EdgeTable } from './edge-table.ts'
import { type Held, type HeldBatch, HeldRecords } from './held-records.ts'
import { isNews, isSameProcess, type KnownFlow } from './known-flow.ts'
import { LocalAddresses } from './local-addresses.ts'
import type { NatTable } from './nat-table.ts'
import { Translations } from './translations.ts'
import { type Place, serverAt, Tuple } from './tuple.ts'

/** 65,536 connections, each under two keys if it was translated. */
const mostKeys = 1 << 17
/** Collections after which an end that was lost is believed to be: only asked when the table is full. */
const idleCollections = 60

/** Since the start. */
export interface EdgeCounts {
  /** Records of connections inside this host whose other end never came. */
  readonly untold: number
  /** Connections for which there was no room. */
  readonly leftOut: number
}

export interface EdgesSettings {
  readonly nat?: NatTable
  /** Keys of connections; a translated one has two. */
  readonly limit?: number
}

/**
 * Connections that have both ends on this host, or whose addresses were translated on it: which process is at the other
 * end, and what was reached. A connection has the same name from its first report to its end; where more is known later,
 * it leaves the series that it was counted in.
 */
export class Edges {
  readonly #limit: number
  readonly #table = new EdgeTable()
  readonly #columns: EdgeColumns = this.#table.columns
  readonly #translations: Translations
  readonly #addresses = new LocalAddresses()
  readonly #key = new Tuple()
  readonly #other = new Tuple()
  readonly #end = {
    reachedAddress: undefined as string | undefined,
    peerProcess: undefined as KnownFlow['process'] | undefined,
  }
  readonly #held = new HeldRecords()
  /** An end came that records are held for. */
  hasReleased = false
  /** What a pass has read may come behind the end of the same connection. */
  isPassing = false
  #generation = 0
  #over = new EdgeList()
  #overBefore = new EdgeList()
  #untold = 0
  #leftOut = 0

  constructor({ nat, limit = mostKeys }: EdgesSettings = {}) {
    this.#translations = new Translations(nat)
    this.#limit = limit
  }

  get counts(): EdgeCounts {
    return { untold: this.#untold, leftOut: this.#leftOut }
  }

  /** Keys in the table. */
  get size(): number {
    return this.#table.size
  }

  get #isFull(): boolean {
    return this.#table.size + 2 > this.#limit
  }

  /** Records that wait. */
  get heldRecords(): number {
    return this.#held.size
  }

  /** Before the first record of a buffer is met. */
  begin(): void {
    this.#table.reclaim()
    // Response times may come in the buffer behind that of the end.
    if (this.isPassing) return
    const over = this.#overBefore
    for (let at = 0; at < over.length; at += 1) this.#forget(over.at(at))
    over.clear()
    this.#overBefore = this.#over
    this.#over = over
  }

  /** Notes the local address of a record. All of a buffer come before the first is met. */
  learn({ words, endpointsAt }: Place): void {
    this.#addresses.add(words, endpointsAt)
  }

  /**
   * The connection that a record is of.
   *
   * @returns `noEdge` if it has no end here but that of the record, and no translated address
   */
  meet(place: Place, flow: KnownFlow, stage: Stage): Edge {
    if (flow.role === 'unknown' || flow.transport !== 'tcp') return noEdge
    const isNear = flow.isSameHost || this.#addresses.has(place.words, place.flowAt)
    if (!isNear && !this.#translations.isInUse) return noEdge
    this.#key.read(place, flow)
    const of = sideOf(flow)
    let edge = this.#known(of, stage)
    if (edge === noEdge && stage !== 'more') edge = this.#create(of, isNear, stage)
    if (edge !== noEdge) this.#take(edge, of, flow, stage)
    return edge
  }

  /** The connection of `#key`, unless that one is over, and this is another by the same addresses and ports. */
  #known(of: Side, stage: Stage): Edge {
    const columns = this.#columns
    const edge = this.#table.find(this.#key)
    const isBeginning = stage === 'first' || stage === 'failed'
    if (edge === noEdge || !isBeginning || !columns.hasEnded(edge, of) || columns.isOwed(edge, of))
      return edge
    this.#remove(edge)
    return noEdge
  }

  /**
   * Under which flow a record is told.
   *
   * @param flow as its socket has it
   * @param sink is told if the connection, counted in one series, belongs into another
   * @returns `undefined` if it is to wait for the other end
   */
  decide(
    edge: Edge,
    flow: KnownFlow,
    canWait: boolean,
    sink: { connection(increment: Increment): void },
  ): KnownFlow | undefined {
    const columns = this.#columns
    const of = sideOf(flow)
    const peer = columns.processBehind(edge, of)
    const known = columns.decided(edge, of)
    if (known === undefined) {
      const isMissing = peer === undefined && columns.isLocal(edge)
      if (isMissing && canWait) return undefined
      if (isMissing) this.#untold += 1
      return this.#decide(edge, of, flow, peer)
    }
    // Handed over to another process: what was counted has left the series of the first.
    if (!isSameProcess(known.process, flow.process)) return this.#decide(edge, of, flow, peer)
    if (!isNews(known, peer)) return known
    const next = this.#decide(edge, of, flow, peer)
    if (columns.isOpen(edge, of)) {
      sink.connection({ ...noGrowth, flow: known, active: -1, isMerged: true })
      sink.connection({ ...noGrowth, flow: next, active: 1, isMerged: true })
    }
    return next
  }

  /** What the record of a connection said, after it was told. */
  told(edge: Edge, flow: KnownFlow, active: number, isEnd: boolean): void {
    const columns = this.#columns
    const of = sideOf(flow)
    if (active !== 0) columns.count(edge, of, active)
    if (!isEnd) return
    columns.end(edge, of)
    if (!columns.isOver(edge)) return
    columns.list(edge)
    this.#over.push(edge)
  }

  /**
   * Keeps the record of a connection that waits for its other end.
   *
   * @returns whether there was room
   */
  hold(words: Uint32Array, at: number, record: Held): boolean {
    if (!this.#held.hold(words, at, record)) return false
    this.#columns.hold(record.edge)
    return true
  }

  /** All that is held, in its order, until it is called again: what is to wait on must be held again. */
  takeHeld(): HeldBatch {
    this.hasReleased = false
    const taken = this.#held.take()
    for (const { edge } of taken.list) this.#columns.release(edge)
    return taken
  }

  /** Ends a collection. */
  renew(): void {
    this.#generation += 1
    this.#translations.renew()
    if (this.#isFull) this.#sweep()
    this.#table.shrink()
  }

  /** For the connection of `#key`. */
  #create(of: Side, isNear: boolean, stage: Stage): Edge {
    const key = this.#key
    if (key.isSelf) return noEdge
    const other = this.#other
    other.copy(key)
    const isTranslated = this.#translations.follow(other, of)
    const isEndNear = isTranslated ? this.#isNear(other, of) : isNear
    const isLocal = isEndNear && stage !== 'failed'
    if (!isTranslated && !isLocal) return noEdge
    if (this.#isFull) {
      this.#leftOut += 1
      return noEdge
    }
    return isTranslated
      ? this.#createTranslated(of, isLocal, stage)
      : this.#add(key, isLocal, stage)
  }

  /** `#key` is the tuple of one end, `#other` that of the other. */
  #createTranslated(of: Side, isLocal: boolean, stage: Stage): Edge {
    const dialled = of === side.client ? this.#key : this.#other
    const seen = of === side.client ? this.#other : this.#key
    const joined = this.#joined(seen, of)
    const edge = joined === noEdge ? this.#add(seen, isLocal, stage) : joined
    if (this.#translations.has(edge)) return edge
    this.#translations.add(edge, dialled, seen)
    this.#table.addAlias(dialled, edge)
    return edge
  }

  /** Whether the end that a tuple was followed to is on this host. */
  #isNear(tuple: Tuple, of: Side): boolean {
    return tuple.isInside || this.#addresses.has(tuple.words, of === side.client ? serverAt : 0)
  }

  /** One whose server's end was met first. */
  #joined(tuple: Tuple, of: Side): Edge {
    if (of !== side.client) return noEdge
    const edge = this.#table.find(tuple)
    if (edge === noEdge || !this.#columns.hasEnded(edge, of)) return edge
    this.#remove(edge)
    return noEdge
  }

  #add(tuple: Tuple, isLocal: boolean, stage: Stage): Edge {
    const edge = this.#table.add(tuple, this.#generation)
    if (isLocal) this.#columns.setLocal(edge)
    if (stage === 'aside') this.#columns.setTentative(edge)
    return edge
  }

  #take(edge: Edge, of: Side, flow: KnownFlow, stage: Stage): void {
    const columns = this.#columns
    columns.setGeneration(edge, this.#generation)
    if (stage === 'first') columns.clearTentative(edge)
    if (columns.isDecided(edge, of)) return
    if (columns.flow(edge, of) === undefined && columns.isWaiting(edge)) this.hasReleased = true
    columns.setFlow(edge, of, flow)
    if (stage !== 'more' || !columns.isTentative(edge)) return
    columns.clearTentative(edge)
    columns.decide(edge, of, flow)
    columns.count(edge, of, 1)
  }

  #decide(edge: Edge, of: Side, flow: KnownFlow, peer: KnownFlow['process'] | undefined) {
    this.#end.reachedAddress = this.#translations.reachedFrom(edge, of)
    this.#end.peerProcess = peer === undefined || peer.pid === 0 ? undefined : peer
    const decided = flow.with(this.#end, this.#generation)
    this.#columns.decide(edge, of, decided)
    return decided
  }

  /** What was over may have gone on meanwhile, or be over once more. */
  #forget(edge: Edge): void {
    this.#columns.unlist(edge)
    if (!this.#columns.isListed(edge) && this.#columns.isOver(edge)) this.#remove(edge)
  }

  #remove(edge: Edge): void {
    this.#translations.remove(edge)
    this.#table.remove(edge)
  }

  /** Ends that found the ring full are in no record: of those edges would stay. */
  #sweep(): void {
    const isOld = (edge: Edge) =>
      this.#generation - this.#columns.generation(edge) >= idleCollections
    for (const edge of [...this.#table.all()].filter(isOld)) this.#remove(edge)
  }
}
