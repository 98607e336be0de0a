import type { EndedConnection } from '../../src/connection/ended.ts'
import { closeReasons, failureTypes } from '../../src/connection/increment.ts'
import { flow } from './increment.ts'

/** 2026-01-02T03:04:05.6Z */
export const endedAt = 1_767_323_045_600_000_000n

/** A client's connection to 192.0.2.1:443: SYN, 20 ms later established, 1.5 s later closed in order by both. */
export function ended(part: Partial<EndedConnection> = {}): EndedConnection {
  return {
    flow: flow(),
    localAddress: '192.0.2.9',
    localPort: 40_000,
    remotePort: 443,
    isAdopted: false,
    startTime: endedAt - 1_520_000_000n,
    establishedTime: endedAt - 1_500_000_000n,
    endTime: endedAt,
    bytesTx: 310,
    bytesRx: 4096,
    pktsTx: 100,
    pktsRx: 80,
    pktsRetr: 0,
    pktsRetrSyn: 0,
    srttUs: 20_000,
    rttVarianceUs: 1_000,
    rttMinUs: 19_500,
    closeReason: closeReasons.indexOf('local_fin'),
    failureType: 0,
    errno: 0,
    hasSentFin: true,
    hasReceivedFin: true,
    hasSentReset: false,
    hasReceivedReset: false,
    ...part,
  }
}

/** An attempt of which only the SYN was sent, 1 s before. */
export function failed(failure: (typeof failureTypes)[number], errno: number): EndedConnection {
  const { establishedTime: _, ...rest } = ended({
    startTime: endedAt - 1_000_000_000n,
    failureType: failureTypes.indexOf(failure),
    closeReason: 0,
    errno,
    bytesTx: 0,
    bytesRx: 0,
    pktsTx: 1,
    pktsRx: 0,
    srttUs: -1,
    rttVarianceUs: -1,
    rttMinUs: -1,
    hasSentFin: false,
    hasReceivedFin: false,
  })
  return rest
}
