import type { Flow } from './flow.ts'

/** A listening socket: reported by each pass, with or without a connection. Its flow has the role `server`. */
export interface Listener {
  /** `remoteAddress` is the unspecified address, `servicePort` the port listened on. */
  readonly flow: Flow
  /** Address listened on, as `formatAddress` writes it. */
  readonly localAddress: string
  /** Connections waiting to be accepted (`sk_ack_backlog`). */
  readonly backlog: number
  /** The most that may wait (`sk_max_ack_backlog`). */
  readonly backlogLimit: number
  /** Age of the connection that waits longest to be accepted, in ms; 0 if none waits, -1 if unknown. */
  readonly oldestWaitMs: number
  /** SYNs and handshakes dropped since the last report because the queue was full (`sk_drops`). */
  readonly overflows: number
  /** SYN-ACKs sent again since the last report. */
  readonly synAcksRetransmitted: number
  /** What grew counts; the backlog is gone with the socket, or was reported in this collection already. */
  readonly isGrowthOnly: boolean
}

/** SYNs to ports where nobody listens, and other segments answered by a reset without a socket, since the last report. */
export interface Rejection {
  readonly netns: number
  readonly networkType: 'ipv4' | 'ipv6'
  /** Local port; 0 for the sum of those that did not fit the kernel's table. */
  readonly port: number
  /** SYNs refused. */
  readonly rejects: number
  /** Resets sent, for SYNs or anything else. */
  readonly resets: number
}
