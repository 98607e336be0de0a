import { QUEUE_MEMORY_BYTES, type QueueConfig } from './queue-config.ts'
import type { QueuedRequest } from './queued-request.ts'

/** Requests that may wait where the configuration wants no queue. */
const UNQUEUED_REQUESTS = 32

type Sized = Pick<QueuedRequest, 'items' | 'bytes'>

/**
 * Finished requests in the order they came, bounded by size. What is being sent counts until {@link release}. A full
 * queue gives up its oldest waiting request for a new one.
 */
export class RequestQueue {
  readonly #sizeOf: (request: Sized) => number
  readonly #maxBytes: number
  /** Most that fits, in the sizer's unit. */
  readonly capacity: number
  #waiting: QueuedRequest[] = []
  #turn: number | undefined
  #used = 0
  #bytes = 0

  /** @param maxBytes what it may take beside its own limit; default: 64 MiB if that is not in bytes */
  constructor(config: QueueConfig, maxBytes?: number) {
    const sizer = config.enabled ? config.sizer : 'requests'
    this.capacity = config.enabled
      ? config.queue_size
      : Math.max(UNQUEUED_REQUESTS, config.num_consumers)
    this.#maxBytes = maxBytes ?? (sizer === 'bytes' ? this.capacity : QUEUE_MEMORY_BYTES)
    this.#sizeOf = sizers[sizer]
  }

  /** What is held, in the sizer's unit. */
  get used(): number {
    return this.#used
  }

  get bytes(): number {
    return this.#bytes
  }

  /** @returns what had to go for it, or the request itself if it cannot be held at all */
  add(request: QueuedRequest): readonly QueuedRequest[] {
    if (!this.canHold(request)) return [request]
    const dropped: QueuedRequest[] = []
    while (!this.hasRoomFor(request)) {
      const oldest = this.#giveUpOldest()
      if (oldest === undefined) return [...dropped, request]
      dropped.push(oldest)
    }
    this.#waiting.push(request)
    this.#count(request, 1)
    return dropped
  }

  /**
   * Puts what is older than all that waits before it.
   *
   * @returns what has no room, the oldest
   */
  restore(requests: readonly QueuedRequest[]): readonly QueuedRequest[] {
    this.#waiting = [...requests, ...this.#waiting]
    for (const request of requests) this.#count(request, 1)
    const dropped: QueuedRequest[] = []
    while (this.#used > this.capacity || this.#bytes > this.#maxBytes) {
      const oldest = this.#giveUpOldest()
      if (oldest === undefined) break
      dropped.push(oldest)
    }
    return dropped
  }

  /** The one that {@link take} gives. */
  peek(): QueuedRequest | undefined {
    return this.#waiting[0]
  }

  /** The oldest waiting request; it still counts as held. */
  take(): QueuedRequest | undefined {
    const oldest = this.#waiting.shift()
    if (oldest !== undefined) oldest.isTaken = true
    return oldest
  }

  /**
   * Like {@link take}, unless the turn of the oldest is to wait for those that were taken before.
   *
   * @param isIdle none of them is being sent any more
   */
  takeInTurn(isIdle: boolean): QueuedRequest | undefined {
    const next = this.peek()
    if (next === undefined) return undefined
    if (next.turn !== undefined && next.turn !== this.#turn && !isIdle) return undefined
    this.#turn = next.turn
    return this.take()
  }

  /** Gives up one that waits. @returns whether it did */
  giveUp(request: QueuedRequest): boolean {
    const at = this.#waiting.indexOf(request)
    if (at < 0) return false
    this.#waiting.splice(at, 1)
    this.release(request)
    return true
  }

  /** A request that was taken is done with. */
  release(request: Sized): void {
    this.#count(request, -1)
  }

  /** Whether an empty queue could hold it. */
  canHold(request: Sized): boolean {
    return this.#sizeOf(request) <= this.capacity && request.bytes <= this.#maxBytes
  }

  hasRoomFor(request: Sized): boolean {
    return (
      this.#used + this.#sizeOf(request) <= this.capacity &&
      this.#bytes + request.bytes <= this.#maxBytes
    )
  }

  #giveUpOldest(): QueuedRequest | undefined {
    const oldest = this.#waiting.shift()
    if (oldest !== undefined) this.release(oldest)
    return oldest
  }

  #count(request: Sized, sign: 1 | -1): void {
    this.#used += sign * this.#sizeOf(request)
    this.#bytes += sign * request.bytes
  }
}

const sizers: Record<QueueConfig['sizer'], (request: Sized) => number> = {
  requests: () => 1,
  items: ({ items }) => items,
  bytes: ({ bytes }) => bytes,
}
