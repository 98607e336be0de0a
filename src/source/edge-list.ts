const fewest = 256

/** Edges one after the other, without an object for each. */
export class EdgeList {
  #edges = new Int32Array(fewest)
  length = 0

  push(edge: number): void {
    if (this.length === this.#edges.length) this.#grow()
    this.#edges[this.length] = edge
    this.length += 1
  }

  at(index: number): number {
    return this.#edges[index] as number
  }

  /** Only of one that is not empty. */
  pop(): number {
    this.length -= 1
    return this.at(this.length)
  }

  set(index: number, edge: number): void {
    this.#edges[index] = edge
  }

  /** Empties it. Gives memory back after a burst. */
  clear(): void {
    if (this.length * 8 < this.#edges.length && this.#edges.length > fewest) {
      this.#edges = new Int32Array(Math.max(this.#edges.length >> 1, fewest))
    }
    this.length = 0
  }

  #grow(): void {
    const before = this.#edges
    this.#edges = new Int32Array(before.length * 2)
    this.#edges.set(before)
  }
}
