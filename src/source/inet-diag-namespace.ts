import type { Increment } from '../connection/increment.ts'
import type { Listener } from '../connection/listener.ts'
import type { ProcessKey } from '../connection/process.ts'
import { NettracerError } from '../shared/errors.ts'
import type { SocketDiag } from './inet-diag-addon.ts'
import { type EndedSocket, readEnded } from './inet-diag-ended.ts'
import type { DiagFlows } from './inet-diag-flows.ts'
import { Listeners } from './inet-diag-listeners.ts'
import { readMessages, type SocketMessage } from './inet-diag-message.ts'
import {
  connectionStates,
  dumpRequest,
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
  /** What is read into, shared by all namespaces: events. */
  readonly events: Uint8Array
  /** Likewise for dumps, which are read on another thread. */
  readonly dumps: Uint8Array
  /** Answers of looks for single sockets. */
  readonly answers: Uint8Array
  readonly onConnection: (increment: Increment) => void
  readonly onListener: (listener: Listener) => void
}

/** One network namespace under watch. */
export class WatchedNamespace {
  readonly table: SocketTable
  readonly listeners: Listeners
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
    const { netns, flows, capacity, onConnection: emit } = settings
    this.#settings = settings
    this.listeners = new Listeners(netns)
    this.table = new SocketTable({ netns, listeners: this.listeners, flows, capacity, emit })
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
      this.listeners.beginDump()
      const takeListener = (one: SocketMessage) => this.listeners.take(one, isBaseline)
      await this.#dumpAll(listenState, takeListener)
      this.listeners.endDump()
      this.table.beginDump()
      const isComplete = await this.#dumpAll(connectionStates, (one) => {
        this.table.take(one, isBaseline)
      })
      this.#isDumping = false
      // What is in no dump any more may have its end told by an event that waits.
      while (this.drain());
      this.table.endDump(isComplete)
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

  setOwners(owners: ReadonlyMap<number, ProcessKey>): void {
    this.listeners.setOwners(owners)
    this.table.setOwners(owners)
  }

  report(): void {
    this.listeners.report(this.#settings.flows, this.#settings.onListener)
    this.table.report()
  }

  close(): void {
    this.#settings.diag.close()
  }

  /** @returns whether nothing can be missing */
  async #dumpAll(states: number, take: (socket: SocketMessage) => void): Promise<boolean> {
    const { diag, dumps } = this.#settings
    this.#sequence += 1
    let request: Uint8Array | undefined = dumpRequest(states, this.#sequence)
    let isInterrupted = false
    for (;;) {
      const length = await diag.dump(request, dumps)
      request = undefined
      const answer = readMessages(dumps.subarray(0, length), this.#sequence, take)
      this.records += answer.sockets
      this.unknownMessages += answer.unknown
      isInterrupted ||= answer.isInterrupted || answer.unknown > 0
      if (answer.error !== 0) {
        const message = `the kernel refused to tell of sockets: errno ${answer.error}`
        throw new NettracerError('NETTRACER_ERR_NETLINK_READ', message)
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
