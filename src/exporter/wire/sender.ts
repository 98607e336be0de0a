import type { ComponentSettings } from '../../config/component.ts'
import type { Storage } from '../../model/storage.ts'
import { Attempts, type AttemptsSettings } from './attempts.ts'
import { Batching } from './batching.ts'
import { DiskCopies } from './disk-copies.ts'
import type { DropReason } from './outcomes.ts'
import { batchSizerOf, type QueueConfig } from './queue-config.ts'
import { observeQueue } from './queue-metrics.ts'
import { ageOf, type QueuedRequest, queued } from './queued-request.ts'
import { RequestQueue } from './request-queue.ts'
import type { WireRequest } from './requests.ts'

export interface SenderSettings extends AttemptsSettings {
  readonly queue: QueueConfig
  /** Where the queue is kept over a restart, if anywhere. */
  readonly storage: Storage | undefined
  /** Whose queue it is: requests of another kind than these have another owner. */
  readonly owner: string
  /** How long `shutdown` may take. */
  readonly drainMs: number
  /** Most bytes of a request. */
  readonly maxRequestBytes: number
  readonly join: (requests: readonly WireRequest[]) => WireRequest
}

/** Sends finished requests from a bounded queue, several at a time, with retries. `send` never waits. */
export class Sender {
  readonly #settings: SenderSettings
  readonly #component: ComponentSettings
  readonly #queue: RequestQueue
  readonly #attempts: Attempts
  readonly #copies: DiskCopies | undefined
  readonly #batching: Batching | undefined
  readonly #active = new Set<Promise<void>>()
  readonly #stopGauges: () => void
  #cutTimer: NodeJS.Timeout | undefined
  #isDraining = false
  #isShutDown = false
  #hasLimitedWaits = false
  /** Wakes the one request that waits for room. */
  #waitsForRoom: (() => void) | undefined
  /** Unsent at the end: kept if there is a copy on disk. */
  #left: QueuedRequest[] = []
  #cutItems = 0

  constructor(component: ComponentSettings, settings: SenderSettings) {
    this.#settings = settings
    this.#component = component
    this.#queue = new RequestQueue(settings.queue, settings.storage?.maxBytes)
    this.#attempts = new Attempts(component, settings)
    this.#copies = this.#copiesIn(settings.storage)
    this.#batching = this.#batchingOf(settings)
    this.#stopGauges = observeQueue(component, settings.signal.name, this.#queue, this.#copies)
  }

  /** What an earlier run left on disk goes first. */
  async start(): Promise<void> {
    await this.#copies?.open()
  }

