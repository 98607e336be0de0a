/** Keeps the items of most weight, some of the others for a while, and says which went. */
export class MostActive<Item> {
  readonly #limit: number
  readonly #weightOf: (item: Item) => number
  readonly #onDrop: (item: Item) => void
  #items: Item[] = []

  /** @param limit at most twice as many are held at a time */
  constructor(limit: number, weightOf: (item: Item) => number, onDrop: (item: Item) => void) {
    this.#limit = limit
    this.#weightOf = weightOf
    this.#onDrop = onDrop
  }

  add(item: Item): void {
    this.#items.push(item)
    if (this.#items.length >= this.#limit * 2) this.#prune()
  }

  /** The items kept, the most weight first; begins anew. */
  take(): Item[] {
    this.#prune()
    const items = this.#items
    this.#items = []
    return items
  }

  #prune(): void {
    this.#items.sort((one, other) => this.#weightOf(other) - this.#weightOf(one))
    for (const item of this.#items.splice(this.#limit)) this.#onDrop(item)
  }
}
