import type { EndedConnection } from '../connection/ended.ts'
import type { Role } from '../connection/flow.ts'
import { closeReasons, failureTypes } from '../connection/increment.ts'
import {
  type Counters,
  endedPayload,
  hadLocalFin,
  hadRemoteFin,
  type Payload,
  roleOf,
  wasFinAcked,
} from './inet-diag-counters.ts'
import type { EndedSocket } from './inet-diag-ended.ts'
import { type Growth, nothingReported, takeGrowth } from './inet-diag-growth.ts'
import { tcpStates } from './inet-diag-requests.ts'

const closeReason = {
  localFin: closeReasons.indexOf('local_fin'),
  remoteFin: closeReasons.indexOf('remote_fin'),
  localReset: closeReasons.indexOf('local_reset'),
  error: closeReasons.indexOf('error'),
}
const failureType = {
  refused: failureTypes.indexOf('refused'),
  other: failureTypes.indexOf('_OTHER'),
}
export const unknownCloseReason = closeReason.error

/** What a dump told of a connection before its end. */
export interface BeforeEnd {
  readonly role: Role
  /** Of the last dump; closed if there was none. */
  readonly state: number
  readonly refused: number
}

type Flags = Pick<
  EndedConnection,
  'hasSentFin' | 'hasReceivedFin' | 'hasSentReset' | 'hasReceivedReset'
>

export const nothingSeen: Flags = {
  hasSentFin: undefined,
  hasReceivedFin: undefined,
  hasSentReset: undefined,
  hasReceivedReset: undefined,
}

/** How a connection ended. */
export interface Closing {
  readonly reason: number
  readonly payload: Payload
  readonly handedOver: number
  readonly flags: Flags
}

/**
 * How a connection ended, with what it carried in all. Only the side that closed first leaves a socket in time-wait. A
 * reset or a timeout cannot be told from each other by what is left, so both are `error`.
 */
export function closing(ended: EndedSocket, { role, state, refused }: BeforeEnd): Closing {
  const { counters, remains } = ended
  const isFinAcked = wasFinAcked(counters, role, refused)
  const waitsForFin = remains === 'fin_wait_2'
  // A FIN that comes within the 40 ms of a delayed acknowledgement comes with it, and nearly all do.
  const wasOrderly = isFinAcked ?? (role !== 'unknown' || remains !== 'none')
  const hasRemoteFin = hadRemoteFin(state) || (wasOrderly && !waitsForFin)
  const reason = reasonOf(ended, isFinAcked ?? (remains !== 'none' || hadRemoteFin(state)))
  return {
    reason,
    flags: flagsOf(reason, state, isFinAcked === true, waitsForFin),
    payload: endedPayload(counters, role, refused, {
      finsTx: isFinAcked === true ? 1 : 0,
      finsRx: hasRemoteFin ? 1 : 0,
    }),
    handedOver: waitsForFin ? 1 : 0,
  }
}

/** @param state of the last dump of one whose end was not told */
export function unknownClosing(state: number): Closing {
  const { error: reason } = closeReason
  const flags = flagsOf(reason, state, false, false)
  return { reason, payload: noPayload, handedOver: 0, flags }
}

/** What is sure. A reset that came is not told apart from a timeout. */
function flagsOf(reason: number, state: number, isFinAcked: boolean, waitsForFin: boolean): Flags {
  const isOrderly = reason === closeReason.localFin || reason === closeReason.remoteFin
  const hasSentFin = isFinAcked || reason === closeReason.localFin || hadLocalFin(state)
  const hasReceivedFin = reason === closeReason.remoteFin || hadRemoteFin(state)
  return {
    ...nothingSeen,
    ...(hasSentFin && { hasSentFin }),
    ...(waitsForFin && { hasReceivedFin: false }),
    ...(hasReceivedFin && { hasReceivedFin }),
    ...(isOrderly && { hasSentReset: false, hasReceivedReset: false }),
    ...(reason === closeReason.localReset && { hasSentReset: true }),
  }
}

function reasonOf({ isDisconnected, remains }: EndedSocket, isFinAcked: boolean): number {
  if (isDisconnected) return closeReason.localReset
  if (!isFinAcked) return closeReason.error
  return remains === 'none' ? closeReason.remoteFin : closeReason.localFin
}

const noPayload: Payload = { bytesTx: 0, bytesRx: 0, finsTx: 0, finsRx: 0 }

/** An attempt that ended without being established. */
export function failing(ended: EndedSocket): Growth {
  const { counters, isDisconnected } = ended
  const retransmitted = counters.segsRetransmitted
  return {
    ...takeGrowth({ ...nothingReported }, counters, noPayload),
    signals: undefined,
    pktsRetrSyn: retransmitted,
    failed: 1,
    // A connect() that waited took the counters with it as it failed.
    attempts: isDisconnected || counters.segsOut > 0 ? 1 : 0,
    failureType: failureOf(ended).type,
  }
}

/** Only a reset answers a SYN and ends the attempt; of one that was waited for nothing is left. */
export function failureOf({ counters }: EndedSocket): { type: number; wasAnswered: boolean } {
  const wasAnswered = counters.segsIn > 0
  return { type: wasAnswered ? failureType.refused : failureType.other, wasAnswered }
}

/**
 * Role of a connection that no dump met.
 *
 * @param isAccepting whether somebody listened on its local address and port
 */
export function unseenRole(ended: EndedSocket, isAccepting: boolean): Role {
  const { counters, isDisconnected, wasEstablished, remains } = ended
  if (!wasEstablished) return 'client'
  if (!isDisconnected && roleOf(counters, tcpStates.close) === 'client') return 'client'
  if (isAccepting) return 'server'
  if (isDisconnected) return 'unknown'
  // Before Linux 4.19 the listening sockets are all there is to go by.
  if (counters.sent < 0) return 'client'
  return isServerThatClosed(counters, remains !== 'none') ? 'server' : 'unknown'
}

/** Its FIN was acknowledged, and no SYN. */
function isServerThatClosed({ acked, sent }: Counters, closedFirst: boolean): boolean {
  return closedFirst && acked - sent === 1
}

/** All that a connection did which no dump met. */
export function unseenGrowth({ counters }: EndedSocket, role: Role, closing: Closing): Growth {
  const { reason, payload, handedOver } = closing
  return {
    ...takeGrowth({ ...nothingReported }, counters, payload),
    opened: 1,
    attempts: role === 'client' ? 1 : 0,
    closed: 1,
    closeReason: reason,
    handedOver,
  }
}
