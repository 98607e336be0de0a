import type { PeerScope } from './peer-scope.ts'

/** Who the other side is, without its port. */
export interface Peer {
  readonly scope: PeerScope
  /** Value of `network.peer.address`: the address reached, the name of its group, `public`, or a CIDR as it was written. */
  readonly address: string
  /** Likewise the address called, before its translation (NAT). */
  readonly called: string
  /** By which DNS told a client the address. */
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
  readonly number: number
  readonly organization?: string
}
