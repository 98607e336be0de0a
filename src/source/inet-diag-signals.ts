import type { Signals } from '../connection/signals.ts'
import type { SocketMessage } from './inet-diag-message.ts'

/** Offsets in `struct tcp_info`. */
const offset = {
  busyTime: 168,
  rwndLimited: 176,
  sndbufLimited: 184,
  deliveredCe: 196,
  dsackDups: 216,
  reordSeen: 220,
  rcvOoopack: 224,
  sndWnd: 228,
  rcvWnd: 232,
  totalRto: 240,
} as const
const wraps16 = 2 ** 16

/** What a socket counted since it began, of what signals are made of; 0 of what this kernel does not tell. */
export interface SignalCounters {
  limitedNetworkUs: number
  limitedReceiverUs: number
  limitedSenderUs: number
  /** Wraps at 2^16. */
  timeouts: number
  /** These wrap at 2^32. */
  pktsRxOutOfOrder: number
  pktsSpurious: number
  pktsCe: number
  reorderings: number
  /** The window that was last told to the remote end is 0. */
  isOwnWindowClosed: boolean
  isRemoteWindowClosed: boolean
}

export const noSignals: Readonly<SignalCounters> = {
  limitedNetworkUs: 0,
  limitedReceiverUs: 0,
  limitedSenderUs: 0,
  timeouts: 0,
  pktsRxOutOfOrder: 0,
  pktsSpurious: 0,
  pktsCe: 0,
  reorderings: 0,
  isOwnWindowClosed: false,
  isRemoteWindowClosed: false,
}

export function readSignals(message: SocketMessage): SignalCounters {
  const count32 = (at: number): number => Math.max(message.info32(at), 0)
  const count64 = (at: number): number => Math.max(message.info64(at), 0)
  const limitedReceiverUs = count64(offset.rwndLimited)
  const limitedSenderUs = count64(offset.sndbufLimited)
  const limitedUs = limitedReceiverUs + limitedSenderUs
  return {
    limitedNetworkUs: Math.max(count64(offset.busyTime) - limitedUs, 0),
    limitedReceiverUs,
    limitedSenderUs,
    timeouts: count32(offset.totalRto) % wraps16,
    pktsRxOutOfOrder: count32(offset.rcvOoopack),
    pktsSpurious: count32(offset.dsackDups),
    pktsCe: count32(offset.deliveredCe),
    reorderings: count32(offset.reordSeen),
    isOwnWindowClosed: message.info32(offset.rcvWnd) === 0,
    isRemoteWindowClosed: message.info32(offset.sndWnd) === 0,
  }
}

/**
 * What grew; `undefined` if nothing did. Never negative.
 *
 * @param pktsRetr what was sent again: the kernel does not tell why
 */
export function signalsSince(
  now: SignalCounters,
  before: SignalCounters,
  pktsRetr: number,
): Signals | undefined {
  const since = (key: SignalCount): number => countSince(now[key], before[key])
  const longer = (key: SignalTime): number => Math.max(now[key] - before[key], 0)
  const signals = {
    limitedNetworkUs: longer('limitedNetworkUs'),
    limitedReceiverUs: longer('limitedReceiverUs'),
    limitedSenderUs: longer('limitedSenderUs'),
    retrFast: 0,
    retrTimeout: 0,
    retrTailProbe: 0,
    retrOther: pktsRetr,
    timeouts: countSince(now.timeouts, before.timeouts, 16),
    pktsRxOutOfOrder: since('pktsRxOutOfOrder'),
    pktsSpurious: since('pktsSpurious'),
    pktsCe: since('pktsCe'),
    reorderings: since('reorderings'),
    windowsClosedTx: now.isOwnWindowClosed && !before.isOwnWindowClosed ? 1 : 0,
    windowsClosedRx: now.isRemoteWindowClosed && !before.isRemoteWindowClosed ? 1 : 0,
  }
  return Object.values(signals).some((value) => value > 0) ? signals : undefined
}

type SignalCount = 'pktsRxOutOfOrder' | 'pktsSpurious' | 'pktsCe' | 'reorderings'
/** Growth of a count of so many bits, which wraps. One that fell is of another connection on the same socket. */
export function countSince(now: number, before: number, bits = 32): number {
  const above = 32 - bits
  return Math.max(((now - before) << above) >> above, 0)
}

/** What stays when a socket is used for another connection: the kernel goes on with its times. */
export function signalsOfNext({
  limitedNetworkUs,
  limitedReceiverUs,
  limitedSenderUs,
}: SignalCounters): SignalCounters {
  return { ...noSignals, limitedNetworkUs, limitedReceiverUs, limitedSenderUs }
}

type SignalTime = 'limitedNetworkUs' | 'limitedReceiverUs' | 'limitedSenderUs'

/** Times are added up of parts, so one may be a little behind the last reading: what was reported stays. */
export function latest(now: SignalCounters, before: SignalCounters): SignalCounters {
  return {
    ...now,
    limitedNetworkUs: Math.max(now.limitedNetworkUs, before.limitedNetworkUs),
    limitedReceiverUs: Math.max(now.limitedReceiverUs, before.limitedReceiverUs),
    limitedSenderUs: Math.max(now.limitedSenderUs, before.limitedSenderUs),
  }
}
