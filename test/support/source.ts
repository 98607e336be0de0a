import { onTestFinished } from 'vitest'
import type { EndedConnection } from '../../src/connection/ended.ts'
import type { Flow } from '../../src/connection/flow.ts'
import { closeReasons, failureTypes, type Increment } from '../../src/connection/increment.ts'
import type { Listener, Rejection } from '../../src/connection/listener.ts'
import type { NameAnswer } from '../../src/connection/name-answer.ts'
import type { ProcessSeen } from '../../src/connection/process.ts'
import type { Responses } from '../../src/connection/responses.ts'
import { EbpfSource } from '../../src/source/ebpf.ts'
import type { EbpfSettings } from '../../src/source/ebpf-settings.ts'
import { type InetDiagSettings, InetDiagSource } from '../../src/source/inet-diag.ts'
import type { Sink, Source } from '../../src/source/source.ts'
import type { Namespace } from './netns.ts'

/** Programs that a kernel may refuse although it knows them: a machine may forbid their type. */
export const refusedByPolicy: readonly string[] = ['socket_accepted']

/** Fields of an increment that add up. */
const counters = [
  ...(['bytesTx', 'bytesRx', 'pktsTx', 'pktsRx', 'pktsRetr', 'pktsRetrSyn'] as const),
  ...(['resetsTx', 'resetsRx', 'opened', 'closed', 'failed', 'active', 'drops'] as const),
  ...(['finsTx', 'finsRx', 'attempts', 'handedOver'] as const),
]
type Counter = (typeof counters)[number]

const readings = [
  'srttUs',
  'rttVarianceUs',
  'connectDurationNs',
  'durationNs',
  'acceptDurationNs',
] as const
type Reading = (typeof readings)[number]

/** Fields of its signals. */
const signals = [
  ...(['limitedNetworkUs', 'limitedReceiverUs', 'limitedSenderUs'] as const),
  ...(['retrFast', 'retrTimeout', 'retrTailProbe', 'retrOther', 'timeouts'] as const),
  ...(['pktsRxOutOfOrder', 'pktsSpurious', 'pktsCe', 'reorderings'] as const),
  ...(['windowsClosedTx', 'windowsClosedRx'] as const),
]
type Signal = (typeof signals)[number]
export type SignalSum = Record<Signal, number>

/** A copy of one increment. */
export interface Recorded extends Record<Counter, number>, Record<Reading, number> {
  readonly signals: SignalSum | undefined
  readonly flow: Flow
  readonly isMerged: boolean
  readonly closeReason: (typeof closeReasons)[number]
  readonly failureType: (typeof failureTypes)[number]
}

export interface Sum extends Record<Counter, number> {
  readonly increments: number
  /** Connections that ended, by reason. */
  readonly closedBy: Record<string, number>
  /** Attempts that failed, by type. */
  readonly failedBy: Record<string, number>
}

export interface Filter {
  readonly netns?: number
  readonly pid?: number
  readonly role?: Flow['role']
  readonly port?: number
  readonly networkType?: Flow['networkType']
  readonly transport?: Flow['transport']
  readonly remoteAddress?: string
}

function matches(flow: Flow, filter: Filter): boolean {
  const has: Required<Filter> = {
    netns: flow.netns,
    pid: flow.process.pid,
    role: flow.role,
    port: flow.servicePort,
    networkType: flow.networkType,
    transport: flow.transport,
    remoteAddress: flow.remoteAddress,
  }
  return Object.entries(filter).every(([key, value]) => has[key as keyof Filter] === value)
}

function copy(increment: Increment): Recorded {
  const numbers = Object.fromEntries([...counters, ...readings].map((key) => [key, increment[key]]))
  return {
    ...(numbers as Record<Counter | Reading, number>),
    flow: increment.flow,
    signals: increment.signals && { ...increment.signals },
    isMerged: increment.isMerged,
    closeReason: closeReasons[increment.closeReason] ?? 'none',
    failureType: failureTypes[increment.failureType] ?? 'none',
  }
}

export function sumOf(increments: readonly Recorded[]): Sum {
  const sum = Object.fromEntries(counters.map((key) => [key, 0])) as Record<Counter, number>
  const closedBy: Record<string, number> = {}
  const failedBy: Record<string, number> = {}
  for (const one of increments) {
    for (const key of counters) sum[key] += one[key]
    if (one.closed > 0) closedBy[one.closeReason] = (closedBy[one.closeReason] ?? 0) + one.closed
    if (one.failed > 0) failedBy[one.failureType] = (failedBy[one.failureType] ?? 0) + one.failed
  }
  return { ...sum, increments: increments.length, closedBy, failedBy }
}

export function signalsOf(increments: readonly Recorded[]): SignalSum {
  const sum = (key: Signal) =>
    increments.reduce((total, one) => total + (one.signals?.[key] ?? 0), 0)
  return Object.fromEntries(signals.map((key) => [key, sum(key)])) as SignalSum
}

