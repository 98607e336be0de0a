import type { ProcessKey } from './process.ts'

/** `client` called connect, `server` accepted; `unknown` where the kernel does not tell: never a guess. */
export type Role = 'client' | 'server' | 'unknown'
export type Transport = 'tcp' | 'udp'
export type NetworkType = 'ipv4' | 'ipv6'

/**
 * Who talks with whom over which service port: all that tells one series from another, so no ephemeral port.
 * A source hands out the same object for the same flow, until it forgets it.
 */
export interface Flow {
  readonly process: ProcessKey
  /** Inode number of the network namespace. */
  readonly netns: number
  readonly transport: Transport
  /** IPv4-mapped addresses are `ipv4`. */
  readonly networkType: NetworkType
  readonly role: Role
  /** Remote port of a client, local port of a server; 0 when the role is unknown. */
  readonly servicePort: number
  /** As `formatAddress` writes it. The unspecified address where a UDP socket is not connected: any may be. */
  readonly remoteAddress: string
  /** Where address translation (NAT) led, if elsewhere: the other side's own address. Absent if it is `remoteAddress`. */
  readonly reachedAddress?: string
  /** The process at the other end, where that is on this host and was found. */
  readonly peerProcess?: ProcessKey
  /** The local address equals the remote one, or both are loopback: the other end is this host. */
  readonly isSameHost: boolean
  /** Where the series store pins what belongs to this flow, so that finding it costs nothing. */
  slot: unknown
  /** Open connections that the series store counts by `slot`. A source forgets no flow that has some. */
  open: number
  /** Epoch of the names that `slot` was asked by. */
  namedAt: number
}

/** What a flow is before anyone pinned anything to it. */
export const unpinned = { slot: undefined, open: 0, namedAt: 0 } as const
