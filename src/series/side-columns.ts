import type { Increment } from '../connection/increment.ts'
import type { Listener, Rejection } from '../connection/listener.ts'
import type { Signals } from '../connection/signals.ts'
import type { SynCookies } from '../connection/syn-cookies.ts'

const sideNames = [
  'limitedNetworkUs',
  'limitedReceiverUs',
  'limitedSenderUs',
  'retrFast',
  'retrTimeout',
  'retrTailProbe',
  'retrOther',
  'timeouts',
  'pktsRxOutOfOrder',
  'pktsSpurious',
  'pktsCe',
  'reorderings',
  'windowsClosedTx',
  'windowsClosedRx',
  /** SYNs sent again: without the SYN-ACKs that `pktsRetrSyn` has, too. */
  'retrSyn',
  'synTx',
  'synRx',
  'synAckTx',
  'synAckRx',
  'finTx',
  'finRx',
  'synCookiesTx',
  'synCookiesRx',
  'synCookiesFailed',
] as const

/** Columns from here on stand in the side row. */
export const sideAt = 1_024
export const sideColumns = sideNames.length

/**
 * Counters that few series need. They have a row of their own, made when the first of them grows that is reported: a
 * series whose connections lose nothing and wait for nothing has none.
 */
export const sideColumn = Object.fromEntries(
  sideNames.map((name, at) => [name, sideAt + at]),
) as Readonly<Record<(typeof sideNames)[number], number>>

/** Bit per side column among some columns. */
export function sideBits(columns: readonly number[]): number {
  return columns.reduce((bits, at) => (at < sideAt ? bits : bits | (1 << (at - sideAt))), 0)
}

/** What has a side row. Growth of what it does not report is dropped. */
export interface SideCounters {
  growSide(at: number, by: number): void
}

export function countConnection(increment: Increment, to: SideCounters): void {
  const { signals } = increment
  if (signals !== undefined) countSignals(signals, to)
  to.growSide(sideColumn.retrSyn, increment.pktsRetrSyn)
  countFlags(increment, to)
}

/** Name by name: hot, and a loop over names looks each of them up. */
function countSignals(signals: Signals, to: SideCounters): void {
  to.growSide(sideColumn.limitedNetworkUs, signals.limitedNetworkUs)
  to.growSide(sideColumn.limitedReceiverUs, signals.limitedReceiverUs)
  to.growSide(sideColumn.limitedSenderUs, signals.limitedSenderUs)
  to.growSide(sideColumn.retrFast, signals.retrFast)
  to.growSide(sideColumn.retrTimeout, signals.retrTimeout)
  to.growSide(sideColumn.retrTailProbe, signals.retrTailProbe)
  to.growSide(sideColumn.retrOther, signals.retrOther)
  to.growSide(sideColumn.timeouts, signals.timeouts)
  to.growSide(sideColumn.pktsRxOutOfOrder, signals.pktsRxOutOfOrder)
  to.growSide(sideColumn.pktsSpurious, signals.pktsSpurious)
  to.growSide(sideColumn.pktsCe, signals.pktsCe)
  to.growSide(sideColumn.reorderings, signals.reorderings)
  to.growSide(sideColumn.windowsClosedTx, signals.windowsClosedTx)
  to.growSide(sideColumn.windowsClosedRx, signals.windowsClosedRx)
}

/** Who was established has seen both ends' segments of the handshake, though not how often each came. */
function countFlags(increment: Increment, to: SideCounters): void {
  const { flow, opened, attempts, pktsRetrSyn } = increment
  to.growSide(sideColumn.synTx, attempts + pktsRetrSyn)
  if (flow.role === 'client') to.growSide(sideColumn.synAckRx, opened)
  if (flow.role === 'server') {
    to.growSide(sideColumn.synRx, opened)
    to.growSide(sideColumn.synAckTx, opened)
  }
  to.growSide(sideColumn.finTx, increment.finsTx)
  // The kernel handed the closing over to a socket that no program sees, and waits for the FIN there.
  to.growSide(sideColumn.finRx, increment.finsRx + increment.handedOver)
}

export function countListener({ synAcksRetransmitted }: Listener, to: SideCounters): void {
  to.growSide(sideColumn.synAckTx, synAcksRetransmitted)
}

export function countRejection({ rejects }: Rejection, to: SideCounters): void {
  to.growSide(sideColumn.synRx, rejects)
}

export function countSynCookies({ sent, received, failed }: SynCookies, to: SideCounters): void {
  to.growSide(sideColumn.synCookiesTx, sent)
  to.growSide(sideColumn.synCookiesRx, received)
  to.growSide(sideColumn.synCookiesFailed, failed)
}
