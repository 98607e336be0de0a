import { setImmediate } from 'node:timers/promises'

const turnMs = 10

/** Long work in turns of 10 ms: between them everything else goes on. */
export class Turns {
  #beganMs = performance.now()

  get isOver(): boolean {
    return performance.now() - this.#beganMs >= turnMs
  }

  async next(): Promise<void> {
    await setImmediate()
    this.#beganMs = performance.now()
  }

  /** Goes through all steps. @returns what they come to */
  async run<Result>(steps: Iterator<unknown, Result>): Promise<Result> {
    for (;;) {
      const { done, value } = steps.next()
      if (done === true) return value
      if (this.isOver) await this.next()
    }
  }
}
