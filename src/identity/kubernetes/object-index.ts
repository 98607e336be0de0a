import { type JsonObject, objectOf, textOf } from './fields.ts'
import type { ObjectSink } from './resource-watch.ts'

export interface ObjectIndexSettings<Kept> {
  readonly most: number
  /** @returns what is needed of an object, as plain values; `undefined` if it is of no use */
  readonly read: (object: JsonObject) => Kept | undefined
  /** @returns what is kept from now on, which may share parts with others */
  readonly added: (read: Kept) => Kept
  readonly removed: (kept: Kept) => void
}

interface Entry<Kept> {
  readonly kept: Kept
  generation: number
}

/** Of the objects of one resource, what is needed. */
export class ObjectIndex<Kept> implements ObjectSink {
  readonly #settings: ObjectIndexSettings<Kept>
  readonly #entries = new Map<string, Entry<Kept>>()
  #generation = 0
  #changes = 0
  #leftOut = 0

  constructor(settings: ObjectIndexSettings<Kept>) {
    this.#settings = settings
  }

  get size(): number {
    return this.#entries.size
  }

  /** Grows with each object that is new, other than before, or gone. */
  get changes(): number {
    return this.#changes
  }

  /** Objects that were beyond the most that are kept. */
  get leftOut(): number {
    return this.#leftOut
  }

  relisting(): void {
    this.#generation += 1
  }

  listed(): void {
    for (const [uid, { generation }] of this.#entries) {
      if (generation !== this.#generation) this.drop(uid)
    }
  }

  put(object: JsonObject): void {
    const uid = textOf(objectOf(object['metadata'])['uid'])
    if (uid === undefined) return
    const kept = this.#settings.read(object)
    const known = this.#entries.get(uid)
    if (kept === undefined) this.drop(uid)
    else if (known !== undefined && isSame(known.kept, kept)) known.generation = this.#generation
    else if (known === undefined && this.#entries.size >= this.#settings.most) this.#leftOut += 1
    else this.#keep(uid, kept)
  }

  drop(uid: string): void {
    const known = this.#entries.get(uid)
    if (known === undefined) return
    this.#entries.delete(uid)
    this.#settings.removed(known.kept)
    this.#changes += 1
  }

  #keep(uid: string, read: Kept): void {
    this.drop(uid)
    const kept = this.#settings.added(read)
    this.#entries.set(uid, { kept, generation: this.#generation })
    this.#changes += 1
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
