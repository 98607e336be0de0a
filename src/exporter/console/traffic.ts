import { Distribution } from './quantiles.ts'

/** What a service did with one peer over one port in one interval. */
export interface Traffic {
  readonly service: string
  /** As in `nettracer.role`; empty where a point says nothing of it. */
  readonly role: string
  /** The service port; empty where it is unknown. */
  readonly port: string
  readonly peer: string
  /** Peers in it: more than 1 after {@link foldPeers}. */
  peers: number
  /** `service.instance.id` of each instance. */
  readonly instances: Set<string>
  /** `executable/pid` or a short container id, of the first instance. */
  readonly process: string
  open: number
  opened: number
  closed: number
  bytesTx: number
  bytesRx: number
  pktsTx: number
  pktsRetr: number
  /** In ms. */
  readonly rtt: Distribution
  /** Failed connection attempts by `error.type`. */
  readonly failures: Map<string, number>
  /** Connection attempts that this host refused, by `nettracer.reject.reason`. */
  readonly rejects: Map<string, number>
}

export type TrafficIdentity = Pick<Traffic, 'service' | 'role' | 'port' | 'peer' | 'process'>

export function emptyTraffic(identity: TrafficIdentity): Traffic {
  return {
    ...identity,
    peers: 1,
    instances: new Set(),
    open: 0,
    opened: 0,
    closed: 0,
    bytesTx: 0,
    bytesRx: 0,
    pktsTx: 0,
    pktsRetr: 0,
    rtt: new Distribution(),
    failures: new Map(),
    rejects: new Map(),
  }
}

export function addTraffic(into: Traffic, from: Traffic): void {
  into.open += from.open
  into.opened += from.opened
  into.closed += from.closed
  into.bytesTx += from.bytesTx
  into.bytesRx += from.bytesRx
  into.pktsTx += from.pktsTx
  into.pktsRetr += from.pktsRetr
  into.rtt.addAll(from.rtt)
  for (const instance of from.instances) into.instances.add(instance)
  for (const [type, count] of from.failures) countUp(into.failures, type, count)
  for (const [reason, count] of from.rejects) countUp(into.rejects, reason, count)
}

export function countUp(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count)
}

export function total(counts: ReadonlyMap<string, number>): number {
  let sum = 0
  for (const count of counts.values()) sum += count
  return sum
}

/** Retransmissions in per cent of all segments sent; NaN if none was sent. */
export function retransmissionPercent({ pktsTx, pktsRetr }: Traffic): number {
  return (pktsRetr / (pktsRetr + pktsTx)) * 100
}

export type Sort = 'traffic' | 'connections' | 'retransmissions'

const rank: Record<Sort, (row: Traffic) => number> = {
  traffic: ({ bytesTx, bytesRx }) => bytesTx + bytesRx,
  connections: ({ open, opened, failures }) => open + opened + total(failures),
  retransmissions: ({ pktsRetr }) => pktsRetr,
}

/** The most first; then by name, so that quiet rows keep their places. */
export function sortTraffic(rows: readonly Traffic[], by: Sort): Traffic[] {
  const place = rank[by]
  return rows.toSorted(
    (one, other) =>
      place(other) - place(one) ||
      rank.traffic(other) - rank.traffic(one) ||
      rank.connections(other) - rank.connections(one) ||
      compare(one.service, other.service) ||
      compare(one.peer, other.peer) ||
      compare(one.port, other.port),
  )
}

function compare(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

/** Peers that one service calls over one port and that are still shown one by one. */
const maxPeers = 5

/**
 * Puts rows together that differ in the peer only: all clients of a server's port, and the servers of a client where
 * they are many. A terminal has few lines, and a server has many clients.
 */
export function foldPeers(rows: readonly Traffic[]): Traffic[] {
  const groups = new Map<string, Traffic[]>()
  for (const row of rows) {
    const key = JSON.stringify([row.service, row.role, row.port])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    const most = first?.role === 'client' ? maxPeers : 1
    if (first === undefined || group.length <= most) return group
    const folded = emptyTraffic({ ...first, peer: `${group.length} peers` })
    for (const row of group) addTraffic(folded, row)
    folded.peers = group.length
    return [folded]
  })
}
