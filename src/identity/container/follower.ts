import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../../shared/errors.ts'
import type { ContainerFacts } from './directory.ts'
import { NotServed, type Runtime, type RuntimeSink } from './runtime.ts'
import type { ContainerTable, Teller } from './table.ts'

export interface FollowerCounts {
  /** What runtimes told: lists, and containers that began, changed or ended. */
  events: number
  /** Connections that failed, and messages that could not be read. */
  failures: number
}

export interface FollowerSettings {
  readonly runtime: Runtime
  readonly table: ContainerTable
  readonly counts: FollowerCounts
  /** Called at each failure but that there is no socket. */
  readonly failed: (reason: string) => void
  /** Something else listens there. */
  readonly notServed: (reason: string) => void
  readonly worked: () => void
}

const firstPauseMs = 100
/** While there is no socket, or nobody behind it: a look costs next to nothing, and a daemon that restarts is soon back. */
const absentPauseMs = 1_000
const longestPauseMs = 15_000
/** Who told for so long is asked again at once when he goes away; who goes away each time, less and less often. */
const steadyMs = 10_000
/** To who serves another API. */
const notServedPauseMs = 300_000

/** Keeps up with one runtime: begins again whenever it went away, also if it is not there yet. */
export class Follower implements Teller, RuntimeSink {
  readonly path: string
  /** Resolved when the first list is in, or when it is clear that none comes soon. */
  readonly settled: Promise<void>
  readonly #settings: FollowerSettings
  readonly #over = new AbortController()
  #settle: () => void = () => {}
  #pauseMs = firstPauseMs
  #ended: Promise<void> | undefined

  constructor(settings: FollowerSettings) {
    this.#settings = settings
    this.path = settings.runtime.path
    const { promise, resolve } = Promise.withResolvers<void>()
    this.settled = promise
    this.#settle = resolve
  }

  start(): void {
    this.#ended ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#over.abort()
    await this.#ended
    this.#settle()
  }

  missed(containerId: string): void {
    this.#settings.runtime.missed?.(containerId)
  }

  list(containers: readonly ContainerFacts[]): void {
    const { table, counts, worked } = this.#settings
    counts.events += 1
    for (const container of containers) table.put(container, this)
    table.keepOnly(new Set(containers.map(({ id }) => id)), this)
    this.#settle()
    worked()
  }

  put(container: ContainerFacts): void {
    this.#settings.counts.events += 1
    this.#settings.table.put(container, this)
  }

  end(containerId: string, facts?: ContainerFacts): void {
    this.#settings.counts.events += 1
    if (facts === undefined) this.#settings.table.end(containerId)
    else this.#settings.table.putEnded(facts, this)
  }

  malformed(): void {
    this.#settings.counts.failures += 1
  }

  async #run(): Promise<void> {
    const { signal } = this.#over
    while (!signal.aborted) {
      const pauseMs = await this.#tryOnce(signal)
      this.#settle()
      await sleep(pauseMs, undefined, { ref: false, signal }).catch(() => {})
    }
  }

  /** @returns how long to wait before the next try */
  async #tryOnce(signal: AbortSignal): Promise<number> {
    const { runtime, counts, failed, notServed } = this.#settings
    if (!existsSync(runtime.path)) return this.#nextPause(absentPauseMs)
    const begunMs = performance.now()
    try {
      return await runtime.follow(this, signal)
    } catch (error) {
      if (signal.aborted) return 0
      if (performance.now() - begunMs >= steadyMs) this.#pauseMs = firstPauseMs
      if (error instanceof NotServed) {
        notServed(error.message)
        return notServedPauseMs
      }
      counts.failures += 1
      failed(messageOf(error))
      return this.#nextPause(isRefused(error) ? absentPauseMs : longestPauseMs)
    }
  }

  #nextPause(longestMs: number): number {
    const pauseMs = Math.min(this.#pauseMs, longestMs)
    this.#pauseMs = Math.min(pauseMs * 2, longestPauseMs)
    return pauseMs
  }
}

function isRefused(error: unknown): boolean {
  const { code } = error instanceof Error && 'code' in error ? error : { code: undefined }
  return code === 'ECONNREFUSED' || code === 'ENOENT'
}
