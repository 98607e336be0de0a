import { type Increment, noGrowth } from '../connection/increment.ts'
import { formatAddress } from '../shared/addresses.ts'
import { Edge, EdgeTable, type Side } from './edge-table.ts'
import { HeldRecords } from './held-records.ts'
import { isSameProcess, type KnownFlow } from './known-flow.ts'
import { LocalAddresses } from './local-addresses.ts'
import type { NatTable } from './nat-table.ts'
import { serverAt, Tuple } from './tuple.ts'

/** 65,536 connections, each under two keys if it was translated. */
const mostKeys = 1 << 17
/** Collections after which an end that was lost is believed to be: only asked when the table is full. */
const idleCollections = 60

/** Where a record stands in a buffer. */
export interface Place {
  readonly words: Uint32Array
  /** Word of its `struct flow` and of its `struct endpoints`. */
  readonly flowAt: number
  readonly endpointsAt: number
}

/**
 * - `first`: the first word of a connection, or all of it
 * - `more`: what grew of one that was reported before
 * - `aside`: not counted in connections, and may come before the first
 * - `failed`: an attempt that nobody accepted
 */
export type Stage = 'first' | 'more' | 'aside' | 'failed'

/** Since the start. */
export interface EdgeCounts {
  /** Records of connections inside this host whose other end never came. */
  readonly untold: number
  /** Connections for which there was no room. */
  readonly leftOut: number
}

/**
 * Connections that have both ends on this host, or whose addresses were translated on it: which process is at the other
 * end, and what was reached. A connection has the same name from its first report to its end; where more is known later,
 * it leaves the series that it was counted in.
 */
