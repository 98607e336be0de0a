import type { Flow } from './flow.ts'

/** The kernel's TCP states (include/net/tcp_states.h) as `ss` writes them; the index is the kernel's number. */
export const tcpStates = [
  'unknown',
  'established',
  'syn-sent',
  'syn-recv',
  'fin-wait-1',
  'fin-wait-2',
  'time-wait',
  'closed',
  'close-wait',
  'last-ack',
  'listening',
  'closing',
  'syn-recv',
] as const
export type TcpState = (typeof tcpStates)[number]

/** One connection as it stands, with both ports: for who asks a source for single connections. */
export interface OpenConnection {
  readonly flow: Flow
  /** As `formatAddress` writes it. */
  readonly localAddress: string
  readonly localPort: number
  readonly remotePort: number
  readonly state: TcpState
  /** Since it was established, in ns, or since its SYN; of an adopted one since the source met it. */
  readonly ageNs: number
  /** Older than the moment when the source met it, so that `ageNs` is the least that it can be. */
  readonly isAdopted: boolean
  /** Payload bytes and segments since the last report, as in an increment, and already reported in one. */
  readonly bytesTx: number
  readonly bytesRx: number
  /** Segments sent, without retransmissions. */
  readonly pktsTx: number
  readonly pktsRetr: number
  /** Payload bytes since the connection began, also before it was adopted. */
  readonly allBytesTx: number
  readonly allBytesRx: number
  /** Smoothed RTT in µs; -1 before the first sample. */
  readonly srttUs: number
}
