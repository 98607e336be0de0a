import type { Role } from '../connection/flow.ts'
import type { SocketMessage } from './inet-diag-message.ts'
import { tcpStates } from './inet-diag-requests.ts'
import { readSignals, type SignalCounters } from './inet-diag-signals.ts'

/** Offsets in `struct tcp_info` (include/uapi/linux/tcp.h): it grows at its end only. */
const offset = {
  unacked: 24,
  lastDataSent: 44,
  lastDataReceived: 52,
  lastAckReceived: 56,
  rtt: 68,
  rttVariance: 72,
  totalRetrans: 100,
  bytesAcked: 120,
  bytesReceived: 128,
  segsOut: 136,
  segsIn: 140,
  rttMin: 148,
  dataSegsIn: 152,
  bytesSent: 200,
  bytesRetrans: 208,
} as const

const noSample = 0xffff_ffff

/** What a socket counted since it began, of its `struct tcp_info`. */
export interface Counters {
  /** Payload acknowledged, a client's SYN and the own FIN. */
  acked: number
  /** Payload in order, and the remote FIN. */
  received: number
  /** Payload sent for the first time, and again what a local filter or a full queue refused. -1 before Linux 4.19. */
  sent: number
  /** Retransmissions included. Wraps at 2^32, as all counts of segments here. */
  segsOut: number
  segsIn: number
  segsRetransmitted: number
  /** Segments with payload; -1 before Linux 4.6. */
  dataSegsIn: number
  /** Segments that wait for an acknowledgement. */
  unacked: number
  /** -1 before the first sample. */
  srttUs: number
  rttVarianceUs: number
  rttMinUs: number
  signals: SignalCounters
  /** Since payload was sent, or else since it was established, in ms; since long before the boot if it never was. */
  sentAgeMs: number
  /** Likewise since payload was received; an abort makes it as old as if it never was. */
  receivedAgeMs: number
  /** Since anything that it took note of, in ms. */
  idleMs: number
}

/** @returns `undefined` where the kernel gave too little to count by */
export function readCounters(message: SocketMessage): Counters | undefined {
  const segsIn = message.info32(offset.segsIn)
  if (segsIn < 0) return undefined
  const bytesSent = message.info64(offset.bytesSent)
  const bytesRetrans = message.info64(offset.bytesRetrans)
  const srttUs = message.info32(offset.rtt)
  const rttMinUs = message.info32(offset.rttMin)
  const sentAgeMs = message.info32(offset.lastDataSent)
  const receivedAgeMs = message.info32(offset.lastDataReceived)
  return {
    acked: message.info64(offset.bytesAcked),
    received: message.info64(offset.bytesReceived),
    sent: bytesRetrans < 0 ? -1 : Math.max(bytesSent - bytesRetrans, 0),
    segsOut: message.info32(offset.segsOut),
    segsIn,
    segsRetransmitted: message.info32(offset.totalRetrans),
    dataSegsIn: message.info32(offset.dataSegsIn),
    unacked: message.info32(offset.unacked),
    srttUs: srttUs || -1,
    rttVarianceUs: srttUs === 0 ? -1 : message.info32(offset.rttVariance),
    rttMinUs: rttMinUs === noSample ? -1 : rttMinUs,
    signals: readSignals(message),
    sentAgeMs,
    receivedAgeMs,
    idleMs: Math.min(sentAgeMs, receivedAgeMs, message.info32(offset.lastAckReceived)),
  }
}

/** What a connection carried, as reports count it. */
export interface Payload {
  bytesTx: number
  bytesRx: number
  /** 0 or 1, as of the next. */
  finsTx: number
  finsRx: number
}

const localFinStates: ReadonlySet<number> = new Set([
  tcpStates.finWait1,
  tcpStates.finWait2,
  tcpStates.lastAck,
  tcpStates.closing,
])

const remoteFinStates: ReadonlySet<number> = new Set([
  tcpStates.closeWait,
  tcpStates.lastAck,
  tcpStates.closing,
])

/** Whether the own FIN was sent, as far as the state tells. */
export function hadLocalFin(state: number): boolean {
  return localFinStates.has(state)
}

/** Whether the remote FIN came, as far as the state tells. */
export function hadRemoteFin(state: number): boolean {
  return remoteFinStates.has(state)
}

/**
 * Payload of an open socket: what was acknowledged, less SYN and FIN. What is under way comes with its acknowledgement,
 * since the count of bytes sent has more in it than was sent.
 *
 * @param refused what that count has too much, from an earlier reading
 */
export function openPayload(
  counters: Counters,
  state: number,
  role: Role,
  refused: number,
): Payload {
  // Where the role is not known yet, one byte may wait for the next report.
  const syn = role === 'server' ? 0 : 1
  const fin = state === tcpStates.finWait2 ? 1 : 0
  const acked = Math.max(counters.acked - syn - fin, 0)
  // The state is read a moment before the counters: without the lock a FIN may be acknowledged in between.
  const bytesTx = counters.sent < 0 ? acked : Math.min(acked, Math.max(counters.sent - refused, 0))
  const finsRx = hadRemoteFin(state) ? 1 : 0
  const bytesRx = Math.max(counters.received - finsRx, 0)
  return { bytesTx, bytesRx, finsTx: hadLocalFin(state) ? 1 : 0, finsRx }
}

/**
 * How much more than the payload the count of bytes sent is, which shows when all is acknowledged.
 *
 * @returns `undefined` while it cannot be told
 */
export function refusedBytes(counters: Counters, state: number, role: Role): number | undefined {
  const isQuiet = state === tcpStates.established || state === tcpStates.closeWait
  if (!isQuiet || counters.unacked !== 0 || counters.sent < 0 || role === 'unknown')
    return undefined
  return counters.sent - (counters.acked - (role === 'client' ? 1 : 0))
}

/** Whether the remote acknowledged our FIN, of a socket that ended. `undefined` if it may have been a SYN, and before Linux 4.19. */
export function wasFinAcked(counters: Counters, role: Role, refused: number): boolean | undefined {
  if (counters.sent < 0 || role === 'unknown') return undefined
  const syn = role === 'client' ? 1 : 0
  return counters.acked - syn > counters.sent - refused
}

/**
 * Payload of a socket that ended: all it sent, as it will not be acknowledged any more, and all it received less the
 * remote FIN.
 */
export function endedPayload(
  counters: Counters,
  role: Role,
  refused: number,
  fins: Pick<Payload, 'finsTx' | 'finsRx'>,
): Payload {
  const acked = Math.max(counters.acked - (role === 'client' ? 1 : 0), 0)
  // Before Linux 4.19 nothing tells whether the FIN is among what was acknowledged: it nearly always is.
  const bytesTx = Math.max(counters.sent < 0 ? acked - 1 : counters.sent - refused, 0)
  const bytesRx = counters.dataSegsIn === 0 ? 0 : Math.max(counters.received - fins.finsRx, 0)
  return { bytesTx, bytesRx, ...fins }
}

/**
 * Role by what was acknowledged beyond the payload: only a client's SYN is in it. Before Linux 4.19, and while bytes are
 * under way, that does not show.
 */
export function roleOf({ acked, sent, unacked }: Counters, state: number): Role {
  if (state === tcpStates.synSent) return 'client'
  const beyond = sent < 0 ? Number.NaN : acked - sent
  const isOpen = state === tcpStates.established || state === tcpStates.closeWait
  if (isOpen && beyond === 1) return 'client'
  if (isOpen && beyond === 0 && unacked === 0) return 'server'
  return beyond === 2 ? 'client' : 'unknown'
}
