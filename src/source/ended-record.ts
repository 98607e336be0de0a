import type { EndedConnection } from '../connection/ended.ts'
import type { Flow } from '../connection/flow.ts'
import type { EndRecord } from '../generated/records.ts'
import { formatAddress } from '../shared/addresses.ts'

const noSample = 0xffff_ffff
const unknownCount = 0xffff_ffff

/**
 * A copy of the record.
 *
 * @param wallOffset from the record's clock to the wall clock, in ns
 */
export function endedConnection(
  record: EndRecord,
  flow: Flow,
  wallOffset: bigint,
): EndedConnection {
  const { startTime, establishedTime, srtt, rttMin } = record
  return {
    flow,
    localAddress: formatAddress(record.localAddress),
    localPort: record.localPort,
    remotePort: record.remotePort,
    isAdopted: startTime === 0n,
    ...(startTime > 0n && { startTime: startTime + wallOffset }),
    ...(establishedTime > 0n && { establishedTime: establishedTime + wallOffset }),
    endTime: record.endTime + wallOffset,
    bytesTx: record.bytesTx,
    bytesRx: record.bytesRx,
    pktsTx: record.pktsTx,
    pktsRx: record.pktsRx,
    pktsRetr: record.pktsRetr,
    pktsRetrSyn: record.pktsRetrSyn === unknownCount ? undefined : record.pktsRetrSyn,
    srttUs: srtt || -1,
    rttVarianceUs: srtt ? record.rttVariance : -1,
    rttMinUs: rttMin === noSample ? -1 : rttMin,
    closeReason: record.closeReason,
    failureType: record.failureType,
    errno: record.error,
    hasSentFin: record.finTx === 1,
    hasReceivedFin: record.finRx === 1,
    hasSentReset: record.rstTx === 1,
    hasReceivedReset: record.rstRx === 1,
  }
}
