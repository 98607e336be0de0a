import type { Increment } from '../connection/increment.ts'
import type { Counters, Payload } from './inet-diag-counters.ts'
import {
  countSince,
  latest,
  noSignals,
  type SignalCounters,
  signalsSince,
} from './inet-diag-signals.ts'

/** What was reported of a socket. */
export interface Reported extends Payload {
  segsOut: number
  segsIn: number
  segsRetransmitted: number
  signals: SignalCounters
}

export type Growth = Partial<Omit<Increment, 'flow'>>

export const nothingReported: Readonly<Reported> = {
  bytesTx: 0,
  bytesRx: 0,
  finsTx: 0,
  finsRx: 0,
  segsOut: 0,
  segsIn: 0,
  segsRetransmitted: 0,
  signals: noSignals,
}

export function hasGrown(reported: Reported, counters: Counters, payload: Payload): boolean {
  return (
    payload.bytesTx > reported.bytesTx ||
    payload.bytesRx > reported.bytesRx ||
    counters.segsIn !== reported.segsIn ||
    counters.segsOut !== reported.segsOut ||
    counters.segsRetransmitted !== reported.segsRetransmitted ||
    signalsSince(counters.signals, reported.signals, 0) !== undefined
  )
}

/** What grew since the last report, which this becomes. Never negative. */
export function takeGrowth(reported: Reported, counters: Counters, payload: Payload): Growth {
  const sent = countSince(counters.segsOut, reported.segsOut)
  const pktsRetr = countSince(counters.segsRetransmitted, reported.segsRetransmitted)
  const growth = {
    bytesTx: Math.max(payload.bytesTx - reported.bytesTx, 0),
    bytesRx: Math.max(payload.bytesRx - reported.bytesRx, 0),
    // A server's SYN-ACKs that were sent again are among the one and not the other.
    pktsTx: Math.max(sent - pktsRetr, 0),
    pktsRx: countSince(counters.segsIn, reported.segsIn),
    pktsRetr,
    finsTx: Math.max(payload.finsTx - reported.finsTx, 0),
    finsRx: Math.max(payload.finsRx - reported.finsRx, 0),
    signals: signalsSince(counters.signals, reported.signals, pktsRetr),
    srttUs: counters.srttUs,
    rttVarianceUs: counters.rttVarianceUs,
  }
  setReported(reported, counters, payload)
  return growth
}

export function setReported(reported: Reported, counters: Counters, payload: Payload): void {
  // A reading that is a little behind the last must not be counted twice later.
  reported.bytesTx = Math.max(payload.bytesTx, reported.bytesTx)
  reported.bytesRx = Math.max(payload.bytesRx, reported.bytesRx)
  reported.finsTx = Math.max(payload.finsTx, reported.finsTx)
  reported.finsRx = Math.max(payload.finsRx, reported.finsRx)
  reported.signals = latest(counters.signals, reported.signals)
  reported.segsOut = counters.segsOut
  reported.segsIn = counters.segsIn
  reported.segsRetransmitted = counters.segsRetransmitted
}
