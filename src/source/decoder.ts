import { tcpStates } from '../connection/open-connection.ts'
import type { ProcessKey } from '../connection/process.ts'
import {
  ConnectionRecord,
  EndRecord,
  ListenerRecord,
  OpenRecord,
  ProcessRecord,
  Rejection,
  ResponseRecord,
  recordKind,
  SummaryRecord,
  Total,
} from '../generated/records.ts'
import { formatAddress } from '../shared/addresses.ts'
import { endedConnection } from './ended-record.ts'
import type { FlowTable } from './flow-table.ts'
import { mergedIncrement, RecordIncrement } from './increments.ts'
import { readResponses } from './responses.ts'
import type { Sink } from './source.ts'

const utf8 = new TextDecoder('utf-8')
const smallest = 8

/** Size of the struct that each kind of record is. */
const sizes = new Map<number, number>([
  [recordKind.RECORD_CONNECTION, ConnectionRecord.size],
  [recordKind.RECORD_COUNTERS, ConnectionRecord.size],
  [recordKind.RECORD_LISTENER, ListenerRecord.size],
  [recordKind.RECORD_PROCESS, ProcessRecord.size],
  [recordKind.RECORD_SUMMARY, SummaryRecord.size],
  [recordKind.RECORD_OPEN, OpenRecord.size],
  [recordKind.RECORD_END, EndRecord.size],
  [recordKind.RECORD_RESPONSES, ResponseRecord.size],
])

/** Text up to the first NUL; what is not UTF-8 becomes U+FFFD. */
function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return utf8.decode(end < 0 ? bytes : bytes.subarray(0, end))
}

function ancestorsOf(seen: ProcessRecord): ProcessKey[] {
  const { cgroupId, parentPid, grandparentPid } = seen
  const ancestors: ProcessKey[] = []
  if (parentPid === 0) return ancestors
  ancestors.push({ pid: parentPid, startTime: seen.parentStartTime, cgroupId })
  if (grandparentPid === 0) return ancestors
  ancestors.push({ pid: grandparentPid, startTime: seen.grandparentStartTime, cgroupId })
  return ancestors
}

/**
 * Hands the records of one buffer to a sink. Bytes come from our own programs, but a buffer that was cut wrongly
 * must not end the agent: what is not a record is counted, and the rest of that buffer is given up.
 */
export class RecordDecoder {
  readonly #connection: ConnectionRecord
  readonly #end: EndRecord
  readonly #increment: RecordIncrement
  readonly #listener: ListenerRecord
  readonly #open: OpenRecord
  readonly #process: ProcessRecord
  readonly #responses: ResponseRecord
  readonly #summary: SummaryRecord
  readonly #total: Total
  readonly #rejection: Rejection
  readonly #words: Uint32Array
  readonly #flows: FlowTable
  /** What is read into; 4-byte aligned, in host order. */
  readonly bytes: Uint8Array
  records = 0
  unknown = 0
  /** The second pass of a collection: listeners were reported by the first. */
  isRepeatedPass = false
  /** From the clock of the records to the wall clock, in ns. */
  wallOffset = 0n
  /** Of the last pass. */
  sockets = 0
  unowned = 0
  connections = 0

  constructor(flows: FlowTable, size: number) {
    this.#flows = flows
    this.bytes = new Uint8Array(size)
    this.#words = new Uint32Array(this.bytes.buffer)
    this.#connection = new ConnectionRecord(this.#words)
    this.#end = new EndRecord(this.#words)
    this.#listener = new ListenerRecord(this.#words)
    this.#open = new OpenRecord(this.#words)
    this.#process = new ProcessRecord(this.#words)
    this.#responses = new ResponseRecord(this.#words)
    this.#summary = new SummaryRecord(this.#words)
    this.#total = new Total(this.#words)
    this.#rejection = new Rejection(this.#words)
    const none = flows.find(
      new Uint32Array(Total.size >> 2),
      0,
      new Total(new Uint32Array(Total.size >> 2)),
    )
    this.#increment = new RecordIncrement(this.#connection, none)
  }

  /**
   * @param length bytes of records at the start of `bytes`
   * @returns how many bytes of a last, cut record are left; they now stand at the start of `bytes`
   */
  decode(length: number, sink: Sink): number {
    let at = 0
    while (length - at >= smallest) {
      const kind = this.#words[at >> 2] as number
      const size = this.#words[(at >> 2) + 1] as number
      if (sizes.get(kind) !== size) {
        this.unknown += 1
        return 0
      }
      if (at + size > length) break
      this.#emit(kind, at >> 2, sink)
      this.records += 1
      at += size
    }
    this.bytes.copyWithin(0, at, length)
    return length - at
  }

