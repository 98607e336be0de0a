import { BlockList, isIP, isIPv4 } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { NetworkType } from '../connection/flow.ts'

/** Where the other side of a connection is (attribute `nettracer.peer.scope`). */
export type PeerScope = 'loopback' | 'host' | 'private' | 'public' | 'multicast'

/** How public addresses are named: each, all as `public`, or by the longest of these CIDRs that holds them. */
export type PublicPeers = 'address' | 'aggregate' | readonly string[]

/** Addresses that share a name, whatever their scope. */
export type PeerGroups = Readonly<Record<string, readonly string[]>>

export interface PeersSettings {
  readonly public: PublicPeers
  readonly groups: PeerGroups
}

/** Who the other side is, without its port. */
export interface Peer {
  readonly scope: PeerScope
  /** Value of `network.peer.address`: the address reached, the name of its group, `public`, or a CIDR as it was written. */
  readonly address: string
  /** Value of `server.address`, of a client: its name, else the address called, before its translation (NAT), likewise. */
  readonly called: string
  /** By which DNS told the address. */
  readonly name?: string
  readonly service?: PeerService
  /** `k8s.*` without that prefix. */
  readonly kubernetes?: Readonly<Record<string, string>>
  /** Autonomous system of a public address. */
  readonly system?: PeerSystem
  /** ISO 3166-1 alpha-2, of a public address. */
  readonly country?: string
}

/** As in the resource of that service. */
export interface PeerService {
  readonly name: string
  readonly namespace?: string
}

export interface PeerSystem {
  readonly number?: number
  readonly organization?: string
}

/** What of a flow tells its peer. */
export interface PeerFlow {
  /** As `formatAddress` writes it. */
  readonly remoteAddress: string
  readonly reachedAddress?: string
  readonly networkType: NetworkType
  readonly isSameHost: boolean
}

export interface Cidr {
  readonly text: string
  readonly address: string
  readonly prefixLength: number
  readonly family: NetworkType
}

/** @returns `undefined` if it is none; host bits may be set, as in `ip addr` */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', length = '', ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0 || !/^\d{1,3}$/.test(length) || address.includes('%')) {
    return undefined
  }
  const prefixLength = Number(length)
  if (prefixLength > (version === 4 ? 32 : 128)) return undefined
  return { text, address, prefixLength, family: version === 4 ? 'ipv4' : 'ipv6' }
}

/** Addresses of this host's interfaces, in the network namespace of the agent. */
export function readHostAddresses(): Set<string> {
  const addresses = new Set<string>()
  for (const interfaces of Object.values(networkInterfaces())) {
    for (const { address } of interfaces ?? []) addresses.add(address)
  }
  return addresses
}

const loopback = listOf(['127.0.0.0/8', '::1/128'])
/** 0.0.0.0/8 and `::` mean this host (RFC 1122), and connecting to them does. */
const unspecified = listOf(['0.0.0.0/8', '::/128'])
/** The limited broadcast address is not routed, and goes to many. */
const multicast = listOf(['224.0.0.0/4', '255.255.255.255/32', 'ff00::/8'])
/**
 * RFC 1918, link-local, shared address space of providers (RFC 6598), unique local, site-local of old, local NAT64
 * (RFC 8215). Ranges for documentation and tests are public: nobody should meet them, and who does should see it.
 */
const privateRanges = listOf([
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '100.64.0.0/10',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  '64:ff9b:1::/48',
])

function listOf(cidrs: readonly string[]): BlockList {
  const list = new BlockList()
  for (const text of cidrs) {
    const cidr = parseCidr(text)
    if (cidr === undefined) throw new RangeError(`not a CIDR: ${text}`)
    list.addSubnet(cidr.address, cidr.prefixLength, cidr.family)
  }
  return list
}

interface NamedRange {
  readonly name: string
  readonly list: BlockList
  readonly prefixLength: number
}

/** @param cidrs each with the name of those in it; longer prefixes come first */
function rangesOf(cidrs: readonly (readonly [cidr: string, name: string])[]): NamedRange[] {
  return cidrs
    .map(([text, name]) => ({
      name,
      list: listOf([text]),
      prefixLength: parseCidr(text)?.prefixLength ?? 0,
    }))
    .toSorted((one, other) => other.prefixLength - one.prefixLength)
}

/** Says who the other side of a flow is. Called once a flow, so nothing is cached here. */
export class Peers {
  readonly #groups: readonly NamedRange[]
  readonly #publicRanges: readonly NamedRange[]
  readonly #isAggregated: boolean
  #hostAddresses: ReadonlySet<string>

  /** @throws {RangeError} if one of the CIDRs is none: the configuration was to check them */
  constructor({ public: named, groups }: PeersSettings, hostAddresses: ReadonlySet<string>) {
    this.#isAggregated = named !== 'address'
    this.#hostAddresses = hostAddresses
    const texts = typeof named === 'string' ? [] : named
    this.#publicRanges = rangesOf(texts.map((text) => [text, text] as const))
    const ofGroups = Object.entries(groups).flatMap(([name, cidrs]) =>
      cidrs.map((cidr) => [cidr, name] as const),
    )
    this.#groups = rangesOf(ofGroups)
  }

  /** Addresses come and go: the caller reads them again, with {@link readHostAddresses}. */
  set hostAddresses(addresses: ReadonlySet<string>) {
    this.#hostAddresses = addresses
  }

  peerOf(flow: PeerFlow): Peer {
    const scope = this.scopeOf(flow)
    const { remoteAddress, reachedAddress, isSameHost } = flow
    if (reachedAddress === undefined) {
      const address = this.#nameOf(remoteAddress, scope)
      return { scope, address, called: address }
    }
    const address = this.#nameOf(reachedAddress, scope)
    return {
      scope,
      address,
      called: this.#nameOf(remoteAddress, this.#scopeAt(remoteAddress, isSameHost)),
    }
  }

  /** What is no address at all is `public`: nothing nearer can be claimed of it. */
  scopeOf({ remoteAddress, reachedAddress, isSameHost }: PeerFlow): PeerScope {
    return this.#scopeAt(reachedAddress ?? remoteAddress, isSameHost)
  }

  #scopeAt(remoteAddress: string, isSameHost: boolean): PeerScope {
    const family = isIPv4(remoteAddress) ? 'ipv4' : 'ipv6'
    if (loopback.check(remoteAddress, family)) return 'loopback'
    if (isSameHost || this.#hostAddresses.has(remoteAddress)) return 'host'
    if (privateRanges.check(remoteAddress, family)) return 'private'
    if (multicast.check(remoteAddress, family)) return 'multicast'
    return unspecified.check(remoteAddress, family) ? 'host' : 'public'
  }

  #nameOf(address: string, scope: PeerScope): string {
    const group = nameIn(this.#groups, address)
    if (group !== undefined) return group
    if (scope !== 'public' || !this.#isAggregated) return address
    return nameIn(this.#publicRanges, address) ?? 'public'
  }
}

function nameIn(ranges: readonly NamedRange[], address: string): string | undefined {
  if (ranges.length === 0) return undefined
  const family = isIPv4(address) ? 'ipv4' : 'ipv6'
  return ranges.find(({ list }) => list.check(address, family))?.name
}
