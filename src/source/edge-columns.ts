import { EdgeList } from './edge-list.ts'
import type { KnownFlow } from './known-flow.ts'

/** An end of a connection: also the index of its bits. */
export const side = { client: 0, server: 1 } as const
export type Side = (typeof side)[keyof typeof side]

/**
 * - `first`: the first word of a connection, or all of it
 * - `more`: what grew of one that was reported before
 * - `aside`: not counted in connections, and may come before the first
 * - `failed`: an attempt that nobody accepted
 */
export type Stage = 'first' | 'more' | 'aside' | 'failed'

/** Of a flow whose role is known. */
export function sideOf({ role }: KnownFlow): Side {
  return role === 'client' ? side.client : side.server
}

/** A connection of which both ends, or the address behind a translation, are told: its place in the columns. */
export type Edge = number
/** Stands where there is none. */
export const noEdge: Edge = 0

const fewest = 512

/** Shifted by the side, where there is one for each. */
const decided = 1 << 0
const ended = 1 << 2
const open = 1 << 4
const owed = 1 << 6
const local = 1 << 8
const tentative = 1 << 9
const removed = 1 << 10
const alias = 1 << 11
const taken = 1 << 12

/** What is known of each edge, in columns: edges come and go with connections, and objects for them would cost more than all else. */
export class EdgeColumns {
  #capacity = fewest
  #first = new Int32Array(fewest)
  #second = new Int32Array(fewest)
  #flags = new Int32Array(fewest)
  /** When it was last met; of an alias the edge that it stands for. */
  #generation = new Int32Array(fewest)
  /** Records that wait for its other end, and lists of what is over that it is in. */
  #held = new Uint16Array(fewest)
  #listed = new Uint8Array(fewest)
  /** Of each end as its socket has it, until it is decided what is told of the other one. */
  #flows = new Array<KnownFlow | undefined>(fewest * 2)
  /** Edges ever used; the first is none. */
  #used = 1
  readonly #free = new EdgeList()

  take(first: number, second: number, generation: number): Edge {
    const edge = this.#free.length > 0 ? this.#free.pop() : this.#next()
    this.#first[edge] = first
    this.#second[edge] = second
    this.#generation[edge] = generation
    this.#flags[edge] = taken
    return edge
  }

  give(edge: Edge): void {
    this.#flows[edge * 2] = undefined
    this.#flows[edge * 2 + 1] = undefined
    this.#flags[edge] = 0
    this.#free.push(edge)
  }

  first(edge: Edge): number {
    return this.#first[edge] as number
  }

  has(edge: Edge, first: number, second: number): boolean {
    return this.#first[edge] === first && this.#second[edge] === second
  }

  setAlias(edge: Edge, of: Edge): void {
    this.#set(edge, alias)
    this.#generation[edge] = of
  }

  /** The edge that one stands for: itself, unless it is an alias. */
  behind(edge: Edge): Edge {
    return this.#is(edge, alias) ? (this.#generation[edge] as number) : edge
  }

  isAlias(edge: Edge): boolean {
    return this.#is(edge, alias)
  }

  generation(edge: Edge): number {
    return this.#generation[edge] as number
  }

  setGeneration(edge: Edge, generation: number): void {
    this.#generation[edge] = generation
  }

  /** Both of its ends are to be on this host. */
  isLocal(edge: Edge): boolean {
    return this.#is(edge, local)
  }

  setLocal(edge: Edge): void {
    this.#set(edge, local)
  }

  /** Made for a record that may have come before the first word of its connection, or not. */
  isTentative(edge: Edge): boolean {
    return this.#is(edge, tentative)
  }

  setTentative(edge: Edge): void {
    this.#set(edge, tentative)
  }

  clearTentative(edge: Edge): void {
    this.#clear(edge, tentative)
  }

  /** Nobody finds it any more; who has it may go on. */
  isRemoved(edge: Edge): boolean {
    return this.#is(edge, removed)
  }

  setRemoved(edge: Edge): void {
    this.#set(edge, removed)
  }

  /** Records of one end are held until the other is met. */
  isWaiting(edge: Edge): boolean {
    return this.#held[edge] !== 0
  }

  hold(edge: Edge): void {
    this.#held[edge] = (this.#held[edge] as number) + 1
  }

  release(edge: Edge): void {
    this.#held[edge] = (this.#held[edge] as number) - 1
  }

