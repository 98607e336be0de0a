import { type Edge, EdgeColumns, noEdge } from './edge-columns.ts'
import { EdgeList } from './edge-list.ts'

/** {@link Tuple}'s hash. */
interface Hash {
  readonly first: number
  readonly second: number
}

const fewestSlots = 1024

/**
 * Edges by the hash of their tuple. Open addressing, at most half full.
 *
 * One that is removed keeps what is known of it until it is reclaimed: whoever met it before goes on with it.
 */
export class EdgeTable {
  readonly columns = new EdgeColumns()
  #mask = fewestSlots - 1
  #slots = new Int32Array(fewestSlots)
  /** Second keys, by their edges. */
  readonly #aliases = new Map<Edge, Edge>()
  #removed = new EdgeList()
  #kept = new EdgeList()
  /** Keys: an edge may have two. */
  size = 0

  find({ first, second }: Hash): Edge {
    const { columns } = this
    let slot = first & this.#mask
    for (;;) {
      const key = this.#slots[slot] as number
      if (key === noEdge) return noEdge
      if (columns.has(key, first, second)) return columns.behind(key)
      slot = (slot + 1) & this.#mask
    }
  }

  /** Only for a key that is not there. */
  add({ first, second }: Hash, generation: number): Edge {
    const edge = this.columns.take(first, second, generation)
    this.#insert(edge)
    return edge
  }

  /** A second key for an edge, unless it is another's. */
  addAlias(hash: Hash, edge: Edge): void {
    if (this.find(hash) !== noEdge) return
    const key = this.columns.take(hash.first, hash.second, 0)
    this.columns.setAlias(key, edge)
    this.#aliases.set(edge, key)
    this.#insert(key)
  }

  /** Takes its keys away. */
  remove(edge: Edge): void {
    if (this.columns.isRemoved(edge)) return
    this.columns.setRemoved(edge)
    this.#delete(edge)
    this.#removed.push(edge)
    const key = this.#aliases.get(edge)
    if (key === undefined) return
    this.#aliases.delete(edge)
    this.#delete(key)
    this.columns.give(key)
  }

  /** Nobody has edges but those who hold or list them. */
  reclaim(): void {
    if (this.#removed.length === 0) return
    const { columns } = this
    const removed = this.#removed
    for (let at = 0; at < removed.length; at += 1) {
      const edge = removed.at(at)
      if (columns.isWaiting(edge) || columns.isListed(edge)) this.#kept.push(edge)
      else columns.give(edge)
    }
    removed.clear()
    this.#removed = this.#kept
    this.#kept = removed
  }

  *all(): Generator<Edge> {
    for (const key of this.#slots) {
      if (key !== noEdge && !this.columns.isAlias(key)) yield key
    }
  }

  /** Gives memory back after a burst. */
  shrink(): void {
    let slots = fewestSlots
    while (slots < this.size * 4) slots *= 2
    if (slots * 4 <= this.#mask) this.#resize(slots)
    this.columns.shrink()
  }

  #insert(key: Edge): void {
    if (this.size * 2 > this.#mask) this.#resize((this.#mask + 1) * 2)
    this.#place(key)
    this.size += 1
  }

  #delete(key: Edge): void {
    let slot = this.columns.first(key) & this.#mask
    while (this.#slots[slot] !== key) slot = (slot + 1) & this.#mask
    this.size -= 1
    this.#close(slot)
  }

  /** Moves those behind a hole that would not be found any more. */
  #close(hole: number): void {
    const slots = this.#slots
    let empty = hole
    let slot = (hole + 1) & this.#mask
    for (;;) {
      const key = slots[slot] as number
      if (key === noEdge) break
      const wanted = this.columns.first(key) & this.#mask
      if (((slot - wanted) & this.#mask) >= ((slot - empty) & this.#mask)) {
        slots[empty] = key
        empty = slot
      }
      slot = (slot + 1) & this.#mask
    }
    slots[empty] = noEdge
  }

  #place(key: Edge): void {
    let slot = this.columns.first(key) & this.#mask
    while (this.#slots[slot] !== noEdge) slot = (slot + 1) & this.#mask
    this.#slots[slot] = key
  }

  #resize(slots: number): void {
    const before = this.#slots
    this.#mask = slots - 1
    this.#slots = new Int32Array(slots)
    for (const key of before) if (key !== noEdge) this.#place(key)
  }
}