/** Keeps all that a source hands over, of one set of namespaces. */
export class RecordingSink implements Sink {
  readonly increments: Recorded[] = []
  readonly responseTimes: Responses[] = []
  readonly listeners: Listener[] = []
  readonly rejections: Rejection[] = []
  readonly processes: ProcessSeen[] = []
  /** `process PID` and `increment PID`, as they came. */
  readonly order: string[] = []
  readonly #netns: ReadonlySet<number>

  constructor(netns: Iterable<number> = []) {
    this.#netns = new Set(netns)
  }

  clear(): void {
    const { increments, responseTimes, listeners, rejections, processes } = this
    for (const list of [increments, responseTimes, listeners, rejections, processes]) {
      list.length = 0
    }
    this.order.length = 0
  }

  isWanted(netns: number): boolean {
    return this.#netns.size === 0 || this.#netns.has(netns)
  }

  process(seen: ProcessSeen): void {
    this.processes.push({ ...seen })
    this.order.push(`process ${seen.pid}`)
  }

  connection(increment: Increment): void {
    if (!this.isWanted(increment.flow.netns)) return
    this.increments.push(copy(increment))
    this.order.push(`increment ${increment.flow.process.pid}`)
  }

  responses(responses: Responses): void {
    if (!this.isWanted(responses.flow.netns)) return
    const { flow, sumNs, minNs, maxNs, scale, buckets, counts } = responses
    const copies = { buckets: [...buckets], counts: [...counts] }
    this.responseTimes.push({ flow, sumNs, minNs, maxNs, scale, ...copies })
  }

  listener(listener: Listener): void {
    if (this.isWanted(listener.flow.netns)) this.listeners.push({ ...listener })
  }

  rejection(rejection: Rejection): void {
    // The entry for what did not fit has no namespace.
    if (rejection.netns === 0 || this.isWanted(rejection.netns)) {
      this.rejections.push({ ...rejection })
    }
  }
}

/** Is told of each connection that ends, too. */
export class EndsSink extends RecordingSink {
  readonly ends: EndedConnection[] = []

  ended(connection: EndedConnection): void {
    if (this.isWanted(connection.flow.netns)) this.ends.push(connection)
  }
}

/** Is told of answers of DNS, too. */
export class AnswersSink extends RecordingSink {
  readonly answers: NameAnswer[] = []

  answer(answer: NameAnswer): void {
    if (!this.isWanted(answer.netns)) return
    this.answers.push({ ...answer, message: Uint8Array.from(answer.message) })
  }
}

/** A running source and what it said of some namespaces. */
export class Watch<Watched extends Source = EbpfSource> {
  readonly source: Watched
  readonly sink: RecordingSink

  constructor(source: Watched, sink: RecordingSink) {
    this.source = source
    this.sink = sink
  }

  async collect(): Promise<void> {
    await this.source.collect()
    const { unknownRecords } = this.source.health()
    if (unknownRecords > 0) throw new Error(`${unknownRecords} records were not understood`)
  }

  of(filter: Filter): Recorded[] {
    return this.sink.increments.filter(({ flow }) => matches(flow, filter))
  }

  responses(filter: Filter): Responses[] {
    return this.sink.responseTimes.filter(({ flow }) => matches(flow, filter))
  }

  sum(filter: Filter): Sum {
    return sumOf(this.of(filter))
  }

  signals(filter: Filter): SignalSum {
    return signalsOf(this.of(filter))
  }

  listeners(filter: Filter): Listener[] {
    return this.sink.listeners.filter(({ flow }) => matches(flow, filter))
  }

  /** Collects again and again while something goes on, then once more. @returns how often */
  async collectDuring(work: Promise<unknown>): Promise<number> {
    const state = { isDone: false }
    const done = work.finally(() => {
      state.isDone = true
    })
    let collections = 1
    while (!state.isDone) {
      await this.collect()
      collections += 1
    }
    await done
    await this.collect()
    return collections
  }

  /** Collects until something holds that time brings about (a timer of the kernel), at most for 20 s. */
  async collectUntil(holds: () => boolean): Promise<void> {
    const deadline = performance.now() + 20_000
    for (;;) {
      await this.collect()
      if (holds()) return
      if (performance.now() > deadline) {
        const { endsMissed } = this.source.health()
        throw new Error(`what was waited for did not come; ends that no program saw: ${endsMissed}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** Starts a source that ends with the test and records what happens in the given namespaces. */
export async function watchSource<Watched extends Source>(
  namespaces: readonly Namespace[],
  source: Watched,
  sink: RecordingSink = new RecordingSink(namespaces.map(({ inode }) => inode)),
): Promise<Watch<Watched>> {
  onTestFinished(() => source.stop())
  await source.start(sink)
  return new Watch(source, sink)
}

export function watch(
  namespaces: readonly Namespace[],
  settings: EbpfSettings = {},
  sink?: RecordingSink,
): Promise<Watch> {
  return watchSource(namespaces, new EbpfSource(settings), sink)
}

export function watchDiag(
  namespaces: readonly Namespace[],
  settings: InetDiagSettings = {},
): Promise<Watch<InetDiagSource>> {
  return watchSource(namespaces, new InetDiagSource(settings))
}
