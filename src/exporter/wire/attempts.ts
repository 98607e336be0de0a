import type { ComponentSettings } from '../../config/component.ts'
import type { Signal } from '../../model/signal.ts'
import { messageOf } from '../../shared/errors.ts'
import { Backoff } from './backoff.ts'
import { deltaAdvice } from './delta-advice.ts'
import type { Outcomes } from './outcomes.ts'
import type { WireRequest } from './requests.ts'
import type { RetryConfig } from './retry-config.ts'
import type { Attempt } from './transport.ts'
import { Waits } from './waits.ts'

/** However long waits grow, one request tries this often whether the backend is back. */
const PROBE_MS = 5000
/** Connections that come more often than that are none. */
const REACHED_PAUSE_MS = 2000

export interface AttemptsSettings {
  readonly retry: RetryConfig
  /** One attempt, within its own time limit; ends early when the signal aborts. */
  readonly attempt: (request: WireRequest, signal: AbortSignal) => Promise<Attempt>
  /** Makes two of a request that is too large for the backend; `undefined` where that cannot be. */
  readonly halve: (request: WireRequest) => readonly [WireRequest, WireRequest] | undefined
  readonly outcomes: Outcomes
  /** What is sent, and what its items are called. */
  readonly signal: Pick<Signal<never>, 'name' | 'items'>
}

/** Brings requests to the backend: tries, waits, tries again, gives up. */
export class Attempts {
  readonly #component: ComponentSettings
  readonly #settings: AttemptsSettings
  readonly #abort = new AbortController()
  readonly #waits: Waits
  #drainUntil: number | undefined
  #reachedAt = Number.NEGATIVE_INFINITY

  constructor(component: ComponentSettings, settings: AttemptsSettings) {
    this.#component = component
    this.#settings = settings
    // Whoever wants the first retry later than that wants the others no sooner.
    this.#waits = new Waits(Math.max(PROBE_MS, settings.retry.initial_interval))
  }

  get isAborted(): boolean {
    return this.#abort.signal.aborted
  }

  /** From now on only what can be done by then; all that waits tries at once. */
  drain(untilMs: number): void {
    this.#drainUntil = untilMs
    this.#waits.endAll()
  }

  abort(): void {
    this.#abort.abort()
    this.#waits.endAll()
  }

  /** The backend can be reached again; one that breaks off each time is not tried the more for it. */
  retryNow(): void {
    const now = performance.now()
    if (now < this.#reachedAt + REACHED_PAUSE_MS) return
    this.#reachedAt = now
    this.#waits.endOwn()
  }

  /**
   * Sends a request, or gives it up; both are counted.
   *
   * @param isExpired whether it is too old to be tried again
   * @returns items for which the time of a shutdown was too short; they are not counted
   */
  async deliver(request: WireRequest, isExpired: () => boolean): Promise<number> {
    const backoff = new Backoff(this.#settings.retry)
    const started = performance.now()
    for (;;) {
      const attempt = await this.#attempt(request)
      if (attempt.outcome === 'sent') {
        this.#countSent(request, attempt)
        this.#waits.endOwn()
        return 0
      }
      if (this.isAborted) return request.items
      if (attempt.outcome === 'too_large') {
        return this.#deliverHalves(request, attempt.message, isExpired)
      }
      const waitMs = this.#waitBeforeRetry(attempt, backoff, started)
      if (waitMs === undefined) {
        if (attempt.outcome === 'failed' && this.#drainUntil !== undefined) return request.items
        this.#giveUp(request, attempt.message)
        return 0
      }
      await this.#waitFor(waitMs, attempt)
      if (this.isAborted) return request.items
      if (isExpired()) {
        this.#settings.outcomes.dropped(request.items, 'expired')
        return 0
      }
      this.#settings.outcomes.retried()
    }
  }

  async #attempt(request: WireRequest): Promise<Attempt> {
    try {
      return await this.#settings.attempt(request, this.#abort.signal)
    } catch (error) {
      return { outcome: 'refused', message: messageOf(error) }
    }
  }

  async #deliverHalves(
    request: WireRequest,
    reason: string,
    isExpired: () => boolean,
  ): Promise<number> {
    const halves = this.#settings.halve(request)
    if (halves === undefined) {
      this.#giveUp(request, reason)
      return 0
    }
    this.#component.telemetry.logger.limited(
      'warn',
      'export_halved',
      'A request is too large for the backend and is sent in halves',
      { reason, bytes: request.body.length },
    )
    const [first, second] = halves
    const left = await this.deliver(first, isExpired)
    return left + (this.isAborted ? second.items : await this.deliver(second, isExpired))
  }

  async #waitFor(waitMs: number, attempt: Attempt): Promise<void> {
    this.#component.telemetry.logger.limited(
      'warn',
      'export_retried',
      'An export failed and is tried again',
      { reason: attempt.message, wait_ms: Math.round(waitMs) },
    )
    await this.#waits.wait(waitMs, isAsked(attempt))
  }

  /** `undefined`: not at all. */
  #waitBeforeRetry(attempt: Attempt, backoff: Backoff, started: number): number | undefined {
    const { retry } = this.#settings
    if (attempt.outcome !== 'failed' || !retry.enabled) return undefined
    const ownMs = backoff.next(attempt.retryAfterMs)
    const waitMs = this.#waits.shortened(ownMs, isAsked(attempt))
    const next = performance.now() + waitMs
    if (retry.max_elapsed_time > 0 && next > started + retry.max_elapsed_time) return undefined
    if (this.#drainUntil !== undefined && next > this.#drainUntil) return undefined
    return waitMs
  }

  #countSent(
    request: WireRequest,
    { rejectedItems, message }: Attempt & { outcome: 'sent' },
  ): void {
    const rejected = Math.min(Math.max(rejectedItems, 0), request.items)
    this.#settings.outcomes.sent(request.items - rejected)
    if (rejected > 0) this.#settings.outcomes.rejected(rejected)
    if (rejected === 0 && message === '') return
    this.#component.telemetry.logger.limited(
      'warn',
      'export_partial',
      'The backend took a request with a remark',
      { rejected_items: rejected, reason: message, ...deltaAdvice(message) },
    )
  }

  #giveUp(request: WireRequest, reason: string): void {
    this.#settings.outcomes.failed(request.items)
    this.#component.telemetry.logger.limited(
      'error',
      'export_failed',
      `An export failed and its ${this.#settings.signal.items} are lost`,
      { reason, items: request.items, ...deltaAdvice(reason) },
    )
  }
}

function isAsked(attempt: Attempt): boolean {
  return attempt.outcome === 'failed' && attempt.retryAfterMs > 0
}
