import type { Flow } from '../connection/flow.ts'
import type { Listener } from '../connection/listener.ts'
import type { ProcessKey } from '../connection/process.ts'
import { formatAddress } from '../shared/addresses.ts'
import type { DiagFlows } from './inet-diag-flows.ts'
import type { SocketMessage } from './inet-diag-message.ts'
import {
  addSought,
  countUnowned,
  dumpsMissed,
  LeftOut,
  OwnedSocket,
  setOwners,
} from './inet-diag-owned.ts'
import { nobody } from './inet-diag-processes.ts'
import { families } from './inet-diag-requests.ts'

const unspecified: ReadonlySet<string> = new Set(['0.0.0.0', '::'])
const mostListeners = 65_536

class TrackedListener extends OwnedSocket {
  readonly localAddress: string
  readonly port: number
  readonly networkType: Flow['networkType']
  backlog = 0
  backlogLimit = 0
  drops: number
  reportedDrops = 0

  constructor(message: SocketMessage) {
    super(message)
    this.localAddress = formatAddress(message.localAddress)
    this.port = message.localPort
    const isIpv4 = message.family === families.ipv4 || !this.localAddress.includes(':')
    this.networkType = isIpv4 ? 'ipv4' : 'ipv6'
    this.drops = message.drops ?? 0
  }
}

/** The listening sockets of one network namespace: whose they are, and how full their queues. */
export class Listeners {
  readonly #netns: number
  readonly #byCookie = new Map<number, TrackedListener>()
  /** Those of the last two dumps: a connection may end a little after its listener. */
  readonly #byPort = new Map<number, TrackedListener[]>()
  #dump = 0
  readonly #leftOut = new LeftOut()

  constructor(netns: number) {
    this.#netns = netns
  }

  /** Listening sockets beyond the most that are kept. */
  get leftOut(): number {
    return this.#leftOut.total
  }

  get size(): number {
    return this.#byCookie.size
  }

  beginDump(): void {
    this.#dump += 1
  }

  /** @param isBaseline what it counted until now happened before the start */
  take(message: SocketMessage, isBaseline: boolean): void {
    const { cookie } = message
    let listener = this.#byCookie.get(cookie)
    if (listener === undefined) {
      if (this.#byCookie.size >= mostListeners) {
        this.#leftOut.add()
        return
      }
      listener = new TrackedListener(message)
      if (isBaseline) listener.reportedDrops = listener.drops
      this.#byCookie.set(cookie, listener)
      const { port } = listener
      this.#byPort.set(port, [...(this.#byPort.get(port) ?? []), listener])
    }
    listener.meet(message, this.#dump)
    listener.backlog = message.receiveQueue
    listener.backlogLimit = message.sendQueue
    listener.drops = message.drops ?? listener.drops
  }

  /** Forgets those that were in neither this dump nor the one before. @param isComplete whether it can tell */
  endDump(isComplete: boolean): void {
    this.#leftOut.endDump(isComplete)
    if (!isComplete) return
    for (const [cookie, listener] of this.#byCookie) {
      if (listener.metBy === this.#dump) continue
      listener.missed += 1
      if (listener.missed < dumpsMissed) continue
      this.#byCookie.delete(cookie)
      const others = (this.#byPort.get(listener.port) ?? []).filter((one) => one !== listener)
      if (others.length === 0) this.#byPort.delete(listener.port)
      else this.#byPort.set(listener.port, others)
    }
  }

  /** The process of the socket that accepts at an address; `undefined` if nobody listens there. */
  accepting(port: number, localAddress: string): ProcessKey | undefined {
    const found = this.#byPort
      .get(port)
      ?.find((one) => one.localAddress === localAddress || unspecified.has(one.localAddress))
    return found && (found.process ?? nobody)
  }

  /** Inodes whose process is to be looked for. */
  addUnowned(inodes: Set<number>): void {
    addSought(this.#byCookie.values(), inodes)
  }

  setOwners(owners: ReadonlyMap<number, ProcessKey>): void {
    setOwners(this.#byCookie.values(), owners)
  }

  /** How many have no known process. */
  unowned(): number {
    return countUnowned(this.#byCookie.values())
  }

  report(flows: DiagFlows, emit: (listener: Listener) => void): void {
    for (const listener of this.#byCookie.values()) {
      const { owner: process, localAddress } = listener
      const flow = flows.find({
        process,
        netns: this.#netns,
        transport: 'tcp',
        networkType: listener.networkType,
        role: 'server',
        servicePort: listener.port,
        remoteAddress: listener.networkType === 'ipv4' ? '0.0.0.0' : '::',
        isSameHost: false,
      })
      // The kernel's count wraps at 2^32.
      const overflows = (listener.drops - listener.reportedDrops) >>> 0
      const isGrowthOnly = listener.metBy !== this.#dump
      if (isGrowthOnly && overflows === 0) continue
      listener.reportedDrops = listener.drops
      const { backlog, backlogLimit } = listener
      emit({
        flow,
        localAddress,
        backlog,
        backlogLimit,
        overflows,
        synAcksRetransmitted: 0,
        oldestWaitMs: -1,
        isGrowthOnly,
      })
    }
  }
}
