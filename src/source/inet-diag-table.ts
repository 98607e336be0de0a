import type { EndedConnection } from '../connection/ended.ts'
import { type Increment, noGrowth } from '../connection/increment.ts'
import type { OpenConnection } from '../connection/open-connection.ts'
import type { ProcessKey } from '../connection/process.ts'
import { type Counters, readCounters, refusedBytes, roleOf } from './inet-diag-counters.ts'
import { closedConnection, failedConnection, lostConnection } from './inet-diag-end-records.ts'
import type { EndedSocket } from './inet-diag-ended.ts'
import { closing, failing, unknownCloseReason, unseenGrowth, unseenRole } from './inet-diag-ends.ts'
import {
  type Growth,
  hasGrown,
  nothingReported,
  setReported,
  takeGrowth,
} from './inet-diag-growth.ts'
import type { SocketMessage } from './inet-diag-message.ts'
import { openConnection } from './inet-diag-open.ts'
import { addSought, CountedLives, dumpsMissed, LeftOut, setOwners } from './inet-diag-owned.ts'
import { nobody } from './inet-diag-processes.ts'
import { tcpStates } from './inet-diag-requests.ts'
import { signalsOfNext } from './inet-diag-signals.ts'
import { readEndpoints, TrackedSocket } from './inet-diag-socket.ts'
import { TcpFlows, type TcpFlowsSettings } from './inet-diag-tcp-flows.ts'

/** For how many dumps a socket that was given up is kept whole, as its end may yet be told. */
const dumpsKept = 360
/** Sockets of which it is kept for longer that they are counted. */
const mostForgotten = 100_000

export interface TableSettings extends TcpFlowsSettings {
  /** Connections tracked at most; others are seen only when they end. */
  readonly capacity: number
  readonly emit: (increment: Increment) => void
  /** `undefined` if nobody wants to be told of single ends. */
  readonly tellEnd?: ((connection: EndedConnection) => void) | undefined
  /** `undefined` if nobody wants to be told of each open connection at each report. */
  readonly tellOpen?: ((connection: OpenConnection) => void) | undefined
}

/** The connections of one network namespace: what was reported of each, so that only growth is. */
export class SocketTable {
  readonly #settings: TableSettings
  readonly #flows: TcpFlows
  readonly #sockets = new Map<number, TrackedSocket>()
  #dump = 0
  #open = 0
  readonly #leftOut = new LeftOut()
  /** Sockets that were given up long ago. */
  readonly #forgotten = new CountedLives(mostForgotten)
  /** Ends that the kernel did not tell of. */
  endsMissed = 0
  /** Messages with less than is needed to count. */
  unreadable = 0

  constructor(settings: TableSettings) {
    this.#settings = settings
    this.#flows = new TcpFlows(settings)
  }

  /** Connections that did not fit. */
  get leftOut(): number {
    return this.#leftOut.total + this.#forgotten.dropped
  }

  /** Connections that count as open. */
  get open(): number {
    return this.#open
  }

  beginDump(): void {
    this.#dump += 1
  }

