import { tcpStates } from '../connection/open-connection.ts'
import type { ProcessKey } from '../connection/process.ts'
import {
  ConnectionRecord,
  EndRecord,
  ListenerRecord,
  OpenRecord,
  ProcessRecord,
  ResponseRecord,
  recordKind,
  SummaryRecord,
} from '../generated/records.ts'
import { formatAddress } from '../shared/addresses.ts'
import type { Stage } from './edge-columns.ts'
import { endedConnection } from './ended-record.ts'
import { RecordIncrement } from './increments.ts'
import { type KnownFlow, unknownFlow } from './known-flow.ts'
import { RecordResponses } from './responses.ts'
import type { Sink } from './source.ts'

const utf8 = new TextDecoder('utf-8')

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

/** The kernel's root has no name. What fills its field may have been cut off: then nothing is told. */
function cgroupPathOf({ group, groupParent, groupGrandparent }: ProcessRecord): string | undefined {
  const parts = [groupGrandparent, groupParent, group]
  if (parts.some((part) => part[part.length - 2] !== 0)) return undefined
  // More may be above.
  const start = groupGrandparent[0] === 0 ? '/' : ''
  return `${start}${parts.map(text).filter(Boolean).join('/')}`
}

/** Tells a sink of single records of one buffer, where they stand. */
export class RecordTeller {
  readonly #connection: ConnectionRecord
  readonly #end: EndRecord
  readonly #increment: RecordIncrement
  readonly #listener: ListenerRecord
  readonly #open: OpenRecord
  readonly #process: ProcessRecord
  readonly #responses: ResponseRecord
  readonly #times = new RecordResponses()
  readonly #summary: SummaryRecord
  /** The second pass of a collection: listeners were reported by the first. */
  isRepeatedPass = false
  /** From the clock of the records to the wall clock, in ns. */
  wallOffset = 0n
  /** Of the last pass. */
  sockets = 0
  unowned = 0
  connections = 0

  constructor(words: Uint32Array) {
    this.#connection = new ConnectionRecord(words)
    this.#end = new EndRecord(words)
    this.#listener = new ListenerRecord(words)
    this.#open = new OpenRecord(words)
    this.#process = new ProcessRecord(words)
    this.#responses = new ResponseRecord(words)
    this.#summary = new SummaryRecord(words)
    this.#increment = new RecordIncrement(this.#connection, unknownFlow)
  }

  /** What a record with endpoints is to its connection. */
  stageOf(kind: number, at: number): Stage {
    if (kind === recordKind.RECORD_RESPONSES) return 'aside'
    if (kind !== recordKind.RECORD_CONNECTION) return 'more'
    const record = this.#connection
    record.at = at
    if (record.failed > 0) return 'failed'
    // An end may come before what a pass has read of the beginning.
    return record.active > 0 || record.closed > 0 ? 'first' : 'more'
  }

  /** @returns change of the number of open connections that a record with counters tells of */
  activeOf(at: number): number {
    this.#connection.at = at
    return this.#connection.active
  }

  /** Whether a record is the last of its connection's counters. */
  isEnd(kind: number, at: number): boolean {
    if (kind !== recordKind.RECORD_CONNECTION) return false
    this.#connection.at = at
    return this.#connection.closed > 0 || this.#connection.failed > 0
  }

  /** @param flow of a record that has one */
  tell(kind: number, at: number, flow: KnownFlow, sink: Sink): void {
    switch (kind) {
      case recordKind.RECORD_CONNECTION:
      case recordKind.RECORD_COUNTERS:
        this.#connection.at = at
        this.#increment.isMerged = kind === recordKind.RECORD_COUNTERS
        this.#increment.flow = flow
        sink.connection(this.#increment)
        return
      case recordKind.RECORD_END:
        this.#end.at = at
        sink.ended?.(endedConnection(this.#end, flow, this.wallOffset))
        return
      case recordKind.RECORD_LISTENER:
        this.#tellListener(at, flow, sink)
        return
      case recordKind.RECORD_PROCESS:
        this.#tellProcess(at, sink)
        return
      case recordKind.RECORD_OPEN:
        this.#tellOpen(at, flow, sink)
        return
      case recordKind.RECORD_RESPONSES:
        this.#responses.at = at
        sink.responses?.(this.#times.read(this.#responses, flow))
        return
      default:
        this.#summary.at = at
        this.sockets = this.#summary.sockets
        this.unowned = this.#summary.unowned
        this.connections = this.#summary.connections
    }
  }

  #tellListener(at: number, flow: KnownFlow, sink: Sink): void {
    const listener = this.#listener
    listener.at = at
    if (this.isRepeatedPass && listener.overflows === 0 && listener.synackRetr === 0) return
    sink.listener({
      flow,
      localAddress: formatAddress(listener.localAddress),
      backlog: listener.backlog,
      backlogLimit: listener.backlogLimit,
      overflows: listener.overflows,
      synAcksRetransmitted: listener.synackRetr,
      oldestWaitMs: listener.oldestWait,
      isGrowthOnly: this.isRepeatedPass || listener.isClosed === 1,
    })
  }

  #tellOpen(at: number, flow: KnownFlow, sink: Sink): void {
    const open = this.#open
    open.at = at
    sink.open?.({
      flow,
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

  #tellProcess(at: number, sink: Sink): void {
    const seen = this.#process
    seen.at = at
    const cgroupPath = cgroupPathOf(seen)
    sink.process({
      pid: seen.pid,
      startTime: seen.startTime,
      cgroupId: seen.cgroupId,
      uid: seen.uid,
      comm: text(seen.comm),
      executableName: text(seen.executableName),
      ...(cgroupPath !== undefined && { cgroupPath }),
      ancestors: ancestorsOf(seen),
    })
  }
}

/** Size of the struct that each kind of record is, and words to its `struct flow` and `struct endpoints`; -1: it has none. */
interface Shape {
  readonly size: number
  readonly flowWord: number
  readonly endpointsWord: number
}

const both = ({ size, flowWord, endpointsWord }: Shape): Shape => ({
  size,
  flowWord,
  endpointsWord,
})
const none = { flowWord: -1, endpointsWord: -1 }

/** By `enum record_kind`. */
export const shapes: readonly (Shape | undefined)[] = Object.assign([], {
  [recordKind.RECORD_CONNECTION]: both(ConnectionRecord),
  [recordKind.RECORD_COUNTERS]: both(ConnectionRecord),
  [recordKind.RECORD_LISTENER]: {
    ...none,
    size: ListenerRecord.size,
    flowWord: ListenerRecord.flowWord,
  },
  [recordKind.RECORD_PROCESS]: { ...none, size: ProcessRecord.size },
  [recordKind.RECORD_SUMMARY]: { ...none, size: SummaryRecord.size },
  [recordKind.RECORD_OPEN]: both(OpenRecord),
  [recordKind.RECORD_END]: both(EndRecord),
  [recordKind.RECORD_RESPONSES]: both(ResponseRecord),
})
