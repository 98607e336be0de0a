import { QUEUE_MEMORY_BYTES, type QueueConfig } from './queue-config.ts'
import type { WireRequest } from './requests.ts'

/** Requests that may wait where the configuration wants no queue. */
const UNQUEUED_REQUESTS = 32

/**
 * Finished requests in the order they came, bounded by size. What is being sent counts until {@link release}. A full
 * queue gives up its oldest waiting request for a new one.
 */
export class RequestQueue {
  readonly #sizeOf: (request: WireRequest) => number
  readonly #maxBytes: number
  /** Most that fits, in the sizer's unit. */
  readonly capacity: number
  #waiting: WireRequest[] = []
  #used = 0
  #bytes = 0

  constructor(config: QueueConfig) {
    const sizer = config.enabled ? config.sizer : 'requests'
    this.capacity = config.enabled
      ? config.queue_size
      : Math.max(UNQUEUED_REQUESTS, config.num_consumers)
    this.#maxBytes = sizer === 'bytes' ? config.queue_size : QUEUE_MEMORY_BYTES
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
  add(request: WireRequest): readonly WireRequest[] {
    if (!this.canHold(request)) return [request]
    const dropped: WireRequest[] = []
    while (!this.hasRoomFor(request)) {
      const oldest = this.take()
      if (oldest === undefined) return [...dropped, request]
      this.release(oldest)
      dropped.push(oldest)
    }
    this.#waiting.push(request)
    this.#used += this.#sizeOf(request)
    this.#bytes += request.body.length
    return dropped
  }

  /** The oldest waiting request; it still counts as held. */
  take(): WireRequest | undefined {
    return this.#waiting.shift()
  }

  /** A request that was taken is done with. */
  release(request: WireRequest): void {
    this.#used -= this.#sizeOf(request)
    this.#bytes -= request.body.length
  }

  /** Whether an empty queue could hold it. */
  canHold(request: WireRequest): boolean {
    return this.#sizeOf(request) <= this.capacity && request.body.length <= this.#maxBytes
  }

  hasRoomFor(request: WireRequest): boolean {
    return (
      this.#used + this.#sizeOf(request) <= this.capacity &&
      this.#bytes + request.body.length <= this.#maxBytes
    )
  }
}

const sizers: Record<QueueConfig['sizer'], (request: WireRequest) => number> = {
  requests: () => 1,
  items: (request) => request.items,
  bytes: (request) => request.body.length,
}
