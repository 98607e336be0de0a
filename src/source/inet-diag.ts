import type { ProcessKey } from '../connection/process.ts'
import { messageOf, NettracerError } from '../shared/errors.ts'
import { createSocketDiag } from './inet-diag-addon.ts'
import { addCounts, countsOf, noCounts } from './inet-diag-counts.ts'
import { DiagFlows } from './inet-diag-flows.ts'
import { WatchedNamespace } from './inet-diag-namespace.ts'
import { findNamespaces, namespaceOf } from './inet-diag-namespaces.ts'
import { SocketOwners } from './inet-diag-processes.ts'
import { destroyGroups } from './inet-diag-requests.ts'
import type { Sink, Source, SourceHealth } from './source.ts'

/** The kernel hands out at most 32 KiB at once; a turn of the event loop takes some 600 sockets. */
const dumpBytes = 256 << 10
const eventBytes = 256 << 10
const answerBytes = 64 << 10
/** Some 12,000 ends of connections that wait to be read. */
const receiveBytes = 16 << 20
/** Scans that must miss a namespace: a process may move between two looks. */
const scansMissed = 2

export interface InetDiagSettings {
  readonly procRoot?: string
  readonly namedRoot?: string
  /** Network namespaces watched at most. */
  readonly maxNamespaces?: number
  /** Connections tracked at most in one namespace. */
  readonly maxConnections?: number
  readonly receiveBytes?: number
  readonly flowCapacity?: number
  /** Whether to read UDP sockets. Default true. */
  readonly hasDatagrams?: boolean
  /** Whether the sink gets each open connection at each collection, changed or not. Default false. */
  readonly eachConnection?: boolean
}

interface Watched {
  readonly namespace: WatchedNamespace
  missed: number
}

/**
 * Increments from dumps of the kernel's sockets and its word on those it destroys, in each network namespace: for where
 * BPF is not to be had. docs/sources.md has what it cannot tell.
 */
export class InetDiagSource implements Source {
  readonly name = 'inet_diag'
  readonly #settings: Required<InetDiagSettings>
  readonly #owners: SocketOwners
  readonly #flows: DiagFlows
  readonly #events = new Uint8Array(eventBytes)
  readonly #dumps = new Uint8Array(dumpBytes)
  readonly #answers = new Uint8Array(answerBytes)
  readonly #watched = new Map<number, Watched>()
  /** Namespaces of the last scan. */
  #known = new Set<number>()
  #sink: Sink | undefined
  #isStarted = false
  #own = 0
  /** What namespaces counted that are not watched any more. */
  #past = noCounts()
  #namespacesLeftOut = 0
  #failures = 0

