import type { Flow } from '../connection/flow.ts'
import type { Listener } from '../connection/listener.ts'
import type { Logger } from '../telemetry/telemetry.ts'
import { cidrOf } from './cidr.ts'
import { type ConfiguredService, ConfiguredServices } from './configured-services.ts'
import type { DnsNames } from './dns/names.ts'
import type { ClusterPeer, ClusterPeers } from './kubernetes/directory.ts'
import { LocalListeners } from './local-listeners.ts'
import { PeerFiles } from './peer-files.ts'
import type { Peer, PeerService } from './peer-names.ts'
import { type PeerScope, scopeOf } from './peer-scope.ts'
import { PrefixTable } from './prefix-table.ts'
import { type ProcessLook, ProcessServices } from './process-services.ts'
import type { RangeFile } from './range-file.ts'

/** How public addresses are named: each, all as `public`, or by the longest of these CIDRs that holds them. */
export type PublicPeers = 'address' | 'aggregate' | readonly string[]

/** Addresses that share a name, whatever their scope. */
export type PeerGroups = Readonly<Record<string, readonly string[]>>

export interface PeersSettings {
  readonly public: PublicPeers
  readonly groups: PeerGroups
  readonly services?: readonly ConfiguredService[]
  readonly rangeFiles?: readonly RangeFile[]
  readonly asDatabase?: string | undefined
  readonly countryDatabase?: string | undefined
  /** Of processes of this host; absent: their connections to each other stay without names. */
  readonly look?: ProcessLook
  readonly procRoot?: string
  readonly logger?: Pick<Logger, 'limited'> | undefined
}

/** Whom else to ask. */
export interface PeerDirectories {
  readonly dns?: DnsNames | undefined
  readonly cluster?: ClusterPeers | undefined
}

/** What of a flow tells the scope of its peer. */
export type ScopedFlow = Pick<Flow, 'remoteAddress' | 'reachedAddress' | 'isSameHost'>

/** Says who the other side of a flow is, from memory. */
export class Peers {
  readonly #groups: PrefixTable<string>
  readonly #publicRanges: PrefixTable<string>
  readonly #isAggregated: boolean
  readonly #configured: ConfiguredServices
  readonly #files: PeerFiles
  readonly #processes: ProcessServices | undefined
  readonly #listeners: LocalListeners | undefined
  #directories: PeerDirectories = {}
  #hostAddresses: ReadonlySet<string>
  #ownEpoch = 0

