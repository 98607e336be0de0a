import type { EndedConnection } from '../connection/ended.ts'
import type { Increment } from '../connection/increment.ts'
import type { Listener, Rejection } from '../connection/listener.ts'
import type { NameAnswer } from '../connection/name-answer.ts'
import type { OpenConnection } from '../connection/open-connection.ts'
import type { ProcessSeen } from '../connection/process.ts'
import type { Responses } from '../connection/responses.ts'
import type { EdgeCounts } from './edges.ts'
import type { NatHealth } from './nat-watch.ts'

export type { EdgeCounts } from './edges.ts'
export type { NatHealth } from './nat-watch.ts'

/** Takes what a source reads. Called synchronously; objects may be reused by the source after the call. */
export interface Sink {
  /** Comes before the first increment of that process. */
  process(seen: ProcessSeen): void
  connection(increment: Increment): void
  /** Comes behind the last increment of that connection. A source tells of single ends only to a sink that has it. */
  ended?(connection: EndedConnection): void
  responses?(responses: Responses): void
  listener(listener: Listener): void
  rejection(rejection: Rejection): void
  /** Comes before the connections that were opened with it. Of a source that was asked for names. */
  answer?(answer: NameAnswer): void
  /** Each open connection at each collection, of a source that was asked for them. */
  open?(connection: OpenConnection): void
}

/** What a source knows of itself, cumulative since its start. A figure it does not have is absent. */
export interface SourceHealth {
  /** Records decoded. */
  records: number
  /** Records that found the ring full; their counters came merged. */
  ringFull: number
  /** Counted but reported nowhere: the remainder map was full as well. */
  lost: number
  /** Reports of response times that fit neither their socket nor the ring: those are missing. */
  responsesLost: number
  /** Processes whose first record did not fit the ring: their name may stay unknown once they are gone. */
  undescribed: number
  /** Connections whose end no program saw: they are in no count of ends, and may stay in the count of open ones. */
  endsMissed: number
  /** Ends of connections that were counted, but did not fit the ring one by one. */
  untoldEnds?: number
  /** Records skipped because their kind or size is unknown. */
  unknownRecords: number
  /** Sockets tracked at the last pass. */
  sockets: number
  /** Sockets without a known process at the last pass. */
  unowned: number
  /** How often the table of flows was full and began anew. */
  flowTableResets: number
  /** Programs that did not load or attach, with what is lost. */
  programs: readonly ProgramState[]
  /** Answers of DNS that were handed over, and those that found their ring full; absent where none are read. */
  answers?: { readonly read: number; readonly lost: number }
  /** Of the inet_diag source. */
  netlink?: NetlinkHealth
  edges?: EdgeCounts
  /** Absent where nobody asked what was translated. */
  nat?: NatHealth
}

/** What only the inet_diag source counts. */
export interface NetlinkHealth {
  /** Network namespaces that are watched. */
  readonly namespaces: number
  /** Network namespaces that are not: too many, or they may not be entered. */
  readonly namespacesLeftOut: number
  /** Dumps that failed or may lack sockets, looks and openings that failed. */
  readonly failures: number
  /** How often the kernel had no room for the end of a connection: those ends are found missing by a dump. */
  readonly overruns: number
}

export interface ProgramState {
  readonly name: string
  readonly attached: boolean
  /** The kernel's reason when not attached. */
  readonly error?: string
  /** Events that it did not see, because they interrupted it (`bpf_prog_info.recursion_misses`). */
  readonly missed: number
  /** What is missing from the telemetry without it. */
  readonly loss: string
}

/** Where increments come from. A source has no timer of its own: the receiver calls it. */
export interface Source {
  readonly name: 'ebpf' | 'inet_diag' | 'replay'
  /** Why it is not another source, of one that was chosen at its start, or what it cannot read here. */
  readonly remark?: string | undefined
  /** Attaches, and adopts what is already open with a baseline. */
  start(sink: Sink): Promise<void>
  /** Hands over what ended since the last call, a bounded part at a time. @returns whether more is waiting */
  drain(): boolean
  /**
   * Drains, then reads every open connection that changed, every listener, every rejection.
   *
   * @param isLast nothing may wait for the next one
   */
  collect(isLast?: boolean): Promise<void>
  health(): SourceHealth
  /** Detaches. Safe at any stage and twice. */
  stop(): Promise<void>
}
