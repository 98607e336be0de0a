import type { Flow } from '../connection/flow.ts'
import type { Listener } from '../connection/listener.ts'
import type { ProcessKey } from '../connection/process.ts'
import { formatAddress } from '../shared/addresses.ts'
import type { DiagFlows } from './inet-diag-flows.ts'
import type { SocketMessage } from './inet-diag-message.ts'
import { nobody } from './inet-diag-processes.ts'
import { families } from './inet-diag-requests.ts'

const unspecified: ReadonlySet<string> = new Set(['0.0.0.0', '::'])
/** Searches for its process before a listening socket stays without. */
const ownerTries = 3
const mostListeners = 65_536

interface TrackedListener {
  readonly inode: number
  readonly localAddress: string
  readonly port: number
  readonly networkType: Flow['networkType']
  process: ProcessKey | undefined
  cgroupId: bigint
  tries: number
  backlog: number
  backlogLimit: number
  drops: number
  reportedDrops: number
  dump: number
}

/** The listening sockets of one network namespace: whose they are, and how full their queues. */
export class Listeners {
  readonly #netns: number
  readonly #byCookie = new Map<number, TrackedListener>()
  /** Those of the last two dumps: a connection may end a little after its listener. */
  readonly #byPort = new Map<number, TrackedListener[]>()
  #dump = 0
  /** Listening sockets beyond the most that are kept. */
  leftOut = 0

  constructor(netns: number) {
    this.#netns = netns
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
        this.leftOut += 1
        return
      }
      listener = track(message)
      if (isBaseline) listener.reportedDrops = listener.drops
      this.#byCookie.set(cookie, listener)
      const { port } = listener
      this.#byPort.set(port, [...(this.#byPort.get(port) ?? []), listener])
    }
    listener.dump = this.#dump
    listener.backlog = message.receiveQueue
    listener.backlogLimit = message.sendQueue
    listener.drops = message.drops ?? listener.drops
  }

  /** Forgets those that were in neither this dump nor the one before. */
  endDump(): void {
    for (const [cookie, listener] of this.#byCookie) {
      if (listener.dump >= this.#dump - 1) continue
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
    for (const listener of this.#byCookie.values()) {
      if (listener.process !== undefined || listener.tries >= ownerTries) continue
      listener.tries += 1
      inodes.add(listener.inode)
    }
  }

  setOwners(owners: ReadonlyMap<number, ProcessKey>): void {
    for (const listener of this.#byCookie.values()) {
      listener.process ??= owners.get(listener.inode)
    }
  }

  /** How many have no known process. */
  unowned(): number {
    let count = 0
    for (const { process } of this.#byCookie.values()) if (process === undefined) count += 1
    return count
  }

  report(flows: DiagFlows, emit: (listener: Listener) => void): void {
    for (const listener of this.#byCookie.values()) {
      const { process = { ...nobody, cgroupId: listener.cgroupId }, localAddress } = listener
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
      const isGrowthOnly = listener.dump !== this.#dump
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

function track(message: SocketMessage): TrackedListener {
  const localAddress = formatAddress(message.localAddress)
  return {
    inode: message.inode,
    localAddress,
    port: message.localPort,
    networkType: message.family === families.ipv4 || !localAddress.includes(':') ? 'ipv4' : 'ipv6',
    process: undefined,
    cgroupId: message.cgroupId ?? 0n,
    tries: 0,
    backlog: 0,
    backlogLimit: 0,
    drops: message.drops ?? 0,
    reportedDrops: 0,
    dump: 0,
  }
}
