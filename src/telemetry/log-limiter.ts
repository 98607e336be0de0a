const periodMs = 60_000
const maxKinds = 1000
const otherKinds = 'all other kinds'

interface Kind {
  /** When the last one was let through. */
  lastMs: number
  leftOut: number
}

/** Lets the first of a kind through, then one a minute. Kinds beyond a bound share one. */
export class LogLimiter {
  readonly #kinds = new Map<string, Kind>()

  /**
   * @param nowMs wall clock; a clock that was set back lets one through
   * @returns how many were left out since the last one let through; `undefined` to leave this one out
   */
  admit(kind: string, nowMs: number): number | undefined {
    const known = this.#find(kind)
    if (known === undefined) {
      this.#kinds.set(this.#kinds.size < maxKinds ? kind : otherKinds, {
        lastMs: nowMs,
        leftOut: 0,
      })
      return 0
    }
    const since = nowMs - known.lastMs
    if (since >= 0 && since < periodMs) {
      known.leftOut += 1
      return undefined
    }
    const { leftOut } = known
    known.lastMs = nowMs
    known.leftOut = 0
    return leftOut
  }

  #find(kind: string): Kind | undefined {
    return (
      this.#kinds.get(kind) ??
      (this.#kinds.size >= maxKinds ? this.#kinds.get(otherKinds) : undefined)
    )
  }
}
