import type { ComponentSettings } from '../../config/component.ts'
import type { Signal } from '../../model/signal.ts'
import { messageOf } from '../../shared/errors.ts'
import { Backoff } from './backoff.ts'
import type { DropReason, Outcomes } from './outcomes.ts'
import type { QueueConfig } from './queue-config.ts'
import { observeQueue } from './queue-metrics.ts'
import { RequestQueue } from './request-queue.ts'
import type { WireRequest } from './requests.ts'
import type { RetryConfig } from './retry-config.ts'
import type { Attempt } from './transport.ts'

export interface SenderSettings {
  readonly queue: QueueConfig
  readonly retry: RetryConfig
  /** How long `shutdown` may take. */
  readonly drainMs: number
  /** One attempt, within its own time limit; ends early when the signal aborts. */
  readonly attempt: (request: WireRequest, signal: AbortSignal) => Promise<Attempt>
  readonly outcomes: Outcomes
  /** What is sent, and what its items are called. */
  readonly signal: Pick<Signal<never>, 'name' | 'items'>
}

/** Sends finished requests from a bounded queue, several at a time, with retries. `send` never waits. */
export class Sender {
  readonly #settings: SenderSettings
  readonly #component: ComponentSettings
  readonly #queue: RequestQueue
  readonly #abort = new AbortController()
  readonly #active = new Set<Promise<void>>()
  readonly #sleepers = new Set<() => void>()
  readonly #stopGauges: () => void
  #drainUntil: number | undefined
  #cutTimer: NodeJS.Timeout | undefined
  #isShutDown = false
  #hasLimitedWaits = false
  /** Wakes the one request that waits for room. */
  #waitsForRoom: (() => void) | undefined
  #cutItems = 0

  constructor(component: ComponentSettings, settings: SenderSettings) {
    this.#settings = settings
    this.#component = component
    this.#queue = new RequestQueue(settings.queue)
    this.#stopGauges = observeQueue(component, settings.signal.name, this.#queue)
  }

  send(request: WireRequest): void {
    if (this.#abort.signal.aborted) {
      this.#drop(request, 'shutdown')
      return
    }
    for (const dropped of this.#queue.add(request)) this.#drop(dropped, 'queue_full')
    this.#wakeConsumers()
  }

  /** Like {@link send}, once nothing that waits must be given up for it. */
  async sendWithRoom(request: WireRequest): Promise<void> {
    while (this.#mustWait(request)) {
      if (this.#hasLimitedWaits) this.#drain()
      this.#component.telemetry.logger.limited(
        'warn',
        'export_waits',
        'The sending queue is full: new data points wait and are added up',
        { items: request.items },
      )
      await new Promise<void>((resolve) => {
        this.#waitsForRoom = resolve
      })
    }
    this.#waitsForRoom = undefined
    this.send(request)
  }

  /** Whether {@link sendWithRoom} is waiting. */
  get isStalled(): boolean {
    return this.#waitsForRoom !== undefined
  }

  /** No longer waits for room without an end: from the next wait on {@link shutdown} has begun. */
  limitWaits(): void {
    this.#hasLimitedWaits = true
    if (this.isStalled) this.#drain()
  }

  /** Sends what is queued within `drainMs`, then drops and counts the rest. */
  async shutdown(): Promise<void> {
    if (this.#isShutDown) return
    this.#isShutDown = true
    this.#drain()
    while (this.#active.size > 0) await Promise.race(this.#active)
    clearTimeout(this.#cutTimer)
    this.#cut()
    this.#stopGauges()
    if (this.#cutItems > 0) {
      const { name, items } = this.#settings.signal
      const fields = { signal: name, items: this.#cutItems }
      this.#component.telemetry.logger.warn(`Some ${items} were left unsent at shutdown`, fields)
    }
  }

  #drain(): void {
    if (this.#isDraining) return
    this.#drainUntil = performance.now() + this.#settings.drainMs
    for (const wake of this.#sleepers) wake()
    this.#cutTimer = setTimeout(() => this.#cut(), this.#settings.drainMs)
  }

  get #isDraining(): boolean {
    return this.#drainUntil !== undefined
  }

  #mustWait(request: WireRequest): boolean {
    if (this.#abort.signal.aborted) return false
    return this.#queue.canHold(request) && !this.#queue.hasRoomFor(request)
  }

  #cut(): void {
    this.#abort.abort()
    for (const wake of this.#sleepers) wake()
    this.#waitsForRoom?.()
    for (let left = this.#queue.take(); left !== undefined; left = this.#queue.take()) {
      this.#queue.release(left)
      this.#drop(left, 'shutdown')
    }
  }

  #wakeConsumers(): void {
    while (this.#active.size < this.#settings.queue.num_consumers) {
      const request = this.#queue.take()
      if (request === undefined) return
      const delivery = this.#deliver(request).finally(() => {
        this.#active.delete(delivery)
        this.#queue.release(request)
        this.#wakeConsumers()
        this.#waitsForRoom?.()
      })
      this.#active.add(delivery)
    }
  }

  async #deliver(request: WireRequest): Promise<void> {
    const backoff = new Backoff(this.#settings.retry)
    const started = performance.now()
    for (;;) {
      const attempt = await this.#attempt(request)
      if (attempt.outcome === 'sent') {
        this.#countSent(request, attempt)
        return
      }
      if (this.#abort.signal.aborted) {
        this.#drop(request, 'shutdown')
        return
      }
      const waitMs = this.#waitBeforeRetry(attempt, backoff, started)
      if (waitMs === undefined) {
        if (attempt.outcome === 'failed' && this.#isDraining) this.#drop(request, 'shutdown')
        else this.#giveUp(request, attempt.message)
        return
      }
      this.#component.telemetry.logger.limited(
        'warn',
        'export_retried',
        'An export failed and is tried again',
        { reason: attempt.message, wait_ms: Math.round(waitMs) },
      )
      await this.#sleep(waitMs)
      if (this.#abort.signal.aborted) {
        this.#drop(request, 'shutdown')
        return
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

  /** `undefined`: not at all. */
  #waitBeforeRetry(attempt: Attempt, backoff: Backoff, started: number): number | undefined {
    const { retry } = this.#settings
    if (attempt.outcome !== 'failed' || !retry.enabled) return undefined
    const waitMs = backoff.next(attempt.retryAfterMs)
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
      { rejected_items: rejected, reason: message },
    )
  }

  #giveUp(request: WireRequest, reason: string): void {
    this.#settings.outcomes.failed(request.items)
    this.#component.telemetry.logger.limited(
      'error',
      'export_failed',
      `An export failed and its ${this.#settings.signal.items} are lost`,
      { reason, items: request.items },
    )
  }

  #drop(request: WireRequest, reason: DropReason): void {
    this.#settings.outcomes.dropped(request.items, reason)
    if (reason === 'shutdown') {
      this.#cutItems += request.items
      return
    }
    this.#component.telemetry.logger.limited(
      'warn',
      'export_dropped',
      `The sending queue is full and its oldest ${this.#settings.signal.items} are lost`,
      { items: request.items },
    )
  }

  async #sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#sleepers.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      this.#sleepers.add(wake)
    })
  }
}
