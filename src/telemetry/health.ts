import type { Health } from './telemetry.ts'

/** Something keeps a component from its work. */
export interface Problem {
  readonly component: string
  /** A word for each thing that can be wrong with a component. */
  readonly what: string
  readonly reason: string
  /** Wall clock in ms: when it began. */
  readonly since: number
}

interface Kept extends Problem {
  readonly until: number
}

/** More than there are components times what can be wrong with each. */
const mostProblems = 1000

/** What keeps components from their work now. */
export class HealthBook {
  readonly #problems = new Map<string, Kept>()
  readonly #now: () => number

  /** @param now wall clock in ms */
  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Where a component tells. Several with one name, of metrics and logs, tell of one. */
  of(component: string): Health {
    return {
      failing: (what, reason, lastsMs = Number.POSITIVE_INFINITY) => {
        const key = `${component}\n${what}`
        const now = this.#now()
        const known = this.#problems.get(key)
        if (known === undefined && this.#problems.size >= mostProblems) return
        const since = known !== undefined && known.until > now ? known.since : now
        this.#problems.set(key, { component, what, reason, since, until: now + lastsMs })
      },
      working: (what) => void this.#problems.delete(`${component}\n${what}`),
    }
  }

  /** Those that last, the oldest first. */
  problems(): Problem[] {
    const now = this.#now()
    for (const [key, { until }] of this.#problems) if (until <= now) this.#problems.delete(key)
    return [...this.#problems.values()]
      .map(({ component, what, reason, since }) => ({ component, what, reason, since }))
      .toSorted((one, other) => one.since - other.since)
  }

  /** Of components that are no more nothing is wrong. */
  keepOnly(components: ReadonlySet<string>): void {
    for (const [key, { component }] of this.#problems) {
      if (!components.has(component)) this.#problems.delete(key)
    }
  }
}
