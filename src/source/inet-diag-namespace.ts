import { constants } from 'node:os'
import type { EndedConnection } from '../connection/ended.ts'
import type { Increment } from '../connection/increment.ts'
import type { Listener } from '../connection/listener.ts'
import type { OpenConnection } from '../connection/open-connection.ts'
import type { ProcessKey } from '../connection/process.ts'
import { NettracerError } from '../shared/errors.ts'
import type { SocketDiag } from './inet-diag-addon.ts'
import { DatagramSockets } from './inet-diag-datagrams.ts'
import { type EndedSocket, readEnded } from './inet-diag-ended.ts'
import type { DiagFlows } from './inet-diag-flows.ts'
import { Listeners } from './inet-diag-listeners.ts'
import { readMessages, type SocketMessage } from './inet-diag-message.ts'
import {
  connectionStates,
  datagramsRequest,
  dumpRequest,
  families,
  listenState,
  lookUpRequest,
  requestBytes,
  tcpStates,
} from './inet-diag-requests.ts'
import { SocketTable } from './inet-diag-table.ts'

/** The addon reads no further when a message may not fit any more. */
const largestMessage = 8 << 10
/** Sockets looked up at once: all answers fit the kernel's smallest buffer. */
const lookUpsAtOnce = 64

export interface NamespaceSettings {
  readonly diag: SocketDiag
  readonly netns: number
  readonly flows: DiagFlows
  readonly capacity: number
  /** Whether to read the sockets of UDP. */
  readonly hasDatagrams: boolean
  /** What is read into, shared by all namespaces: events. */
  readonly events: Uint8Array
  /** Likewise for dumps, which are read on another thread. */
  readonly dumps: Uint8Array
  /** Answers of looks for single sockets. */
  readonly answers: Uint8Array
  readonly onConnection: (increment: Increment) => void
  /** Absent if nobody wants to be told of single ends. */
  readonly onEnd?: ((connection: EndedConnection) => void) | undefined
  /** Absent if nobody wants to be told of each open connection at each report. */
  readonly onOpen?: ((connection: OpenConnection) => void) | undefined
  readonly onListener: (listener: Listener) => void
}

/** What a dump is read into. */
interface Dumped {
  readonly leftOut: number
  beginDump(): void
  take(message: SocketMessage, isBaseline: boolean): void
  endDump(isComplete: boolean): void
  addUnowned(inodes: Set<number>): void
  setOwners(owners: ReadonlyMap<number, ProcessKey>): void
  unowned(): number
}

class Refusal extends NettracerError {
  readonly errno: number

  constructor(errno: number) {
    super('NETTRACER_ERR_NETLINK_READ', `the kernel refused to tell of sockets: errno ${errno}`)
    this.errno = errno
  }
}

/** One network namespace under watch. */
export class WatchedNamespace {
  readonly table: SocketTable
  readonly listeners: Listeners
  /** `undefined` if nobody wants them, or if the kernel does not tell of them. */
  datagrams: DatagramSockets | undefined
  readonly #settings: NamespaceSettings
  readonly #beganMs = performance.now()
  #sequence = 0
  #isDumping = false
  records = 0
  unknownMessages = 0
  /** Dumps that may lack sockets. */
  interrupted = 0
  /** Looks for what is left of sockets that the kernel refused. */
  lookUpsFailed = 0
  overruns = 0

  constructor(settings: NamespaceSettings) {
    const {
      netns,
      flows,
      capacity,
      onConnection: emit,
      onEnd: tellEnd,
      onOpen: tellOpen,
    } = settings
    this.#settings = settings
    const common = { netns, flows, capacity, emit }
    this.listeners = new Listeners(netns)
    this.table = new SocketTable({ ...common, listeners: this.listeners, tellEnd, tellOpen })
    if (settings.hasDatagrams) this.datagrams = new DatagramSockets(common)
  }