  #emit(kind: number, at: number, sink: Sink): void {
    switch (kind) {
      case recordKind.RECORD_CONNECTION:
      case recordKind.RECORD_COUNTERS:
        this.#connection.at = at
        this.#increment.isMerged = kind === recordKind.RECORD_COUNTERS
        this.#increment.flow = this.#flows.find(
          this.#words,
          at + ConnectionRecord.flowWord,
          this.#connection,
        )
        sink.connection(this.#increment)
        return
      case recordKind.RECORD_END:
        this.#end.at = at
        sink.ended?.(
          endedConnection(
            this.#end,
            this.#flows.find(this.#words, at + EndRecord.flowWord, this.#end),
            this.wallOffset,
          ),
        )
        return
      case recordKind.RECORD_LISTENER:
        this.#emitListener(at, sink)
        return
      case recordKind.RECORD_PROCESS:
        this.#emitProcess(at, sink)
        return
      case recordKind.RECORD_OPEN:
        this.#emitOpen(at, sink)
        return
      case recordKind.RECORD_RESPONSES:
        this.#emitResponses(at, sink)
        return
      default:
        this.#summary.at = at
        this.sockets = this.#summary.sockets
        this.unowned = this.#summary.unowned
        this.connections = this.#summary.connections
    }
  }

  #emitResponses(at: number, sink: Sink): void {
    if (!sink.responses) return
    const record = this.#responses
    record.at = at
    const flow = this.#flows.find(this.#words, at + ResponseRecord.flowWord, record)
    sink.responses(readResponses(record, flow))
  }

  #emitListener(at: number, sink: Sink): void {
    const listener = this.#listener
    listener.at = at
    if (this.isRepeatedPass && listener.overflows === 0 && listener.synackRetr === 0) return
    sink.listener({
      flow: this.#flows.find(this.#words, at + ListenerRecord.flowWord, listener),
      localAddress: formatAddress(listener.localAddress),
      backlog: listener.backlog,
      backlogLimit: listener.backlogLimit,
      overflows: listener.overflows,
      synAcksRetransmitted: listener.synackRetr,
      oldestWaitMs: listener.oldestWait,
      isGrowthOnly: this.isRepeatedPass || listener.isClosed === 1,
    })
  }

  #emitOpen(at: number, sink: Sink): void {
    const open = this.#open
    open.at = at
    sink.open?.({
      flow: this.#flows.find(this.#words, at + OpenRecord.flowWord, open),
      localAddress: formatAddress(open.localAddress),
      localPort: open.localPort,
      remotePort: open.remotePort,
      state: tcpStates[open.state] ?? 'unknown',
      ageNs: open.age,
      isAdopted: open.isAdopted === 1,
      bytesTx: open.bytesTx,
      bytesRx: open.bytesRx,
      pktsTx: open.pktsTx,
      pktsRetr: open.pktsRetr,
      allBytesTx: open.allBytesTx,
      allBytesRx: open.allBytesRx,
      srttUs: open.srtt || -1,
    })
  }

  #emitProcess(at: number, sink: Sink): void {
    const seen = this.#process
    seen.at = at
    sink.process({
      pid: seen.pid,
      startTime: seen.startTime,
      cgroupId: seen.cgroupId,
      uid: seen.uid,
      comm: text(seen.comm),
      executableName: text(seen.executableName),
      ancestors: ancestorsOf(seen),
    })
  }

  /** @param length bytes of entries of a remainder map at the start of `bytes` */
  decodeTotals(length: number, sink: Sink): void {
    for (let at = 0; at + Total.size <= length; at += Total.size) {
      this.#total.at = at >> 2
      const flow = this.#flows.find(this.#words, (at >> 2) + Total.flowWord, this.#total)
      sink.connection(mergedIncrement(this.#total, flow))
    }
  }

  /** @param length bytes of entries of a rejection map at the start of `bytes` */
  decodeRejections(length: number, sink: Sink): void {
    for (let at = 0; at + Rejection.size <= length; at += Rejection.size) {
      const rejection = this.#rejection
      rejection.at = at >> 2
      if (rejection.rejects === 0 && rejection.resets === 0) continue
      sink.rejection({
        netns: rejection.netns,
        networkType: rejection.ipVersion === 6 ? 'ipv6' : 'ipv4',
        port: rejection.port,
        rejects: rejection.rejects,
        resets: rejection.resets,
      })
    }
  }
}
