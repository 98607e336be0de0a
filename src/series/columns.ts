import { closeReasons, failureTypes, type Increment } from '../connection/increment.ts'

/** Close reasons and failure types that a connection can have: the first of each list means "none". */
export const reasons: readonly string[] = closeReasons.slice(1)
export const failures: readonly string[] = failureTypes.slice(1)

/** Where each counter stands in a row: what grew since the last collection. */
export const column = {
  bytesRx: 0,
  bytesTx: 1,
  pktsRx: 2,
  pktsTx: 3,
  pktsRetr: 4,
  pktsRetrSyn: 5,
  resetsTx: 6,
  resetsRx: 7,
  opened: 8,
  /** SYNs to ports without a listener. */
  rejects: 9,
  listenOverflows: 10,
  /** The first of the 6 {@link reasons}. */
  closed: 11,
  /** The first of the 7 {@link failures}. */
  failed: 17,
  drops: 24,
} as const
export const counterColumns = 25

/** What is not a counter but holds now stands behind the counters. */
export const level = {
  active: 25,
  /** Listening sockets met since the last collection, and the sums of their queues. */
  listeners: 26,
  backlog: 27,
  backlogLimit: 28,
  /** In ms, the greatest; below 0 if unknown. */
  oldestWait: 29,
} as const

/** Behind those, what histograms keep outside of their buckets: 6 numbers for each of the 8. */
export const histogramsAt = 30

/** Behind those, where anyone wants them: the totals since the series began, in the order of the counters. */
export const totalsAt = 78

/** The histograms of a series, by their place in its list. */
export const histogramSlot = {
  sessionBytesRx: 0,
  sessionBytesTx: 1,
  rtt: 2,
  rttVariance: 3,
  connectDuration: 4,
  duration: 5,
  responseDuration: 6,
  acceptDuration: 7,
} as const
export const histogramSlots = 8

/** A reason that the record did not tell counts as `error`, so that the sum over reasons stays exact. */
export function reasonColumn({ closeReason }: Increment): number {
  const known = closeReason >= 1 && closeReason <= reasons.length
  return column.closed + (known ? closeReason : reasons.length) - 1
}

/** Likewise `_OTHER`. */
export function failureColumn({ failureType }: Increment): number {
  const known = failureType >= 1 && failureType <= failures.length
  return column.failed + (known ? failureType : failures.length) - 1
}
