export interface SamplingSettings {
  /** In ms. */
  readonly tick: number
  readonly initial: number
  readonly thereafter: number
}

/** Messages that are counted apart; others share a count. */
const mostKinds = 4096

/** Lets the first of a message through in each tick, then every so-manieth: as the Collector's log does. */
export class LogSampler {
  readonly #settings: SamplingSettings
  readonly #counts = new Map<string, { beganMs: number; lines: number }>()

  constructor(settings: SamplingSettings) {
    this.#settings = settings
  }

  /** @param nowMs a clock that was set back begins a tick */
  admits(level: string, message: string, nowMs: number): boolean {
    const { tick, initial, thereafter } = this.#settings
    const name = `${level} ${message}`
    const kind = this.#counts.has(name) || this.#counts.size < mostKinds ? name : level
    const known = this.#counts.get(kind)
    const isOver = known === undefined || nowMs - known.beganMs >= tick || nowMs < known.beganMs
    const count = isOver ? { beganMs: nowMs, lines: 0 } : known
    if (isOver) this.#counts.set(kind, count)
    count.lines += 1
    if (count.lines <= initial) return true
    return thereafter > 0 && (count.lines - initial) % thereafter === 0
  }
}
