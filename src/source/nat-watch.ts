import { messageOf, NettracerError } from '../shared/errors.ts'
import { createSocketDiag, type SocketDiag } from './inet-diag-addon.ts'
import { findNamespaces, namespaceOf } from './inet-diag-namespaces.ts'
import { NatNamespace } from './nat-namespace.ts'
import { NatTable } from './nat-table.ts'

const eventBytes = 64 << 10
const dumpBytes = 256 << 10
/** Collections from one look at all processes to the next: their number may be large. */
const scanEvery = 30
/** Of one dump: kernels before 5.15 tell of all connections, of which this is 400,000. */
const mostDumpBytes = 96 << 20
/** Each has three sockets. */
const mostNamespaces = 128

export interface NatSettings {
  /** Whether it is to be remarked that nothing is tracked. */
  readonly isRequired?: boolean
  readonly procRoot?: string
  readonly namedRoot?: string
  readonly maxNamespaces?: number
  readonly createDiag?: () => SocketDiag
  readonly mostDumpBytes?: number
}

/** Cumulative since the start, but for `namespaces` and `size`. */
export interface NatHealth {
  /** Network namespaces whose connection tracking is watched. */
  readonly namespaces: number
  /** Translated connections in the table. */
  readonly size: number
  /** Translated connections that were told. */
  readonly entries: number
  /** Of those, how many gave way to newer ones although they may not have been used yet. */
  readonly missed: number
  /** How often the kernel had no room to tell: a dump makes up for it. */
  readonly overruns: number
  readonly dumps: number
  /** Namespaces that could not be read, at each attempt, and messages that were not understood. */
  readonly failures: number
}

/** The address translations of this host, in each of its network namespaces that tracks connections. */
export class NatWatch {
  readonly table = new NatTable()
  readonly #settings: Required<NatSettings>
  readonly #watched = new Map<number, NatNamespace>()
  readonly #events = new Uint8Array(eventBytes)
  readonly #dumps = new Uint8Array(dumpBytes)
  /** Namespaces that sockets were met in, each with a process that is in it. */
  readonly #noticed = new Map<number, number>()
  /** Of those that are watched and have no name: a process that is in each. */
  readonly #paths = new Map<number, string>()
  #refreshes = 0
  #stops = 0
  readonly #past = { entries: 0, overruns: 0, dumps: 0, failures: 0 }
  /** Nothing is tracked in the agent's own namespace. */
  isAbsent = false
  /** Why the agent's own namespace is not watched, or only by dumps. */
  remark: string | undefined

