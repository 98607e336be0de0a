import type { StoredItem } from '../../model/storage.ts'
import type { WireRequest } from './requests.ts'

/** A finished request on its way through a queue. */
export interface QueuedRequest {
  /** Data points or log records. */
  readonly items: number
  /** Size of the body. */
  readonly bytes: number
  /** See {@link WireRequest}; what is on disk has none. */
  readonly turn: number | undefined
  /** Likewise. */
  readonly itemsOfParts: Uint8Array | undefined
  /** Wall clock, when it was finished. */
  readonly timeMs: number
  /** The same on the monotonic clock; `undefined` of an earlier run's. */
  readonly sinceMs: number | undefined
  /** `undefined` while it is on disk only. */
  body: Uint8Array | undefined
  stored: StoredItem | undefined
  /** By a consumer: its body is needed. */
  isTaken: boolean
  /** Sent or dropped. */
  isDone: boolean
}

export function queued(request: WireRequest, timeMs: number): QueuedRequest {
  const { body, items, turn, itemsOfParts } = request
  return {
    items,
    bytes: body.length,
    turn,
    itemsOfParts,
    timeMs,
    sinceMs: performance.now(),
    body,
    stored: undefined,
    isTaken: false,
    isDone: false,
  }
}

/** What an earlier run left. */
export function fromStored(stored: StoredItem): QueuedRequest {
  const { items, bytes, timeMs } = stored
  return {
    items,
    bytes,
    turn: undefined,
    itemsOfParts: undefined,
    timeMs,
    sinceMs: undefined,
    body: undefined,
    stored,
    isTaken: false,
    isDone: false,
  }
}

/** How long it has waited, in ms: a wall clock that is set does not make old what this run has made. */
export function ageOf({ timeMs, sinceMs }: QueuedRequest): number {
  return sinceMs === undefined ? Date.now() - timeMs : performance.now() - sinceMs
}