  send(request: WireRequest): void {
    if (this.#attempts.isAborted) {
      this.#drop(request.items, 'shutdown')
      return
    }
    const added = queued(request, Date.now())
    const dropped = this.#queue.add(added)
    for (const one of dropped) this.#giveUp(one, 'queue_full')
    if (!dropped.includes(added)) this.#copies?.keep(added)
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

  /** Of what waits or is being sent. */
  get queuedBytes(): number {
    return this.#queue.bytes
  }

  /** Whether {@link sendWithRoom} is waiting. */
  get isStalled(): boolean {
    return this.#waitsForRoom !== undefined
  }

  /** The backend can be reached again: what waits of its own accord tries at once. */
  retryNow(): void {
    this.#attempts.retryNow()
  }

  /** No longer waits for room without an end: from the next wait on {@link shutdown} has begun. */
  limitWaits(): void {
    this.#hasLimitedWaits = true
    if (this.isStalled) this.#drain()
  }

  /** Sends what is queued within `drainMs`, then keeps the rest on disk, or drops and counts it. */
  async shutdown(): Promise<void> {
    if (this.#isShutDown) return
    this.#isShutDown = true
    this.#drain()
    while (this.#active.size > 0) await Promise.race(this.#active)
    clearTimeout(this.#cutTimer)
    this.#cut()
    await this.#copies?.close(this.#settings.drainMs)
    this.#settleLeft()
    this.#stopGauges()
  }

  #copiesIn(storage: Storage | undefined): DiskCopies | undefined {
    if (storage === undefined) return undefined
    return new DiskCopies({
      component: this.#component,
      signal: this.#settings.signal.name,
      storage,
      owner: this.#settings.owner,
      onLeft: (requests) => this.#restore(requests),
      onOverflow: (request) => {
        if (this.#queue.giveUp(request)) this.#giveUp(request, 'queue_full')
      },
    })
  }

  #batchingOf({ queue, maxRequestBytes }: SenderSettings): Batching | undefined {
    const { batch } = queue
    if (batch === undefined || !queue.enabled) return undefined
    return new Batching({
      sizer: batchSizerOf(queue),
      minSize: batch.min_size,
      maxSize: batch.max_size,
      maxBytes: maxRequestBytes,
      flushMs: batch.flush_timeout,
      onDue: () => this.#wakeConsumers(),
    })
  }

  #restore(requests: readonly QueuedRequest[]): void {
    const items = requests.reduce((sum, one) => sum + one.items, 0)
    const message = 'What was left on disk is sent first'
    const { name } = this.#settings.signal
    const fields = { signal: name, requests: requests.length, items }
    this.#component.telemetry.logger.info(message, fields)
    for (const one of this.#queue.restore(requests)) this.#giveUp(one, 'queue_full')
    this.#wakeConsumers()
  }

  #drain(): void {
    if (this.#isDraining) return
    this.#isDraining = true
    const { drainMs } = this.#settings
    this.#attempts.drain(performance.now() + drainMs)
    this.#batching?.flush()
    this.#wakeConsumers()
    this.#cutTimer = setTimeout(() => this.#cut(), drainMs)
  }

  #mustWait({ items, body }: WireRequest): boolean {
    if (this.#attempts.isAborted) return false
    const request = { items, bytes: body.length }
    return this.#queue.canHold(request) && !this.#queue.hasRoomFor(request)
  }

  #cut(): void {
    this.#attempts.abort()
    this.#waitsForRoom?.()
    const gathered = this.#batching?.take() ?? []
    for (const one of gathered) this.#queue.release(one)
    this.#left.push(...gathered)
    for (let one = this.#queue.take(); one !== undefined; one = this.#queue.take()) {
      this.#queue.release(one)
      this.#left.push(one)
    }
  }

  #wakeConsumers(): void {
    while (this.#active.size < this.#settings.queue.num_consumers) {
      const requests = this.#next()
      if (requests.length === 0) return
      const delivery = this.#deliver(requests).finally(() => {
        this.#active.delete(delivery)
        this.#wakeConsumers()
        this.#waitsForRoom?.()
      })
      this.#active.add(delivery)
    }
  }

  /** Those that go together; none if there are none, or they wait for more. */
  #next(): readonly QueuedRequest[] {
    this.#dropExpired()
    const batching = this.#batching
    if (batching === undefined) {
      return [this.#queue.takeInTurn(this.#active.size === 0)].filter((one) => one !== undefined)
    }
    while (!batching.isDue) {
      const next = this.#queue.peek()
      if (next === undefined) break
      if (batching.add(next)) this.#queue.take()
    }
    return batching.isDue || this.#isDraining ? batching.take() : []
  }

  async #deliver(requests: readonly QueuedRequest[]): Promise<void> {
    const whole = await this.#load(requests)
    const left =
      whole === undefined
        ? 0
        : await this.#attempts.deliver(whole, () => requests.some((one) => this.#isExpired(one)))
    for (const request of requests) this.#queue.release(request)
    if (left === 0) await Promise.all(requests.map(async (one) => this.#copies?.forget(one)))
    else if (this.#copies === undefined) this.#drop(left, 'shutdown')
    else this.#left.push(...requests)
  }

  /** @returns `undefined` if none of them can be read any more */
  async #load(requests: readonly QueuedRequest[]): Promise<WireRequest | undefined> {
    const loaded: WireRequest[] = []
    for (const request of requests) {
      const body = request.body ?? (await this.#copies?.load(request))
      if (body === undefined) this.#drop(request.items, 'damaged')
      else loaded.push({ body, items: request.items, itemsOfParts: request.itemsOfParts })
    }
    return loaded.length === 0 ? undefined : this.#settings.join(loaded)
  }

  #dropExpired(): void {
    for (let oldest = this.#queue.peek(); oldest !== undefined; oldest = this.#queue.peek()) {
      if (!this.#isExpired(oldest)) return
      this.#queue.giveUp(oldest)
      this.#giveUp(oldest, 'expired')
    }
  }

  #isExpired(request: QueuedRequest): boolean {
    return ageOf(request) > (this.#settings.storage?.maxAgeMs ?? Number.POSITIVE_INFINITY)
  }

  #giveUp(request: QueuedRequest, reason: DropReason): void {
    void this.#copies?.forget(request)
    this.#drop(request.items, reason)
  }

  #settleLeft(): void {
    const kept = this.#left.filter(({ stored }) => stored !== undefined)
    for (const { items, stored } of this.#left) {
      if (stored === undefined) this.#drop(items, 'shutdown')
    }
    const { name, items: word } = this.#settings.signal
    const { logger } = this.#component.telemetry
    if (kept.length > 0) {
      const items = kept.reduce((sum, one) => sum + one.items, 0)
      logger.info(`Unsent ${word} are on disk for the next run`, { signal: name, items })
    }
    if (this.#cutItems === 0) return
    logger.warn(`Some ${word} were left unsent at shutdown`, {
      signal: name,
      items: this.#cutItems,
    })
  }

  #drop(items: number, reason: DropReason): void {
    this.#settings.outcomes.dropped(items, reason)
    if (reason === 'shutdown') {
      this.#cutItems += items
      return
    }
    const word = this.#settings.signal.items
    const message = {
      damaged: `A request on disk is damaged and its ${word} are lost`,
      expired: `The oldest ${word} of the sending queue are too old and are dropped`,
    }
    this.#component.telemetry.logger.limited(
      'warn',
      `export_dropped_${reason}`,
      reason === 'damaged' || reason === 'expired'
        ? message[reason]
        : `The sending queue is full and its oldest ${word} are lost`,
      { items },
    )
  }
}
