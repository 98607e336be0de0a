import type { Flow } from '../connection/flow.ts'
import type { Increment } from '../connection/increment.ts'
import type { Signals } from '../connection/signals.ts'
import type { ConnectionRecord, Total } from '../generated/records.ts'

/** A connection record as an increment, read in place: valid while the record's buffer is. */
export class RecordIncrement implements Increment {
  readonly #record: ConnectionRecord
  flow: Flow
  isMerged = false
  readonly isUncounted = false
  /** Of the record that was read last. */
  readonly #signals = { ...noSignals }

  constructor(record: ConnectionRecord, flow: Flow) {
    this.#record = record
    this.flow = flow
  }

  get bytesTx(): number {
    return this.#record.bytesTx
  }
  get bytesRx(): number {
    return this.#record.bytesRx
  }
  get pktsTx(): number {
    return this.#record.pktsTx
  }
  get pktsRx(): number {
    return this.#record.pktsRx
  }
  get pktsRetr(): number {
    return this.#record.pktsRetr
  }
  get pktsRetrSyn(): number {
    return this.#record.pktsRetrSyn
  }
  get resetsTx(): number {
    return this.#record.resetsTx
  }
  get resetsRx(): number {
    return this.#record.resetsRx
  }
  get opened(): number {
    return this.#record.opened
  }
  get closed(): number {
    return this.#record.closed
  }
  get failed(): number {
    return this.#record.failed
  }
  get active(): number {
    return this.#record.active
  }
  get attempts(): number {
    return this.#record.attempts
  }
  get handedOver(): number {
    return this.#record.handedOver
  }
  get strayResets(): number {
    return this.#record.strayResets
  }
  get finsTx(): number {
    return this.#record.finsTx
  }
  get finsRx(): number {
    return this.#record.finsRx
  }
  get signals(): Signals | undefined {
    return this.#record.signals === 0 ? undefined : readSignals(this.#record, this.#signals)
  }
  get drops(): number {
    return this.#record.drops
  }
  get closeReason(): number {
    return this.#record.closeReason
  }
  get failureType(): number {
    return this.#record.failureType
  }
  get srttUs(): number {
    return this.#record.srtt || -1
  }
  get rttVarianceUs(): number {
    return this.#record.srtt ? this.#record.rttVariance : -1
  }
  get connectDurationNs(): number {
    return this.#record.connectDuration || -1
  }
  get durationNs(): number {
    return this.#record.duration || -1
  }
  get acceptDurationNs(): number {
    return this.#record.acceptDuration || -1
  }
}

const noSignals: Signals = {
  limitedNetworkUs: 0,
  limitedReceiverUs: 0,
  limitedSenderUs: 0,
  retrFast: 0,
  retrTimeout: 0,
  retrTailProbe: 0,
  retrOther: 0,
  timeouts: 0,
  pktsRxOutOfOrder: 0,
  pktsSpurious: 0,
  pktsCe: 0,
  reorderings: 0,
  windowsClosedTx: 0,
  windowsClosedRx: 0,
}

type Written<Fields> = { -readonly [field in keyof Fields]: Fields[field] }

function readSignals(record: ConnectionRecord | Total, into: Written<Signals>): Signals {
  into.limitedNetworkUs = record.limitedNetwork
  into.limitedReceiverUs = record.limitedReceiver
  into.limitedSenderUs = record.limitedSender
  into.retrFast = record.retrFast
  into.retrTimeout = record.retrTimeout
  into.retrTailProbe = record.retrTailProbe
  into.retrOther = record.retrOther
  into.timeouts = record.timeouts
  into.pktsRxOutOfOrder = record.pktsRxOoo
  into.pktsSpurious = record.pktsSpurious
  into.pktsCe = record.pktsCe
  into.reorderings = record.reorderings
  into.windowsClosedTx = record.windowsClosedTx
  into.windowsClosedRx = record.windowsClosedRx
  return into
}

/** An entry of a remainder map: sums, without what needs a connection of its own. */
export function mergedIncrement(total: Total, flow: Flow): Increment {
  return {
    flow,
    bytesTx: total.bytesTx,
    bytesRx: total.bytesRx,
    pktsTx: total.pktsTx,
    pktsRx: total.pktsRx,
    pktsRetr: total.pktsRetr,
    pktsRetrSyn: total.pktsRetrSyn,
    resetsTx: total.resetsTx,
    resetsRx: total.resetsRx,
    opened: total.opened,
    closed: total.closed,
    failed: total.failed,
    active: total.active,
    attempts: total.attempts,
    handedOver: total.handedOver,
    strayResets: total.strayResets,
    finsTx: total.finsTx,
    finsRx: total.finsRx,
    signals: total.signals === 0 ? undefined : readSignals(total, { ...noSignals }),
    drops: total.drops,
    closeReason: total.closeReason,
    failureType: total.failureType,
    isMerged: true,
    isUncounted: false,
    srttUs: -1,
    rttVarianceUs: -1,
    connectDurationNs: -1,
    durationNs: -1,
    acceptDurationNs: -1,
  }
}