  isListed(edge: Edge): boolean {
    return this.#listed[edge] !== 0
  }

  list(edge: Edge): void {
    this.#listed[edge] = (this.#listed[edge] as number) + 1
  }

  unlist(edge: Edge): void {
    this.#listed[edge] = (this.#listed[edge] as number) - 1
  }

  flow(edge: Edge, of: Side): KnownFlow | undefined {
    return this.#flows[edge * 2 + of]
  }

  setFlow(edge: Edge, of: Side, flow: KnownFlow): void {
    this.#flows[edge * 2 + of] = flow
  }

  /** Flow under which this end is told, once that is decided. */
  decided(edge: Edge, of: Side): KnownFlow | undefined {
    return this.isDecided(edge, of) ? this.flow(edge, of) : undefined
  }

  isDecided(edge: Edge, of: Side): boolean {
    return this.#is(edge, decided << of)
  }

  decide(edge: Edge, of: Side, flow: KnownFlow): void {
    this.setFlow(edge, of, flow)
    this.#set(edge, decided << of)
  }

  /** Process at the other end. */
  processBehind(edge: Edge, of: Side): KnownFlow['process'] | undefined {
    return this.#flows[edge * 2 + 1 - of]?.process
  }

  hasEnded(edge: Edge, of: Side): boolean {
    return this.#is(edge, ended << of)
  }

  end(edge: Edge, of: Side): void {
    this.#set(edge, ended << of)
  }

  /** Nothing more will be told of it. */
  isOver(edge: Edge): boolean {
    const { client, server } = side
    return (
      (this.hasEnded(edge, client) || this.flow(edge, client) === undefined) &&
      (this.hasEnded(edge, server) || this.flow(edge, server) === undefined)
    )
  }

  /** Counted among the open connections of its flow. */
  isOpen(edge: Edge, of: Side): boolean {
    return this.#is(edge, open << of)
  }

  /** It was told that it is not open any more, before it was told that it was. */
  isOwed(edge: Edge, of: Side): boolean {
    return this.#is(edge, owed << of)
  }

  count(edge: Edge, of: Side, active: number): void {
    if (active > 0) {
      if (this.isOwed(edge, of)) this.#clear(edge, owed << of)
      else this.#set(edge, open << of)
    } else if (active < 0) {
      if (this.isOpen(edge, of)) this.#clear(edge, open << of)
      else this.#set(edge, owed << of)
    }
  }

  /** Gives memory back after a burst, if all that is left stands at the beginning. */
  shrink(): void {
    let last = this.#used - 1
    while (last > 0 && !this.#is(last, taken)) last -= 1
    let capacity = fewest
    while (capacity <= last * 2) capacity *= 2
    if (capacity * 2 > this.#capacity) return
    this.#resize(capacity)
    this.#used = last + 1
    this.#free.clear()
    for (let edge = last; edge > 0; edge -= 1) if (!this.#is(edge, taken)) this.#free.push(edge)
  }

  #next(): Edge {
    if (this.#used === this.#capacity) this.#resize(this.#capacity * 2)
    this.#used += 1
    return this.#used - 1
  }

  #resize(capacity: number): void {
    this.#capacity = capacity
    this.#first = resized(this.#first, new Int32Array(capacity))
    this.#second = resized(this.#second, new Int32Array(capacity))
    this.#flags = resized(this.#flags, new Int32Array(capacity))
    this.#generation = resized(this.#generation, new Int32Array(capacity))
    this.#held = resized(this.#held, new Uint16Array(capacity))
    this.#listed = resized(this.#listed, new Uint8Array(capacity))
    const flows = new Array<KnownFlow | undefined>(capacity * 2)
    for (let at = Math.min(capacity * 2, this.#flows.length) - 1; at >= 0; at -= 1) {
      flows[at] = this.#flows[at]
    }
    this.#flows = flows
  }

  #is(edge: Edge, flag: number): boolean {
    return ((this.#flags[edge] as number) & flag) !== 0
  }

  #set(edge: Edge, flag: number): void {
    this.#flags[edge] = (this.#flags[edge] as number) | flag
  }

  #clear(edge: Edge, flag: number): void {
    this.#flags[edge] = (this.#flags[edge] as number) & ~flag
  }
}

function resized<Column extends Int32Array | Uint16Array | Uint8Array>(
  before: Column,
  after: Column,
): Column {
  after.set(before.subarray(0, after.length))
  return after
}
