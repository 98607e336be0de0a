import { setImmediate as nextTurn } from 'node:timers/promises'

const TURN_MS = 5

/** Lets long work share the event loop: `next()` gives others a turn once about 5 ms were used up. */
export class Turns {
  #since = performance.now()

  async next(): Promise<void> {
    if (performance.now() - this.#since < TURN_MS) return
    await nextTurn()
    this.#since = performance.now()
  }
}
