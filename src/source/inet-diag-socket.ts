import type { Flow, Role } from '../connection/flow.ts'
import { formatAddress } from '../shared/addresses.ts'
import { type Counters, openPayload, type Payload } from './inet-diag-counters.ts'
import { type Growth, nothingReported, type Reported } from './inet-diag-growth.ts'
import type { SocketMessage } from './inet-diag-message.ts'
import { OwnedSocket } from './inet-diag-owned.ts'
import { families } from './inet-diag-requests.ts'

/** The addresses of a socket. */
export interface Endpoints {
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
  readonly networkType: Flow['networkType']
}

export function readEndpoints(message: SocketMessage): Endpoints {
  const remoteAddress = formatAddress(message.remoteAddress)
  const isIpv4 = message.family === families.ipv4 || !remoteAddress.includes(':')
  return {
    localAddress: formatAddress(message.localAddress),
    localPort: message.localPort,
    remoteAddress,
    remotePort: message.remotePort,
    networkType: isIpv4 ? 'ipv4' : 'ipv6',
  }
}

/** The port that the connection was made to; 0 where the role is not known. */
export function servicePortOf({ localPort, remotePort }: Endpoints, role: Role): number {
  if (role === 'unknown') return 0
  return role === 'client' ? remotePort : localPort
}

export function isSameHost({ localAddress, remoteAddress, networkType }: Endpoints): boolean {
  return (
    localAddress === remoteAddress || (networkType === 'ipv4' && remoteAddress.startsWith('127.'))
  )
}

/** A connection that was met by a dump. */
export class TrackedSocket extends OwnedSocket {
  endpoints: Endpoints
  /** Older than the source: what it did before is not reported. */
  readonly isAdopted: boolean
  role: Role = 'unknown'
  state = 0
  counters: Counters
  refused = 0
  readonly reported: Reported = { ...nothingReported }
  flow: Flow | undefined
  /** Counts as open. */
  isCounted = false
  /** Of a monotonic clock. */
  readonly metAtMs = performance.now()
  isOpeningReported = false
  wasEstablished = false
  /** A dump's counters were those of a client although somebody listens there. */
  #seemedClient = false
  /** Its end was reported, without the kernel's word for it. */
  isGivenUp = false

  constructor(message: SocketMessage, counters: Counters, isAdopted: boolean) {
    super(message)
    this.endpoints = readEndpoints(message)
    this.counters = counters
    this.isAdopted = isAdopted
  }

  /** What it carried by the last dump. */
  get payload(): Payload {
    return openPayload(this.counters, this.state, this.role, this.refused)
  }

  /**
   * A state is read a moment before its counters, so that a server's FIN may look like a client's SYN. Where somebody
   * listens, a second dump or the end tells.
   *
   * @param byCounters what a dump's counters say
   */
  roleBy(byCounters: Role, isAccepting: boolean): Role {
    if (!isAccepting) return byCounters
    if (byCounters !== 'client') return 'server'
    const isSure = this.#seemedClient
    this.#seemedClient = true
    return isSure ? 'client' : 'unknown'
  }

  /** One more dump, or its end, tells its role: it is reported then. */
  get isDoubtful(): boolean {
    return this.#seemedClient && this.role === 'unknown'
  }

  /** Counts of bytes never fall: those of another connection are on the same socket. */
  isOther({ acked, received }: Counters): boolean {
    return acked < this.counters.acked || received < this.counters.received
  }

  override meet(message: SocketMessage, dump: number): void {
    super.meet(message, dump)
    this.state = message.state
  }

  /** Dumps missed it, but it lives: it was closed once too often, so it is opened once more. */
  comeBack(): void {
    this.isGivenUp = false
    this.isOpeningReported = false
  }

  /** What tells that it was opened, the first time it is asked for. */
  takeOpening(): Growth {
    if (this.isOpeningReported) return {}
    this.isOpeningReported = true
    return { opened: 1, attempts: this.role === 'client' && !this.isAdopted ? 1 : 0 }
  }
}
