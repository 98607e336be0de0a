import type { KnownFlow } from './known-flow.ts'

export type Side = 'client' | 'server'

/** `struct` of two words in a table: {@link Tuple}'s hash. */
interface Hash {
  readonly first: number
  readonly second: number
}

/** What address translation did to a connection. */
export interface Translated {
  /** Key of the tuple as the client has it, if it is another than the server's. */
  alias: Hash | undefined
  /** What the client reached, and the client's own address, where the socket has another. */
  clientReached: string | undefined
  serverReached: string | undefined
}

const decided = { client: 1, server: 2 } as const
const ended = { client: 4, server: 8 } as const
const open = { client: 16, server: 32 } as const
const local = 64
const tentative = 128
const waiting = 256
const owed = { client: 512, server: 1024 } as const

/** A connection of which both ends, or the address behind a translation, are told. */
export class Edge implements Hash {
  readonly first: number
  readonly second: number
  /** Flow of each end: as its socket has it until it is decided what is told of the other end. */
  client: KnownFlow | undefined = undefined
  server: KnownFlow | undefined = undefined
  translated: Translated | undefined = undefined
  /** When it was last met. */
  generation: number
  #flags = 0

  constructor({ first, second }: Hash, generation: number) {
    this.first = first
    this.second = second
    this.generation = generation
  }

  /** Both of its ends are to be on this host. */
  get isLocal(): boolean {
    return (this.#flags & local) !== 0
  }

  setLocal(): void {
    this.#flags |= local
  }

  /** Made for a record that may have come before the first word of its connection, or not. */
  get isTentative(): boolean {
    return (this.#flags & tentative) !== 0
  }

  setTentative(): void {
    this.#flags |= tentative
  }

  clearTentative(): void {
    this.#flags &= ~tentative
  }

  /** Records of one end are held until the other is met. */
  get isWaiting(): boolean {
    return (this.#flags & waiting) !== 0
  }

  setWaiting(isWaiting: boolean): void {
    if (isWaiting) this.#flags |= waiting
    else this.#flags &= ~waiting
  }

  /** Flow under which this end is told, once that is decided. */
  decided(side: Side): KnownFlow | undefined {
    return this.isDecided(side) ? this[side] : undefined
  }

  /** Process at the other end. */
  processBehind(side: Side): KnownFlow['process'] | undefined {
    return (side === 'client' ? this.server : this.client)?.process
  }

  isDecided(side: Side): boolean {
    return (this.#flags & decided[side]) !== 0
  }

  decide(side: Side, flow: KnownFlow): void {
    this[side] = flow
    this.#flags |= decided[side]
  }

  hasEnded(side: Side): boolean {
    return (this.#flags & ended[side]) !== 0
  }

  end(side: Side): void {
    this.#flags |= ended[side]
  }

  /** Nothing more will be told of it. */
  get isOver(): boolean {
    return (
      (this.hasEnded('client') || this.client === undefined) &&
      (this.hasEnded('server') || this.server === undefined)
    )
  }

  /** Counted among the open connections of its flow. */
  isOpen(side: Side): boolean {
    return (this.#flags & open[side]) !== 0
  }

  /** It was told that it is not open any more, before it was told that it was. */
  isOwed(side: Side): boolean {
    return (this.#flags & owed[side]) !== 0
  }

  count(side: Side, active: number): void {
    if (active > 0) {
      if (this.isOwed(side)) this.#flags &= ~owed[side]
      else this.#flags |= open[side]
    } else if (active < 0) {
      if (this.isOpen(side)) this.#flags &= ~open[side]
      else this.#flags |= owed[side]
    }
  }
}

const fewestSlots = 1024

/** Edges by the hash of their tuple. Open addressing, at most half full. */
export class EdgeTable {
  #mask = fewestSlots - 1
  #hashes = new Int32Array(fewestSlots * 2)
  #edges = new Array<Edge | undefined>(fewestSlots)
  /** Keys: an edge may have two. */
  size = 0

  find({ first, second }: Hash): Edge | undefined {
    let slot = first & this.#mask
    for (;;) {
      const edge = this.#edges[slot]
      if (edge === undefined) return undefined
      if (this.#hashes[slot * 2] === first && this.#hashes[slot * 2 + 1] === second) return edge
      slot = (slot + 1) & this.#mask
    }
  }

  /** Only for a key that is not there. */
  add({ first, second }: Hash, edge: Edge): void {
    if (this.size * 2 > this.#mask) this.#resize((this.#mask + 1) * 2)
    this.#place(first, second, edge)
    this.size += 1
  }

  /** Takes away the key if it is this edge's. */
  remove({ first, second }: Hash, edge: Edge): void {
    let slot = first & this.#mask
    while (
      this.#edges[slot] !== edge ||
      this.#hashes[slot * 2] !== first ||
      this.#hashes[slot * 2 + 1] !== second
    ) {
      if (this.#edges[slot] === undefined) return
      slot = (slot + 1) & this.#mask
    }
    this.size -= 1
    this.#close(slot)
  }

  *all(): Generator<Edge> {
    for (const edge of this.#edges) if (edge !== undefined) yield edge
  }

  /** Gives memory back after a burst. */
  shrink(): void {
    let slots = fewestSlots
    while (slots < this.size * 4) slots *= 2
    if (slots * 4 <= this.#mask) this.#resize(slots)
  }

  /** Moves those behind a hole that would not be found any more. */
  #close(hole: number): void {
    let empty = hole
    let slot = (hole + 1) & this.#mask
    for (;;) {
      const edge = this.#edges[slot]
      if (edge === undefined) break
      const wanted = (this.#hashes[slot * 2] as number) & this.#mask
      if (((slot - wanted) & this.#mask) >= ((slot - empty) & this.#mask)) {
        this.#edges[empty] = edge
        this.#hashes[empty * 2] = this.#hashes[slot * 2] as number
        this.#hashes[empty * 2 + 1] = this.#hashes[slot * 2 + 1] as number
        empty = slot
      }
      slot = (slot + 1) & this.#mask
    }
    this.#edges[empty] = undefined
  }

  #place(first: number, second: number, edge: Edge): void {
    let slot = first & this.#mask
    while (this.#edges[slot] !== undefined) slot = (slot + 1) & this.#mask
    this.#hashes[slot * 2] = first
    this.#hashes[slot * 2 + 1] = second
    this.#edges[slot] = edge
  }

  #resize(slots: number): void {
    const hashes = this.#hashes
    const edges = this.#edges
    this.#mask = slots - 1
    this.#hashes = new Int32Array(slots * 2)
    this.#edges = new Array<Edge | undefined>(slots)
    for (const [slot, edge] of edges.entries()) {
      if (edge === undefined) continue
      this.#place(hashes[slot * 2] as number, hashes[slot * 2 + 1] as number, edge)
    }
  }
}