  get #all(): Dumped[] {
    const { table, listeners, datagrams } = this
    return datagrams === undefined ? [table, listeners] : [table, listeners, datagrams]
  }

  /**
   * Reads all sockets as they are.
   *
   * @param isBaseline what they counted until now happened before the start
   * @throws NettracerError NETTRACER_ERR_NETLINK_READ
   */
  async dump(isBaseline: boolean): Promise<void> {
    // An event that is newer than the answer that is being read must not come before it.
    this.#isDumping = true
    try {
      await this.#dumpInto(this.listeners, isBaseline, [dumpRequest.bind(null, listenState)])
      if (this.datagrams !== undefined) await this.#dumpDatagrams(this.datagrams, isBaseline)
      await this.#dumpInto(
        this.table,
        isBaseline,
        [dumpRequest.bind(null, connectionStates)],
        () => {
          this.#isDumping = false
          // What is in no dump any more may have its end told by an event that waits.
          while (this.drain());
        },
      )
    } finally {
      this.#isDumping = false
    }
  }

  /** Takes events. @returns whether more may wait */
  drain(): boolean {
    if (this.#isDumping) return false
    const { diag, events } = this.#settings
    const length = diag.drain(events)
    this.overruns = diag.overruns()
    const ended = this.#readEvents(events.subarray(0, length))
    for (let at = 0; at < ended.length; at += lookUpsAtOnce) {
      this.#tryLookUp(ended.slice(at, at + lookUpsAtOnce))
    }
    for (const one of ended) this.table.end(one)
    return length > events.length - largestMessage
  }

  /** Inodes of sockets whose process is to be looked for. */
  addUnowned(inodes: Set<number>): void {
    for (const one of this.#all) one.addUnowned(inodes)
  }

  setOwners(owners: ReadonlyMap<number, ProcessKey>): void {
    for (const one of this.#all) one.setOwners(owners)
  }

  /** Sockets that are tracked, and how many of them have no known process. */
  get sockets(): number {
    return this.table.open + this.listeners.size + (this.datagrams?.size ?? 0)
  }
  unowned(): number {
    return this.#all.reduce((sum, one) => sum + one.unowned(), 0)
  }
  /** Sockets that did not fit. */
  get leftOut(): number {
    return this.#all.reduce((sum, one) => sum + one.leftOut, 0)
  }

  report(): void {
    this.listeners.report(this.#settings.flows, this.#settings.onListener)
    this.datagrams?.report()
    this.table.report()
  }

  /** Counts what is open as ended: nobody looks any more. */
  leave(): void {
    this.table.close()
    this.datagrams?.close()
  }

  close(): void {
    this.#settings.diag.close()
  }

  /** @param beforeEnd called when all is read, and before what no dump met is taken for gone */
  async #dumpInto(
    into: Dumped,
    isBaseline: boolean,
    requests: readonly ((sequence: number) => Uint8Array)[],
    beforeEnd: () => void = () => {},
  ): Promise<void> {
    let isComplete = true
    into.beginDump()
    try {
      for (const request of requests) {
        isComplete =
          (await this.#dumpAll(request, (one) => into.take(one, isBaseline))) && isComplete
      }
      beforeEnd()
    } catch (thrown) {
      isComplete = false
      throw thrown
    } finally {
      into.endDump(isComplete)
    }
  }

  /** A kernel without the module `udp_diag` does not know the request: then it is without UDP. */
  async #dumpDatagrams(datagrams: DatagramSockets, isBaseline: boolean): Promise<void> {
    try {
      const ofFamily = (family: number) => datagramsRequest.bind(null, family)
      await this.#dumpInto(datagrams, isBaseline, [families.ipv4, families.ipv6].map(ofFamily))
    } catch (thrown) {
      if (!(thrown instanceof Refusal) || thrown.errno !== constants.errno.ENOENT) throw thrown
      datagrams.close()
      this.datagrams = undefined
    }
  }

  /** @returns whether nothing can be missing */
  async #dumpAll(
    requestOf: (sequence: number) => Uint8Array,
    take: (socket: SocketMessage) => void,
  ): Promise<boolean> {
    const { diag, dumps } = this.#settings
    this.#sequence += 1
    let request: Uint8Array | undefined = requestOf(this.#sequence)
    let isInterrupted = false
    for (;;) {
      const length = await diag.dump(request, dumps)
      request = undefined
      const answer = readMessages(dumps.subarray(0, length), this.#sequence, take)
      this.records += answer.sockets
      this.unknownMessages += answer.unknown
      isInterrupted ||= answer.isInterrupted || answer.unknown > 0
      if (answer.error !== 0) {
        throw new Refusal(answer.error)
      }
      if (answer.isDone || length === 0) break
    }
    if (isInterrupted) this.interrupted += 1
    return !isInterrupted
  }

  #readEvents(bytes: Uint8Array): EndedSocket[] {
    const ended: EndedSocket[] = []
    const uptimeMs = Number(process.hrtime.bigint() / 1_000_000n)
    const ageMs = performance.now() - this.#beganMs
    const events = readMessages(bytes, undefined, (message) => {
      const one = readEnded(message, uptimeMs, ageMs)
      if (one === undefined) this.table.unreadable += 1
      else ended.push(one)
    })
    this.records += events.sockets
    this.unknownMessages += events.unknown
    return ended
  }

  /** Without an answer only the reason of an end is less sure: the end itself must be counted. */
  #tryLookUp(ended: readonly EndedSocket[]): void {
    try {
      this.#lookUp(ended)
    } catch {
      this.lookUpsFailed += 1
    }
  }

  /** Sees what is left of them: who closed first keeps a socket in time-wait. */
  #lookUp(ended: readonly EndedSocket[]): void {
    const asked = ended.filter(({ isDisconnected, wasEstablished }) => {
      return wasEstablished && !isDisconnected
    })
    if (asked.length === 0) return
    const requests = new Uint8Array(asked.length * requestBytes)
    for (const [at, { family, sockId }] of asked.entries()) {
      requests.set(lookUpRequest(family, sockId, at), at * requestBytes)
    }
    const { diag, answers } = this.#settings
    const length = diag.ask(requests, asked.length, answers)
    readMessages(answers.subarray(0, length), undefined, (message) => {
      const one = asked[message.sequence]
      // A socket with the same addresses that lives is another one.
      if (one === undefined || message.inode !== 0) return
      if (message.state === tcpStates.timeWait) one.remains = 'time_wait'
      else if (message.state === tcpStates.finWait2) one.remains = 'fin_wait_2'
    })
  }
}