export class Edges {
  readonly #nat: NatTable | undefined
  readonly #table = new EdgeTable()
  readonly #addresses = new LocalAddresses()
  readonly #key = new Tuple()
  readonly #other = new Tuple()
  readonly #end = {
    reachedAddress: undefined as string | undefined,
    peerProcess: undefined as KnownFlow['process'] | undefined,
  }
  readonly held = new HeldRecords()
  /** An end came that records are held for. */
  hasReleased = false
  /** What a pass has read may come behind the end of the same connection. */
  isPassing = false
  #generation = 0
  /** Edges that are not told by the addresses of their flow. */
  #translated = 0
  #over: Edge[] = []
  #overBefore: Edge[] = []
  #untold = 0
  #leftOut = 0

  constructor(nat?: NatTable) {
    this.#nat = nat
  }

  get counts(): EdgeCounts {
    return { untold: this.#untold, leftOut: this.#leftOut }
  }

  /** Keys in the table. */
  get size(): number {
    return this.#table.size
  }

  /** Before the first record of a buffer is met. */
  begin(): void {
    // Response times may come in the buffer behind that of the end.
    if (this.isPassing) return
    for (const edge of this.#overBefore) this.#remove(edge)
    this.#overBefore = this.#over
    this.#over = []
  }

  /** Notes the local address of a record. All of a buffer come before the first is met. */
  learn({ words, endpointsAt }: Place): void {
    this.#addresses.add(words, endpointsAt)
  }

  /**
   * The connection that a record is of.
   *
   * @returns `undefined` if it has no end here but that of the record, and no translated address
   */
  meet(place: Place, flow: KnownFlow, stage: Stage): Edge | undefined {
    if (flow.role === 'unknown' || flow.transport !== 'tcp') return undefined
    const isNear = flow.isSameHost || this.#addresses.has(place.words, place.flowAt)
    if (!isNear && !this.#mayBeTranslated) return undefined
    this.#setKey(place, flow)
    let edge = this.#known(flow.role, stage)
    if (edge === undefined && stage !== 'more') edge = this.#create(flow, isNear, stage)
    if (edge !== undefined) this.#take(edge, flow.role, flow, stage)
    return edge
  }

  get #mayBeTranslated(): boolean {
    return this.#translated > 0 || (this.#nat !== undefined && this.#nat.size > 0)
  }

  /** The connection of `#key`, unless that one is over, and this is another by the same addresses and ports. */
  #known(side: Side, stage: Stage): Edge | undefined {
    const edge = this.#table.find(this.#key)
    const isBeginning = stage === 'first' || stage === 'failed'
    if (edge === undefined || !isBeginning || !edge.hasEnded(side) || edge.isOwed(side)) return edge
    this.#remove(edge)
    return undefined
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
    const side = sideOf(flow)
    const peer = edge.processBehind(side)
    const known = edge.decided(side)
    if (known === undefined) {
      const isMissing = peer === undefined && edge.isLocal
      if (isMissing && canWait) return undefined
      if (isMissing) this.#untold += 1
      return this.#decide(edge, side, flow, peer)
    }
    // Handed over to another process: what was counted has left the series of the first.
    if (!isSameProcess(known.process, flow.process)) return this.#decide(edge, side, flow, peer)
    if (!isNews(known, peer)) return known
    const next = this.#decide(edge, side, flow, peer)
    if (edge.isOpen(side)) {
      sink.connection({ ...noGrowth, flow: known, active: -1, isMerged: true })
      sink.connection({ ...noGrowth, flow: next, active: 1, isMerged: true })
    }
    return next
  }

  /** What the record of a connection said, after it was told. */
  told(edge: Edge, flow: KnownFlow, active: number, isEnd: boolean): void {
    const side = sideOf(flow)
    if (active !== 0) edge.count(side, active)
    if (!isEnd) return
    edge.end(side)
    if (edge.isOver) this.#over.push(edge)
  }

  /** Ends a collection: nothing is held any more. */
  renew(): void {
    this.#generation += 1
    this.#nat?.renew(performance.now())
    if (this.#table.size >= mostKeys) this.#sweep()
    this.#table.shrink()
  }

  #setKey({ words, flowAt, endpointsAt }: Place, flow: KnownFlow): void {
    const key = this.#key
    const ports = words[endpointsAt + 4] as number
    const [local, remote] = [ports & 0xffff, ports >>> 16]
    if (flow.role === 'client') {
      key.setClient(words, endpointsAt)
      key.setServer(words, flowAt)
      key.setPorts(local, remote)
    } else {
      key.setClient(words, flowAt)
      key.setServer(words, endpointsAt)
      key.setPorts(remote, local)
    }
    key.seal(flow.netns)
  }

  /** For the connection of `#key`. */
  #create(flow: KnownFlow, isNear: boolean, stage: Stage): Edge | undefined {
    const isClient = flow.role === 'client'
    const [key, other] = [this.#key, this.#other]
    other.copy(key)
    const isTranslated = this.#follow(other, isClient)
    const isEndNear = isTranslated ? this.#isNear(other, isClient) : isNear
    const isLocal = isEndNear && stage !== 'failed'
    if (!isTranslated && !isLocal) return undefined
    if (this.#table.size + 2 > mostKeys) {
      this.#leftOut += 1
      return undefined
    }
    if (!isTranslated) return this.#add(key, isLocal, stage)
    const [dialled, seen] = isClient ? [key, other] : [other, key]
    const edge = this.#joined(seen, isClient) ?? this.#add(seen, isLocal, stage)
    if (edge.translated === undefined) this.#translate(edge, dialled, seen)
    return edge
  }

  /** From the tuple of one end to that of the other. @returns whether it was translated */
  #follow(tuple: Tuple, isClient: boolean): boolean {
    if (this.#nat === undefined) return false
    return isClient ? this.#nat.forward(tuple) : this.#nat.backward(tuple)
  }

  /** Whether the end that a tuple was followed to is on this host. */
  #isNear(tuple: Tuple, isClient: boolean): boolean {
    return tuple.isInside || this.#addresses.has(tuple.words, isClient ? serverAt : 0)
  }

  /** One whose server's end was met first. */
  #joined(tuple: Tuple, isClient: boolean): Edge | undefined {
    if (!isClient) return undefined
    const edge = this.#table.find(tuple)
    if (edge === undefined || !edge.hasEnded('client')) return edge
    this.#remove(edge)
    return undefined
  }

  #add(tuple: Tuple, isLocal: boolean, stage: Stage): Edge {
    const edge = new Edge(tuple, this.#generation)
    if (isLocal) edge.setLocal()
    if (stage === 'aside') edge.setTentative()
    this.#table.add(tuple, edge)
    return edge
  }

  /** @param dialled the tuple of the client @param seen that of the server */
  #translate(edge: Edge, dialled: Tuple, seen: Tuple): void {
    this.#translated += 1
    edge.translated = {
      alias: undefined,
      clientReached: dialled.hasServerOf(seen) ? undefined : formatAddress(seen.serverAddress),
      serverReached: dialled.hasClientOf(seen) ? undefined : formatAddress(dialled.clientAddress),
    }
    const { first, second } = dialled
    if (this.#table.find(dialled) !== undefined) return
    edge.translated.alias = { first, second }
    this.#table.add(dialled, edge)
  }

  #take(edge: Edge, side: Side, flow: KnownFlow, stage: Stage): void {
    edge.generation = this.#generation
    if (stage === 'first') edge.clearTentative()
    if (edge.isDecided(side)) return
    if (edge[side] === undefined && edge.isWaiting) this.hasReleased = true
    edge[side] = flow
    if (stage === 'more' && edge.isTentative) {
      edge.clearTentative()
      edge.decide(side, flow)
      edge.count(side, 1)
    }
  }

  #decide(edge: Edge, side: Side, flow: KnownFlow, peer: KnownFlow['process'] | undefined) {
    const { translated } = edge
    this.#end.reachedAddress =
      side === 'client' ? translated?.clientReached : translated?.serverReached
    this.#end.peerProcess = peer === undefined || peer.pid === 0 ? undefined : peer
    const decided = flow.with(this.#end, this.#generation)
    edge.decide(side, decided)
    return decided
  }

  #remove(edge: Edge): void {
    this.#table.remove(edge, edge)
    const { translated } = edge
    if (translated === undefined) return
    this.#translated -= 1
    if (translated.alias !== undefined) this.#table.remove(translated.alias, edge)
    edge.translated = undefined
  }

  /** Ends that found the ring full are in no record: of those edges would stay. */
  #sweep(): void {
    const old = [...this.#table.all()].filter(
      ({ generation }) => this.#generation - generation >= idleCollections,
    )
    for (const edge of old) this.#remove(edge)
  }
}

function sideOf({ role }: KnownFlow): Side {
  return role === 'client' ? 'client' : 'server'
}

/** Whether more is known of the process at the other end than was told. */
function isNews(told: KnownFlow, peer: KnownFlow['process'] | undefined): boolean {
  return peer !== undefined && peer.pid !== 0 && !isSameProcess(told.peerProcess, peer)
}
