import type { Logger } from '../../telemetry/telemetry.ts'
import type { Disturbance } from './timeline.ts'

/** Collections that did not come when they were due, or whose clock was set, since the start. */
export type GapCounts = Readonly<Record<'asleep' | 'clock_set' | 'late', number>>

/** Counts and tells what disturbs the rhythm of collections: their numbers stay right, but intervals are not as asked. */
export class Punctuality {
  readonly #logger: Logger
  readonly #counts = { asleep: 0, clock_set: 0, late: 0 }
  #lastMs: number | undefined

  constructor(logger: Logger) {
    this.#logger = logger
  }

  get gaps(): GapCounts {
    return this.#counts
  }

  /**
   * @param monotonicMs when the interval ended
   * @param intervalMs how long it was to be
   */
  collected(monotonicMs: number, intervalMs: number, { setMs, asleepMs }: Disturbance): void {
    const lasted = this.#lastMs === undefined ? 0 : monotonicMs - this.#lastMs
    this.#lastMs = monotonicMs
    if (asleepMs > 0) {
      this.#counts.asleep += 1
      this.#logger.limited('warn', 'asleep', 'this machine slept: an interval is longer by it', {
        seconds: asleepMs / 1e3,
      })
    }
    if (setMs !== 0) {
      this.#counts.clock_set += 1
      this.#logger.limited('warn', 'clock_set', 'the clock of this machine was set', {
        seconds: setMs / 1e3,
      })
    }
    if (lasted > 1.5 * intervalMs) {
      this.#counts.late += 1
      this.#logger.limited('warn', 'collection_late', 'an interval was longer than configured', {
        seconds: lasted / 1e3,
        configured_seconds: intervalMs / 1e3,
      })
    }
  }
}
