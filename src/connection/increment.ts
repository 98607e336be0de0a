import type { Flow } from './flow.ts'
import type { Signals } from './signals.ts'

/** How an established connection ended (attribute `nettracer.close.reason`); the index is the kernel record's number. */
export const closeReasons = [
  'none',
  'local_fin',
  'remote_fin',
  'local_reset',
  'remote_reset',
  'timeout',
  'error',
] as const
export type CloseReason = (typeof closeReasons)[number]

/** Why a connection never came to be (attribute `error.type`); the index is the kernel record's number. */
export const failureTypes = [
  'none',
  'refused',
  'timed_out',
  'reset',
  'host_unreachable',
  'net_unreachable',
  'cancelled',
  '_OTHER',
] as const
export type FailureType = (typeof failureTypes)[number]

/**
 * Growth of one connection since its last report. A source may reuse the object: read it inside the call that
 * hands it over, keep only `flow`. Absent knowledge is `0` for counts (nothing grew) and `undefined`-like `-1` for readings.
 */
export interface Increment {
  readonly flow: Flow
  /** Payload bytes: no SYN, FIN or retransmission. */
  readonly bytesTx: number
  readonly bytesRx: number
  /** Segments sent, without retransmissions. */
  readonly pktsTx: number
  readonly pktsRx: number
  /** Segments sent again, those with SYN included. */
  readonly pktsRetr: number
  /** SYN and SYN-ACK sent again. */
  readonly pktsRetrSyn: number
  readonly resetsTx: number
  readonly resetsRx: number
  /** Connections established since the last report: 0 or 1, more in a merged increment. */
  readonly opened: number
  /** Connections that ended after being established, with {@link closeReason}. */
  readonly closed: number
  /** Connection attempts that ended without being established, with {@link failureType}. */
  readonly failed: number
  /** Change of the number of open connections: +1 first report, -1 end or hand-over to another process. */
  readonly active: number
  /** Connects whose SYN was sent: what the host counts as `ActiveOpens`. */
  readonly attempts: number
  /**
   * Connections that ended with the remote FIN still to come: the kernel answers it without a socket, so that segment is
   * in no connection's counters.
   */
  readonly handedOver: number
  /** Of {@link resetsTx}: answers to a segment, which are in no socket's count of segments. */
  readonly strayResets: number
  /** FINs sent, those sent again included. */
  readonly finsTx: number
  /** 1 once the remote FIN was taken, with all before it. */
  readonly finsRx: number
  /** `undefined` if none of it grew, or if the source does not know it. */
  readonly signals: Signals | undefined
  /** Datagrams that a UDP socket's receive queue had no room for, or that were wrong. */
  readonly drops: number
  /** Index into {@link closeReasons}. */
  readonly closeReason: number
  /** Index into {@link failureTypes}. */
  readonly failureType: number
  /**
   * Sum of several connections whose own records did not fit the event ring: counters are exact, but what needs a
   * connection of its own (RTT, durations, bytes of a session) is not in it.
   */
  readonly isMerged: boolean
  /** The source counts neither bytes nor packets of it: those here are 0, and unknown. */
  readonly isUncounted: boolean
  /** Smoothed RTT in µs (`tcp_sock.srtt_us` / 8); -1 before the first sample. */
  readonly srttUs: number
  /** Mean deviation of the RTT in µs (`tcp_sock.mdev_us` / 4); -1 before the first sample. */
  readonly rttVarianceUs: number
  /** SYN sent to established, in ns, in the report that counts the opening of a client's connection; else -1. */
  readonly connectDurationNs: number
  /** Established to end, in ns, in the report that counts the end; else -1. */
  readonly durationNs: number
  /** Established to accepted, in ns, in the first report after the process accepted it; else -1. */
  readonly acceptDurationNs: number
}

/** Nothing grew and nothing is known: what a source builds on that knows only some of it. */
export const noGrowth: Omit<Increment, 'flow'> = {
  bytesTx: 0,
  bytesRx: 0,
  pktsTx: 0,
  pktsRx: 0,
  pktsRetr: 0,
  pktsRetrSyn: 0,
  resetsTx: 0,
  resetsRx: 0,
  opened: 0,
  closed: 0,
  failed: 0,
  active: 0,
  attempts: 0,
  handedOver: 0,
  strayResets: 0,
  drops: 0,
  finsTx: 0,
  finsRx: 0,
  signals: undefined,
  closeReason: 0,
  failureType: 0,
  isMerged: false,
  isUncounted: false,
  srttUs: -1,
  rttVarianceUs: -1,
  connectDurationNs: -1,
  durationNs: -1,
  acceptDurationNs: -1,
}
