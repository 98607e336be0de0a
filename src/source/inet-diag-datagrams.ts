import type { Flow } from '../connection/flow.ts'
import { type Increment, noGrowth } from '../connection/increment.ts'
import type { ProcessKey } from '../connection/process.ts'
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
import { families } from './inet-diag-requests.ts'
import { countSince } from './inet-diag-signals.ts'
import { isSameHost, readEndpoints } from './inet-diag-socket.ts'

export interface DatagramsSettings {
  readonly netns: number
  readonly flows: DiagFlows
  /** Sockets tracked at most. */
  readonly capacity: number
  readonly emit: (increment: Increment) => void
}

type Remote = Pick<Flow, 'networkType' | 'remoteAddress' | 'isSameHost'>

const anyIpv4: Remote = { networkType: 'ipv4', remoteAddress: '0.0.0.0', isSameHost: false }
const anyIpv6: Remote = { networkType: 'ipv6', remoteAddress: '::', isSameHost: false }

function readRemote(message: SocketMessage): Remote {
  if (message.remotePort === 0) return message.family === families.ipv4 ? anyIpv4 : anyIpv6
  const endpoints = readEndpoints(message)
  const { networkType, remoteAddress } = endpoints
  return { networkType, remoteAddress, isSameHost: isSameHost(endpoints) }
}

class DatagramSocket extends OwnedSocket {
  /** Of the last dump: it may be connected to another address at any time. */
  remote: Remote
  drops: number
  reportedDrops = 0
  /** Where it is counted as open. */
  flow: Flow | undefined

  constructor(message: SocketMessage) {
    super(message)
    this.remote = readRemote(message)
    this.drops = message.drops ?? 0
  }

  override meet(message: SocketMessage, dump: number): void {
    super.meet(message, dump)
    this.remote = readRemote(message)
    this.drops = message.drops ?? this.drops
  }
}

/**
 * The UDP sockets of one network namespace that have a port: that they are open, whose they are, and what their queues
 * had no room for. The kernel counts neither their bytes nor their datagrams.
 */
export class DatagramSockets {
  readonly #settings: DatagramsSettings
  readonly #sockets = new Map<number, DatagramSocket>()
  readonly #leftOut = new LeftOut()
  #dump = 0

  constructor(settings: DatagramsSettings) {
    this.#settings = settings
  }

  /** Sockets that did not fit. */
  get leftOut(): number {
    return this.#leftOut.total
  }

  get size(): number {
    return this.#sockets.size
  }

  beginDump(): void {
    this.#dump += 1
  }

  /** @param isBaseline what was dropped until now was dropped before the start */
  take(message: SocketMessage, isBaseline: boolean): void {
    let socket = this.#sockets.get(message.cookie)
    if (socket === undefined) {
      if (this.#sockets.size >= this.#settings.capacity) {
        this.#leftOut.add()
        return
      }
      socket = new DatagramSocket(message)
      if (isBaseline) socket.reportedDrops = socket.drops
      this.#sockets.set(socket.cookie, socket)
    }
    socket.meet(message, this.#dump)
  }

  /** @param isComplete whether every socket must have been in it */
  endDump(isComplete: boolean): void {
    this.#leftOut.endDump(isComplete)
    if (!isComplete) return
    for (const socket of this.#sockets.values()) {
      if (socket.metBy === this.#dump) continue
      socket.missed += 1
      if (socket.missed < dumpsMissed) continue
      this.#leave(socket)
      this.#sockets.delete(socket.cookie)
    }
  }

  addUnowned(inodes: Set<number>): void {
    addSought(this.#sockets.values(), inodes)
  }

  setOwners(owners: ReadonlyMap<number, ProcessKey>): void {
    setOwners(this.#sockets.values(), owners)
  }

  /** How many have no known process. */
  unowned(): number {
    return countUnowned(this.#sockets.values())
  }

  /** Emits what grew of each, and which are open where. */
  report(): void {
    for (const socket of this.#sockets.values()) {
      const flow = this.#flowOf(socket)
      const drops = countSince(socket.drops, socket.reportedDrops)
      const isElsewhere = socket.flow !== flow
      if (!isElsewhere && drops === 0) continue
      socket.reportedDrops = socket.drops
      if (isElsewhere) this.#leave(socket)
      socket.flow = flow
      this.#emit({ flow, drops, active: isElsewhere ? 1 : 0 })
    }
  }

  /** Ends all, as the namespace is not watched any more. */
  close(): void {
    for (const socket of this.#sockets.values()) this.#leave(socket)
    this.#sockets.clear()
  }

  #leave(socket: DatagramSocket): void {
    const { flow } = socket
    socket.flow = undefined
    if (flow !== undefined) this.#emit({ flow, active: -1 })
  }

  #emit(growth: Pick<Increment, 'flow'> & Partial<Increment>): void {
    this.#settings.emit({ ...noGrowth, isUncounted: true, ...growth })
  }

  /** One that is not connected may speak with anyone, and nothing tells who asks and who answers. */
  #flowOf({ remote, owner, flow }: DatagramSocket): Flow {
    const isAsBefore =
      flow !== undefined &&
      flow.process === owner &&
      flow.remoteAddress === remote.remoteAddress &&
      flow.isSameHost === remote.isSameHost &&
      flow.networkType === remote.networkType
    if (isAsBefore) return flow
    const { netns } = this.#settings
    const fields = { netns, transport: 'udp', role: 'unknown', servicePort: 0 } as const
    return this.#settings.flows.find({ ...fields, ...remote, process: owner })
  }
}