  constructor(settings: InetDiagSettings = {}) {
    this.#settings = {
      procRoot: '/proc',
      namedRoot: '/run/netns',
      maxNamespaces: 512,
      maxConnections: 200_000,
      receiveBytes,
      flowCapacity: 1 << 15,
      hasDatagrams: true,
      eachConnection: false,
      ...settings,
    }
    this.#owners = new SocketOwners(this.#settings.procRoot)
    this.#flows = new DiagFlows(this.#settings.flowCapacity)
  }

  get remark(): string | undefined {
    const own = this.#watched.get(this.#own)?.namespace
    if (!this.#settings.hasDatagrams || own === undefined || own.datagrams !== undefined) return
    return 'UDP sockets cannot be read: this kernel has no udp_diag'
  }

  /** @throws NettracerError if the agent's own network namespace cannot be read */
  async start(sink: Sink): Promise<void> {
    this.#sink = sink
    this.#isStarted = true
    this.#own = namespaceOf(`${this.#settings.procRoot}/self/ns/net`)
    try {
      const own = this.#watch(this.#own, undefined)
      await own.dump(true)
      await this.#scan(true)
      await this.#findOwners()
    } catch (thrown) {
      await this.stop()
      throw unusable(thrown)
    }
  }

  drain(): boolean {
    let hasMore = false
    for (const { namespace } of this.#watched.values()) {
      if (this.#try(() => namespace.drain()) === true) hasMore = true
    }
    return hasMore
  }

  async collect(): Promise<void> {
    if (!this.#isStarted) return
    const fresh = await this.#scan(false)
    for (const [netns, { namespace }] of this.#watched) {
      if (!fresh.has(netns)) await this.#dump(namespace, false)
    }
    await this.#findOwners()
    for (const { namespace } of this.#watched.values()) namespace.report()
    this.#flows.renew()
  }

  health(): SourceHealth {
    const sum = { ...this.#past }
    let sockets = 0
    let unowned = 0
    for (const { namespace } of this.#watched.values()) {
      addCounts(sum, countsOf(namespace))
      sockets += namespace.sockets
      unowned += namespace.unowned()
    }
    return {
      records: sum.records,
      ringFull: 0,
      lost: sum.lost,
      undescribed: 0,
      responsesLost: 0,
      endsMissed: sum.endsMissed,
      unknownRecords: sum.unknown,
      sockets,
      unowned,
      flowTableResets: this.#flows.resets,
      programs: [],
      netlink: {
        namespaces: this.#watched.size,
        namespacesLeftOut: this.#namespacesLeftOut,
        failures: this.#failures + sum.interrupted + sum.lookUpsFailed,
        overruns: sum.overruns,
      },
    }
  }

  async stop(): Promise<void> {
    this.#isStarted = false
    for (const { namespace } of this.#watched.values()) namespace.close()
    this.#watched.clear()
    return Promise.resolve()
  }

  /** Begins to watch new namespaces and ends with those that are gone. @returns those that are new */
  async #scan(isFirst: boolean): Promise<Set<number>> {
    const fresh = new Set<number>()
    const found = await findNamespaces({
      proc: this.#settings.procRoot,
      named: this.#settings.namedRoot,
    })
    if (!this.#isStarted) return fresh
    this.#leave(found)
    let leftOut = 0
    for (const [netns, path] of found) {
      if (this.#watched.has(netns)) continue
      if (this.#watched.size >= this.#settings.maxNamespaces) {
        leftOut += 1
        continue
      }
      const namespace = this.#try(() => this.#watch(netns, path))
      if (namespace === undefined) {
        leftOut += 1
        continue
      }
      // One that was not there at the last scan is new, and so is all in it.
      fresh.add(netns)
      await this.#dump(namespace, isFirst || this.#known.has(netns))
      if (!this.#isStarted) return fresh
    }
    this.#namespacesLeftOut = leftOut
    this.#known = new Set(found.keys())
    return fresh
  }

  /** @throws NettracerError NETTRACER_ERR_NETLINK_OPEN */
  #watch(netns: number, path: string | undefined): WatchedNamespace {
    const diag = createSocketDiag()
    const opened = diag.open({
      ...(path !== undefined && { path }),
      receiveBytes: this.#settings.receiveBytes,
      groups: destroyGroups,
    })
    if (netns !== 0 && opened.netns !== netns) {
      // The process ended since, and another has its pid.
      diag.close()
      throw new NettracerError('NETTRACER_ERR_NETLINK_OPEN', `${path} is another namespace by now`)
    }
    const namespace = new WatchedNamespace({
      diag,
      netns: opened.netns,
      flows: this.#flows,
      capacity: this.#settings.maxConnections,
      hasDatagrams: this.#settings.hasDatagrams,
      events: this.#events,
      dumps: this.#dumps,
      answers: this.#answers,
      onConnection: (increment) => this.#sink?.connection(increment),
      ...(this.#settings.eachConnection && { onOpen: (one) => this.#sink?.open?.(one) }),
      ...(this.#sink?.ended !== undefined && { onEnd: (end) => this.#sink?.ended?.(end) }),
      onListener: (listener) => this.#sink?.listener(listener),
    })
    this.#watched.set(opened.netns, { namespace, missed: 0 })
    return namespace
  }

  /** Our sockets keep a namespace alive that nobody else uses any more. */
  #leave(found: ReadonlyMap<number, string>): void {
    for (const [netns, watched] of this.#watched) {
      watched.missed = netns === this.#own || found.has(netns) ? 0 : watched.missed + 1
      if (watched.missed < scansMissed) continue
      const { namespace } = watched
      this.#try(() => {
        while (namespace.drain());
      })
      namespace.leave()
      addCounts(this.#past, countsOf(namespace))
      namespace.close()
      this.#watched.delete(netns)
    }
  }

  async #dump(namespace: WatchedNamespace, isBaseline: boolean): Promise<void> {
    if (!this.#isStarted) return
    try {
      await namespace.dump(isBaseline)
    } catch {
      if (this.#isStarted) this.#failures += 1
    }
  }

  async #findOwners(): Promise<void> {
    const inodes = new Set<number>()
    for (const { namespace } of this.#watched.values()) {
      namespace.addUnowned(inodes)
    }
    if (inodes.size === 0 || !this.#isStarted) return
    const owners: Map<number, ProcessKey> = await this.#owners.find(inodes, (seen) =>
      this.#sink?.process(seen),
    )
    for (const { namespace } of this.#watched.values()) namespace.setOwners(owners)
  }

  #try<Result>(action: () => Result): Result | undefined {
    try {
      return action()
    } catch {
      this.#failures += 1
      return undefined
    }
  }
}

function unusable(thrown: unknown): NettracerError {
  const message = `the kernel's sockets cannot be read over netlink: ${messageOf(thrown)}`
  return new NettracerError('NETTRACER_ERR_SOURCE_UNUSABLE', message, { cause: thrown })
}