  /** @throws {RangeError} if one of the CIDRs is none: the configuration was to check them */
  constructor(settings: PeersSettings, hostAddresses: ReadonlySet<string>) {
    const { public: named, groups, services = [], rangeFiles = [], look } = settings
    this.#isAggregated = named !== 'address'
    this.#hostAddresses = hostAddresses
    const texts = typeof named === 'string' ? [] : named
    this.#publicRanges = new PrefixTable(texts.map((text) => [cidrOf(text), text]))
    const ofGroups = Object.entries(groups).flatMap(([name, cidrs]) =>
      cidrs.map((cidr) => [cidrOf(cidr), name] as const),
    )
    this.#groups = new PrefixTable(ofGroups)
    this.#configured = new ConfiguredServices(services)
    this.#files = new PeerFiles({ ...settings, rangeFiles })
    if (look === undefined) return
    const processes = new ProcessServices(look)
    this.#processes = processes
    this.#listeners = new LocalListeners({
      serviceOf: (process) => processes.find(process),
      ...(settings.procRoot !== undefined && { procRoot: settings.procRoot }),
    })
  }

  /** Grows whenever a name may be another than before. */
  get epoch(): number {
    const { dns, cluster } = this.#directories
    const parts = [this.#files, this.#processes, this.#listeners, dns, cluster]
    return parts.reduce((sum, part) => sum + (part?.epoch ?? 0), this.#ownEpoch)
  }

  /** Addresses come and go: the caller reads them again, with `readHostAddresses`. */
  set hostAddresses(addresses: ReadonlySet<string>) {
    this.#hostAddresses = addresses
  }

  /** From now on these are asked, too. */
  use(directories: PeerDirectories): void {
    // Epochs of others may be lower: the sum must grow.
    const before = this.epoch
    this.#directories = directories
    this.#ownEpoch += Math.max(0, before - this.epoch) + 1
  }

  /** Each listening socket, at each collection. */
  listening(listener: Listener): void {
    this.#listeners?.met(listener)
  }

  /** How many files of names could not be used at the last look. */
  get unusableFiles(): number {
    return this.#files.unusable
  }

  /** Reads the files, if they changed. Never fails. */
  async refreshFiles(): Promise<void> {
    await this.#files.refresh(performance.now())
  }

  /** Ends a collection. */
  refresh(): void {
    this.#processes?.refresh()
    this.#listeners?.refresh(performance.now())
    void this.refreshFiles()
  }

  peerOf(flow: Flow): Peer {
    const { remoteAddress, reachedAddress = remoteAddress, isSameHost } = flow
    const scope = this.scopeOf(flow)
    const address = this.#nameOf(reachedAddress, scope)
    const called =
      reachedAddress === remoteAddress
        ? address
        : this.#nameOf(remoteAddress, this.#scopeAt(remoteAddress, isSameHost))
    return { scope, address, called, ...this.#dnsName(flow), ...this.#who(flow, scope) }
  }

  scopeOf({ remoteAddress, reachedAddress, isSameHost }: ScopedFlow): PeerScope {
    return this.#scopeAt(reachedAddress ?? remoteAddress, isSameHost)
  }

  #scopeAt(address: string, isSameHost: boolean): PeerScope {
    return scopeOf(address, isSameHost || this.#hostAddresses.has(address))
  }

  #nameOf(address: string, scope: PeerScope): string {
    const group = this.#groups.find(address) ?? this.#files.rangeOf(address)
    if (group !== undefined) return group
    if (scope !== 'public' || !this.#isAggregated) return address
    return this.#publicRanges.find(address) ?? 'public'
  }

  /** Who was called; who calls has not asked for itself. */
  #dnsName({ role, remoteAddress, netns, process }: Flow): Pick<Peer, 'name'> {
    if (role !== 'client') return {}
    const name = this.#directories.dns?.nameOf(remoteAddress, netns, process.pid)
    return name === undefined ? {} : { name }
  }

  #who(flow: Flow, scope: PeerScope): Pick<Peer, 'service' | 'kubernetes' | 'system' | 'country'> {
    const cluster = this.#inCluster(flow)
    const service = this.#serviceAt(flow, cluster) ?? this.#listening(flow, scope)
    return {
      ...(service !== undefined && { service }),
      ...(cluster !== undefined && { kubernetes: cluster.attributes }),
      ...(scope === 'public' && this.#placeOf(flow)),
    }
  }

  /** Of the process that was found at the other end; one that nobody named is called otherwise, if anything tells how. */
  #serviceAt(flow: Flow, cluster: ClusterPeer | undefined): PeerService | undefined {
    const { peerProcess } = flow
    const ofProcess = peerProcess && this.#processes?.find(peerProcess)
    if (ofProcess !== undefined && !isUnnamed(ofProcess)) return ofProcess
    return this.#configuredAt(flow) ?? serviceOf(cluster) ?? ofProcess
  }

  #configuredAt(flow: Flow): PeerService | undefined {
    const { remoteAddress, reachedAddress } = flow
    const called = this.#configured.find(remoteAddress, portOf(flow))
    if (called !== undefined || reachedAddress === undefined) return called
    return this.#configured.find(reachedAddress, undefined)
  }

  /** The pod that was reached, with the Service that was called. */
  #inCluster(flow: Flow): ClusterPeer | undefined {
    const { cluster } = this.#directories
    if (cluster === undefined) return undefined
    const { transport, remoteAddress, reachedAddress } = flow
    const called = cluster.peerAt(remoteAddress, portOf(flow) ?? 0, transport)
    if (reachedAddress === undefined) return called
    const reached = cluster.peerAt(reachedAddress, 0, transport)
    if (reached === undefined || called === undefined) return reached ?? called
    const named = reached.serviceName === undefined ? called : reached
    return { ...named, attributes: { ...called.attributes, ...reached.attributes } }
  }

  #listening(flow: Flow, scope: PeerScope): PeerService | undefined {
    const { role, transport, remoteAddress, reachedAddress } = flow
    const isDirect = reachedAddress === undefined
    if (role !== 'client' || transport !== 'tcp' || !isDirect) return undefined
    return this.#listeners?.find(flow, remoteAddress, scope === 'loopback')
  }

  #placeOf({ remoteAddress, reachedAddress = remoteAddress }: Flow): Partial<Peer> {
    const system = this.#files.systemOf(reachedAddress)
    const country = this.#files.countryOf(reachedAddress)
    return { ...(system !== undefined && { system }), ...(country !== undefined && { country }) }
  }
}

/** The other side's, at the address called: a client's own port is any, and translation may lead to another. */
function portOf({ role, servicePort }: Flow): number | undefined {
  return role === 'client' ? servicePort : undefined
}

/** As SDKs call a service without a name. */
function isUnnamed({ name }: PeerService): boolean {
  return name === 'unknown_service' || name.startsWith('unknown_service:')
}

function serviceOf(peer: ClusterPeer | undefined): PeerService | undefined {
  if (peer?.serviceName === undefined) return undefined
  const { serviceName: name, serviceNamespace: namespace } = peer
  return { name, ...(namespace !== undefined && { namespace }) }
}
