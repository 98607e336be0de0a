/** Calls again and again until it is stopped. */
export interface Ticker {
  start(): void
  stop(): void
}

/** Calls at multiples of an interval of the wall clock, so that the agents of a fleet collect at the same instants. */
export class AlignedTimer implements Ticker {
  readonly #intervalMs: number
  readonly #onTick: () => void
  #timer: NodeJS.Timeout | undefined

  constructor(intervalMs: number, onTick: () => void) {
    this.#intervalMs = intervalMs
    this.#onTick = onTick
  }

  start(): void {
    this.#schedule(Math.floor(Date.now() / this.#intervalMs) + 1)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #schedule(tick: number): void {
    const wait = Math.max(tick * this.#intervalMs - Date.now(), 0)
    this.#timer = setTimeout(() => {
      // Timers may be a little early, and clocks may be set: the nearest tick is the one this was.
      this.#schedule(Math.round(Date.now() / this.#intervalMs) + 1)
      this.#onTick()
    }, wait)
  }
}

/** Calls an interval after the start and each time an interval later, whatever the wall clock says. */
export class FreeTimer implements Ticker {
  readonly #intervalMs: number
  readonly #onTick: () => void
  #timer: NodeJS.Timeout | undefined

  constructor(intervalMs: number, onTick: () => void) {
    this.#intervalMs = intervalMs
    this.#onTick = onTick
  }

  start(): void {
    this.#schedule(performance.now() + this.#intervalMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #schedule(dueMs: number): void {
    this.#timer = setTimeout(
      () => {
        // After a long hold-up it goes on from now: ticks that were missed are not made up for.
        this.#schedule(Math.max(dueMs, performance.now() - this.#intervalMs) + this.#intervalMs)
        this.#onTick()
      },
      Math.max(dueMs - performance.now(), 0),
    )
  }
}

/** Drains a source again and again: at once while more is waiting, else after a pause. */
export class DrainLoop {
  readonly #pauseMs: number
  readonly #drain: () => boolean
  #timer: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined

  /** @param drain must not throw @returns whether more is waiting */
  constructor(pauseMs: number, drain: () => boolean) {
    this.#pauseMs = pauseMs
    this.#drain = drain
  }

  start(): void {
    this.#timer = setTimeout(() => this.#run(), this.#pauseMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
  }

  #run(): void {
    // Other work gets its turn between two parts.
    if (this.#drain()) this.#immediate = setImmediate(() => this.#run())
    else this.start()
  }
}
