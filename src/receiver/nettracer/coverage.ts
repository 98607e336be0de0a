import type { Increment } from '../../connection/increment.ts'
import type { Listener, Rejection } from '../../connection/listener.ts'
import type { HostCounters } from './host-counters.ts'

/** What was reported of one network namespace, summed up since the start. */
export interface ReportedSums {
  pktsTx: number
  pktsRetr: number
  /** Connects whose SYN was sent. */
  attempts: number
  /** Connections that this host accepted. */
  accepted: number
  /** Connections whose remote FIN came when the kernel had no socket for them any more. */
  handedOver: number
  /** Resets sent by connections in answer to a segment, which no socket counts as sent. */
  strayResets: number
  synAcksRetransmitted: number
  /** SYNs answered by a reset. */
  rejects: number
}

export function nothingReported(): ReportedSums {
  return {
    pktsTx: 0,
    pktsRetr: 0,
    attempts: 0,
    accepted: 0,
    handedOver: 0,
    strayResets: 0,
    synAcksRetransmitted: 0,
    rejects: 0,
  }
}

/**
 * What the host's counters should say, of what was reported. Each term is a place where the kernel counts; each was
 * measured by itself. Not held: resets that answer other segments than SYNs and meet no socket, because those
 * that come after a hand-over are in it already.
 */
export function expectedOf(sums: ReportedSums): HostCounters {
  // Answered with a SYN-ACK before there is a socket to count it.
  const synAcks = sums.accepted + sums.synAcksRetransmitted
  return {
    segments: sums.pktsTx + synAcks + sums.handedOver + sums.strayResets + sums.rejects,
    retransmissions: sums.pktsRetr + sums.synAcksRetransmitted,
    opens: sums.attempts + sums.accepted,
  }
}

interface Snapshot {
  readonly atMs: number
  readonly ours: HostCounters
  readonly host: HostCounters
}

export type CoverageRatios = Readonly<Partial<Record<keyof HostCounters, number>>>

/**
 * Compares what was reported with what the kernel counted, over a window: the two are not read at the same instant, and
 * over a single interval that alone would show.
 */
export class Coverage {
  readonly #windowMs: number
  readonly #netns: number
  readonly #sums = nothingReported()
  /** Oldest first; the first is the last one that is older than the window. */
  #snapshots: Snapshot[] = []

  /** @param netns inode of the network namespace whose counters the host's are */
  constructor(netns: number, windowMs = 60_000) {
    this.#netns = netns
    this.#windowMs = windowMs
  }

  connection(increment: Increment): void {
    const { netns, transport } = increment.flow
    if (netns !== this.#netns || transport !== 'tcp') return
    const sums = this.#sums
    sums.pktsTx += increment.pktsTx
    sums.pktsRetr += increment.pktsRetr
    sums.attempts += increment.attempts
    sums.handedOver += increment.handedOver
    sums.strayResets += increment.strayResets
    if (increment.flow.role === 'server') sums.accepted += increment.opened
  }

  listener(listener: Listener): void {
    if (listener.flow.netns !== this.#netns) return
    this.#sums.synAcksRetransmitted += listener.synAcksRetransmitted
  }

  rejection(rejection: Rejection): void {
    if (rejection.netns !== this.#netns) return
    this.#sums.rejects += rejection.rejects
  }

  /**
   * @param host what the kernel counted until now; `undefined` if it cannot be read
   * @param nowMs monotonic
   */
  snapshot(host: HostCounters | undefined, nowMs: number): void {
    if (host === undefined) return
    this.#snapshots.push({ atMs: nowMs, ours: expectedOf(this.#sums), host })
    const start = nowMs - this.#windowMs
    const firstInside = this.#snapshots.findIndex(({ atMs }) => atMs > start)
    if (firstInside > 1) this.#snapshots.splice(0, firstInside - 1)
  }

  /** Ours ÷ the host's over the window; absent where the host counted nothing. */
  ratios(): CoverageRatios {
    const first = this.#snapshots[0]
    const last = this.#snapshots.at(-1)
    if (first === undefined || last === undefined) return {}
    const ratios: Partial<Record<keyof HostCounters, number>> = {}
    for (const counter of ['segments', 'retransmissions', 'opens'] as const) {
      const host = last.host[counter] - first.host[counter]
      if (host > 0) ratios[counter] = (last.ours[counter] - first.ours[counter]) / host
    }
    return ratios
  }
}
