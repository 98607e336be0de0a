interface Wait {
  readonly wake: () => void
  /** Monotonic clock. */
  readonly until: number
  /** The backend said how long. */
  readonly isAsked: boolean
}

/** The requests that wait for their next attempt. */
export class Waits {
  readonly #waits = new Set<Wait>()
  readonly #probeMs: number

  /** @param probeMs while all wait of their own accord, one attempt is made at least this often */
  constructor(probeMs: number) {
    this.#probeMs = probeMs
  }

  /**
   * How long to wait before an attempt: one of those that wait tries soon, so that a backend that is back is found,
   * however long waits have grown.
   */
  shortened(waitMs: number, isAsked: boolean): number {
    if (isAsked || waitMs <= this.#probeMs) return waitMs
    const soon = performance.now() + this.#probeMs
    const hasProbe = [...this.#waits].some((wait) => !wait.isAsked && wait.until <= soon)
    return hasProbe ? waitMs : this.#probeMs
  }

  async wait(ms: number, isAsked: boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#waits.delete(wait)
        resolve()
      }
      const wait = { wake, until: performance.now() + ms, isAsked }
      const timer = setTimeout(wake, ms)
      this.#waits.add(wait)
    })
  }

  /** The backend answers again: only those go on waiting that it told to. */
  endOwn(): void {
    for (const { wake, isAsked } of this.#waits) if (!isAsked) wake()
  }

  endAll(): void {
    for (const { wake } of this.#waits) wake()
  }
}
