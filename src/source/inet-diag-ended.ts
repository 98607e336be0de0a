import { type Counters, readCounters } from './inet-diag-counters.ts'
import type { SocketMessage } from './inet-diag-message.ts'
import { type Endpoints, readEndpoints } from './inet-diag-socket.ts'

/** What the kernel told as it destroyed a socket. */
export interface EndedSocket {
  readonly cookie: number
  readonly family: number
  readonly sockId: Uint8Array
  readonly endpoints: Endpoints
  readonly counters: Counters
  /** Whether it was disconnected first: its counters and the remote port are gone. */
  readonly isDisconnected: boolean
  /** Once connected or about to be; else it listened, or did nothing. */
  readonly hadPeer: boolean
  readonly wasEstablished: boolean
  /** The last thing that it took note of was before the source began. */
  readonly isFromBefore: boolean
  /** What is left of it in the kernel: a socket in time-wait, or one that waits for the remote FIN. */
  remains: 'none' | 'time_wait' | 'fin_wait_2'
}

/** The kernel's clock of ticks begins at -5 minutes; it drifts against the monotonic one. */
const ticksBeginMs = -300_000
const driftOf = (ms: number): number => 5_000 + ms / 1000

/** Ages are in 32 bits: below zero, in the first five minutes, and after 50 days they wrap. */
const ages = 2 ** 32

/**
 * Of a time that was never set: it is as old as the clock of ticks. Around the moment when that wraps, five minutes after
 * the boot and each 50 days, so are times of just now.
 */
function mayBeNever(ageMs: number, uptimeMs: number): boolean {
  const drift = driftOf(uptimeMs)
  const from = ageMs - (uptimeMs + ticksBeginMs - drift)
  return from - Math.floor(from / ages) * ages <= 2 * drift
}

/** An end of a connection that was established sent and received first with the handshake; an abort clears the latter. */
function wasEverEstablished(counters: Counters, uptimeMs: number): boolean {
  const { sentAgeMs, receivedAgeMs, acked, received, srttUs } = counters
  if (acked > 0 || received > 0 || srttUs > 0) return true
  return sentAgeMs !== receivedAgeMs || !mayBeNever(sentAgeMs, uptimeMs)
}

/**
 * @param uptimeMs of the monotonic clock, which begins at the boot
 * @param ageMs of the watch on this namespace
 * @returns `undefined` where the kernel gave too little to count by
 */
export function readEnded(
  message: SocketMessage,
  uptimeMs: number,
  ageMs: number,
): EndedSocket | undefined {
  const counters = readCounters(message)
  if (counters === undefined) return undefined
  const endpoints = readEndpoints(message)
  const wasEstablished = wasEverEstablished(counters, uptimeMs)
  return {
    cookie: message.cookie,
    family: message.family,
    sockId: message.sockId,
    endpoints,
    counters,
    isDisconnected: endpoints.remotePort === 0,
    hadPeer: endpoints.remotePort !== 0 || !/^(?:0\.0\.0\.0|::)$/.test(endpoints.remoteAddress),
    wasEstablished,
    isFromBefore: wasEstablished && counters.idleMs > ageMs,
    remains: 'none',
  }
}