  constructor(settings: NatSettings = {}) {
    this.#settings = {
      isRequired: false,
      procRoot: '/proc',
      namedRoot: '/run/netns',
      maxNamespaces: mostNamespaces,
      createDiag: createSocketDiag,
      mostDumpBytes,
      ...settings,
    }
  }

  /** Reads what the kernel told since the last call. */
  drain(): void {
    for (const namespace of this.#watched.values()) {
      try {
        namespace.drain(this.#events)
      } catch {
        this.#giveUp(namespace)
      }
    }
  }

  /** Looks for namespaces that came and went, and reads whole what was not told. Before each collection. */
  async refresh(): Promise<void> {
    const { procRoot, maxNamespaces } = this.#settings
    const own = namespaceOf(`${procRoot}/self/ns/net`)
    const stops = this.#stops
    const found = await this.#find(own)
    // Nothing is opened any more that nobody would close.
    if (this.#stops !== stops) return
    if (!this.#watched.has(own)) this.#openOwn(own)
    for (const [netns, path] of found) {
      if (this.#watched.size >= maxNamespaces) break
      if (!this.#watched.has(netns)) this.#open(netns, path)
    }
    for (const namespace of [...this.#watched.values()]) await this.#catchUp(namespace)
  }

  /** That a process has a socket in a namespace. */
  notice(netns: number, pid: number): void {
    if (this.#watched.has(netns) || this.#noticed.has(netns) || pid === 0) return
    if (this.#noticed.size < mostNamespaces) this.#noticed.set(netns, pid)
  }

  /** Those with a name, and those that sockets were met in; all, if one that is watched may be gone, and now and then. */
  async #find(own: number): Promise<Map<number, string>> {
    const { procRoot, namedRoot } = this.#settings
    const isDue = this.#refreshes % scanEvery === 0
    this.#refreshes += 1
    const isScan = isDue || [...this.#paths].some(([netns, path]) => namespaceOf(path) !== netns)
    const found = await findNamespaces({ proc: isScan ? procRoot : '', named: namedRoot })
    for (const [netns, pid] of this.#noticed) {
      if (!found.has(netns)) found.set(netns, `${procRoot}/${pid}/ns/net`)
    }
    this.#noticed.clear()
    const isGone = (netns: number) =>
      netns !== own && !found.has(netns) && (isScan || !this.#paths.has(netns))
    for (const namespace of [...this.#watched.values()]) {
      if (isGone(namespace.netns)) this.#close(namespace)
    }
    return found
  }

  health(): NatHealth {
    const { past, all } = { past: this.#past, all: [...this.#watched.values()] }
    const sumOf = (read: (one: NatNamespace) => number) =>
      all.reduce((sum, one) => sum + read(one), 0)
    return {
      namespaces: all.length,
      size: this.table.size,
      entries: past.entries + sumOf(({ entries }) => entries),
      missed: this.table.missed,
      overruns: past.overruns + sumOf(({ overruns }) => overruns),
      dumps: past.dumps + sumOf(({ dumps }) => dumps),
      failures: past.failures + sumOf(({ unknownMessages }) => unknownMessages),
    }
  }

  stop(): void {
    this.#stops += 1
    for (const namespace of [...this.#watched.values()]) this.#close(namespace)
  }

  #openOwn(own: number): void {
    this.remark = undefined
    this.isAbsent = false
    try {
      const namespace = this.#create()
      this.#watched.set(own, namespace)
      if (namespace.isSilent) {
        this.remark =
          'address translations are looked up once an interval: net.netfilter.nf_conntrack_events is 0'
      }
    } catch (thrown) {
      this.isAbsent = isAbsent(thrown)
      const isExpected = isAbsent(thrown) && !this.#settings.isRequired
      if (!isExpected) this.remark = `address translations cannot be read: ${messageOf(thrown)}`
      if (!isAbsent(thrown)) this.#past.failures += 1
    }
  }

  #open(netns: number, path: string): void {
    try {
      const namespace = this.#create(path)
      // The process moved meanwhile.
      if (namespace.netns !== netns) {
        namespace.close()
        return
      }
      this.#watched.set(netns, namespace)
      if (path.startsWith(this.#settings.procRoot)) this.#paths.set(netns, path)
    } catch (thrown) {
      if (!isAbsent(thrown)) this.#past.failures += 1
    }
  }

  #create(path?: string): NatNamespace {
    const { createDiag, mostDumpBytes: most } = this.#settings
    const diag = createDiag()
    try {
      const { table } = this
      const place = path !== undefined && { path }
      return new NatNamespace({ diag, table, mostDumpBytes: most, ...place })
    } catch (thrown) {
      diag.close()
      throw thrown
    }
  }

  async #catchUp(namespace: NatNamespace): Promise<void> {
    try {
      await namespace.catchUp(this.#dumps)
    } catch {
      this.#giveUp(namespace)
    }
  }

  /** To be opened anew at the next collection: nobody knows what waits in its sockets. */
  #giveUp(namespace: NatNamespace): void {
    // It was stopped while it was read.
    if (this.#watched.get(namespace.netns) !== namespace) return
    this.#past.failures += 1
    this.#close(namespace)
  }

  #close(namespace: NatNamespace): void {
    this.#past.entries += namespace.entries
    this.#past.overruns += namespace.overruns
    this.#past.dumps += namespace.dumps
    this.#past.failures += namespace.unknownMessages
    this.#watched.delete(namespace.netns)
    this.#paths.delete(namespace.netns)
    namespace.close()
  }
}

/** Without connection tracking nothing is translated. */
const isAbsent = (thrown: unknown): boolean =>
  thrown instanceof Error &&
  'code' in thrown &&
  thrown.code === ('NETTRACER_ERR_CONNTRACK_ABSENT' satisfies NettracerError['code'])