  /** @param isBaseline what was counted until now happened before the start */
  take(message: SocketMessage, isBaseline: boolean): void {
    // What is left of a connection after its socket has neither counters nor a process.
    if (message.infoLength === 0) return
    const counters = readCounters(message)
    if (counters === undefined) {
      this.unreadable += 1
      return
    }
    const socket = this.#find(message, counters, isBaseline)
    if (socket === undefined) return
    const isNew = socket.metBy === 0
    if (socket.isOther(counters)) this.#beginAgain(socket, message)
    else if (socket.isGivenUp) socket.comeBack()
    socket.counters = counters
    socket.meet(message, this.#dump)
    if (message.state === tcpStates.synSent) socket.role = 'client'
    else this.#establish(socket)
    if (isNew && isBaseline && socket.wasEstablished) this.#adopt(socket)
  }

  /** @param isComplete whether every open socket must have been in it */
  endDump(isComplete: boolean): void {
    this.#leftOut.endDump(isComplete)
    if (!isComplete) return
    for (const socket of this.#sockets.values()) {
      if (socket.metBy === this.#dump) continue
      socket.missed += 1
      if (socket.isGivenUp) {
        if (socket.missed <= dumpsKept) continue
        this.#sockets.delete(socket.cookie)
        this.#forgotten.add(socket.cookie)
      } else if (socket.missed >= dumpsMissed && !this.#giveUp(socket)) {
        this.#sockets.delete(socket.cookie)
      }
    }
  }

  addUnowned(inodes: Set<number>): void {
    addSought(this.#sockets.values(), inodes)
  }

  setOwners(owners: ReadonlyMap<number, ProcessKey>): void {
    setOwners(this.#sockets.values(), owners, (socket) => this.#leaveFlow(socket))
  }

  /** How many have no known process. */
  unowned(): number {
    let count = 0
    for (const { process, isGivenUp } of this.#sockets.values()) {
      if (process === undefined && !isGivenUp) count += 1
    }
    return count
  }

  /** Emits what grew of each. */
  report(): void {
    const { tellOpen } = this.#settings
    for (const socket of this.#sockets.values()) {
      if (socket.isGivenUp) continue
      const isTold = socket.wasEstablished && !socket.isDoubtful
      const growth = isTold ? this.#reportGrowth(socket) : {}
      if (tellOpen === undefined || socket.metBy !== this.#dump) continue
      tellOpen(openConnection(this.#flows.ofSocket(socket), socket, growth))
    }
  }

  /** @returns what grew, and was emitted */
  #reportGrowth(socket: TrackedSocket): Growth {
    const { counters, payload, reported } = socket
    if (socket.isCounted && !hasGrown(reported, counters, payload)) return {}
    const growth = takeGrowth(reported, counters, payload)
    const active = socket.isCounted ? 0 : 1
    this.#open += active
    socket.isCounted = true
    this.#emit(socket, { ...growth, ...socket.takeOpening(), active })
    return growth
  }

  /** A socket that the kernel destroyed. */
  end(ended: EndedSocket): void {
    const socket = this.#sockets.get(ended.cookie)
    if (socket === undefined) {
      const wasCounted = this.#forgotten.take(ended.cookie)
      if (ended.hadPeer && !ended.isFromBefore && !wasCounted) this.#emitUnseen(ended)
      return
    }
    this.#sockets.delete(ended.cookie)
    socket.wasEstablished ||= ended.wasEstablished
    if (socket.wasEstablished) this.#endTracked(socket, ended)
    else this.#fail(socket, ended)
  }

  #fail(socket: TrackedSocket, ended: EndedSocket): void {
    this.#emit(socket, failing(ended))
    const { tellEnd } = this.#settings
    tellEnd?.(failedConnection(this.#flows.ofSocket(socket), ended, socket))
  }

  #endTracked(socket: TrackedSocket, ended: EndedSocket): void {
    if (socket.role === 'unknown') {
      socket.role = unseenRole(ended, this.#flows.accepting(socket.endpoints) !== undefined)
      if (socket.role !== 'unknown') this.#leaveFlow(socket)
    }
    const { tellEnd } = this.#settings
    const close = closing(ended, socket)
    const { reason, payload, handedOver } = close
    const growth = ended.isDisconnected ? {} : takeGrowth(socket.reported, ended.counters, payload)
    if (socket.isGivenUp) {
      if ((growth.pktsRx ?? 0) + (growth.pktsTx ?? 0) > 0) this.#emit(socket, growth)
      return
    }
    const opening = socket.takeOpening()
    const active = this.#uncount(socket)
    const end = { closed: 1, closeReason: reason, handedOver }
    this.#emit(socket, { ...growth, ...opening, ...active, ...end })
    tellEnd?.(closedConnection(this.#flows.ofSocket(socket), ended, close, socket))
  }

  /** Ends all that is left, as the namespace is not watched any more. */
  close(): void {
    for (const socket of this.#sockets.values()) if (!socket.isGivenUp) this.#giveUp(socket)
    this.#sockets.clear()
  }

  #find(message: SocketMessage, counters: Counters, isAdopted: boolean): TrackedSocket | undefined {
    const known = this.#sockets.get(message.cookie)
    if (known !== undefined) return known
    if (this.#sockets.size >= this.#settings.capacity) {
      this.#leftOut.add()
      return undefined
    }
    // Its socket is used again.
    this.#forgotten.take(message.cookie)
    const socket = new TrackedSocket(message, counters, isAdopted)
    this.#sockets.set(socket.cookie, socket)
    return socket
  }

  #establish(socket: TrackedSocket): void {
    const { counters, state, endpoints } = socket
    if (socket.role === 'unknown') {
      const isAccepting = this.#flows.accepting(endpoints) !== undefined
      socket.role = socket.roleBy(roleOf(counters, state), isAccepting)
      if (socket.role !== 'unknown') this.#leaveFlow(socket)
    }
    socket.refused = refusedBytes(counters, state, socket.role) ?? socket.refused
    socket.wasEstablished = true
  }

  /** More is known: it leaves the series where it was counted, and the next report counts it where it belongs. */
  #leaveFlow(socket: TrackedSocket): void {
    const { flow } = socket
    socket.flow = undefined
    if (!socket.isCounted || flow === undefined || flow === this.#flows.ofSocket(socket)) return
    this.#open -= 1
    socket.isCounted = false
    this.#settings.emit({ ...noGrowth, flow, active: -1, isMerged: true })
  }

  #adopt(socket: TrackedSocket): void {
    setReported(socket.reported, socket.counters, socket.payload)
    socket.isOpeningReported = true
  }

  /** connect() to nowhere, then to somewhere: the same socket is another connection. */
  #beginAgain(socket: TrackedSocket, message: SocketMessage): void {
    if (!socket.isGivenUp) this.#giveUp(socket)
    socket.endpoints = readEndpoints(message)
    socket.flow = undefined
    const signals = signalsOfNext(socket.reported.signals)
    Object.assign(socket.reported, nothingReported, { signals })
    socket.role = 'unknown'
    socket.refused = 0
    socket.isGivenUp = false
    socket.isOpeningReported = false
    socket.wasEstablished = false
  }

  /** @returns whether there was something to give up: of an attempt that failed only its end tells */
  #giveUp(socket: TrackedSocket): boolean {
    if (!socket.wasEstablished) return false
    socket.isGivenUp = true
    this.endsMissed += 1
    this.#emit(socket, {
      ...socket.takeOpening(),
      ...this.#uncount(socket),
      closed: 1,
      closeReason: unknownCloseReason,
    })
    this.#settings.tellEnd?.(lostConnection(this.#flows.ofSocket(socket), socket))
    return true
  }

  #uncount(socket: TrackedSocket): Growth {
    if (!socket.isCounted) return {}
    socket.isCounted = false
    this.#open -= 1
    return { active: -1 }
  }

  /** A connection that began and ended between two dumps. */
  #emitUnseen(ended: EndedSocket): void {
    const accepting = this.#flows.accepting(ended.endpoints)
    const role = unseenRole(ended, accepting !== undefined)
    const process = role === 'server' ? (accepting ?? nobody) : nobody
    const flow = this.#flows.find(ended.endpoints, role, process)
    const { emit, tellEnd } = this.#settings
    if (!ended.wasEstablished) {
      emit({ ...noGrowth, ...failing(ended), flow })
      tellEnd?.(failedConnection(flow, ended, undefined))
      return
    }
    const close = closing(ended, { role, state: tcpStates.close, refused: 0 })
    emit({ ...noGrowth, ...unseenGrowth(ended, role, close), flow })
    tellEnd?.(closedConnection(flow, ended, close, undefined))
  }

  #emit(socket: TrackedSocket, growth: Growth): void {
    this.#settings.emit({ ...noGrowth, ...growth, flow: this.#flows.ofSocket(socket) })
  }
}
