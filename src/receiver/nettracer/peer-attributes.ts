import type { Flow, Role } from '../../connection/flow.ts'
import type { Peers } from '../../identity/peer.ts'
import type { Peer } from '../../identity/peer-names.ts'
import {
  type SeriesAttribute,
  type SeriesAttributes,
  seriesAttributes,
} from '../../series/index.ts'

/**
 * What series say of the other side of a flow. A name that its open connections have is not lost, and a DNS name is not
 * replaced while there are any: addresses have many names, and the one of the connection is the first.
 *
 * @param wanted attributes that are reported of any metric
 * @param before what the flow is counted by until now, if it is
 */
export function peerAttributes(
  peers: Pick<Peers, 'peerOf'>,
  wanted: ReadonlySet<string>,
  flow: Flow,
  before: SeriesAttributes | undefined,
): SeriesAttributes {
  const { role } = flow
  if (isWithoutPeer(flow)) return {}
  const peer = peers.peerOf(flow)
  const held = before === undefined || flow.open <= 0 ? {} : before
  return only(wanted, {
    ...(role === 'client' && { 'server.address': dialled(peer, held) }),
    'network.peer.address': peer.address,
    'nettracer.peer.scope': peer.scope,
    ...(peer.service === undefined && peer.kubernetes === undefined && namesIn(held)),
    ...peerNames(peer, role),
  })
}

function dialled({ name, called }: Peer, held: SeriesAttributes): string | number {
  const before = held['server.address']
  return before === undefined || before === called ? (name ?? called) : before
}

/** A UDP socket that is not connected: it may speak with anyone. */
function isWithoutPeer({ transport, remoteAddress }: Flow): boolean {
  return transport === 'udp' && (remoteAddress === '0.0.0.0' || remoteAddress === '::')
}

const names: readonly SeriesAttribute[] = seriesAttributes.filter(
  (name) => name.includes('.service.') || name.startsWith('nettracer.peer.k8s.'),
)

function namesIn(held: SeriesAttributes): SeriesAttributes {
  const found: Partial<Record<SeriesAttribute, string | number>> = {}
  for (const name of names) {
    const value = held[name]
    if (value !== undefined) found[name] = value
  }
  return found
}

/** What no metric is reported by would only take memory. */
function only(wanted: ReadonlySet<string>, attributes: SeriesAttributes): SeriesAttributes {
  let areAll = true
  for (const name in attributes) areAll &&= wanted.has(name)
  if (areAll) return attributes
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => wanted.has(name)))
}

/** Who the other side is, besides its address. */
export function peerNames(peer: Peer, role: Role): SeriesAttributes {
  // Who called and who was called is not known, so it is neither.
  if (role === 'unknown') return kubernetesNames(peer)
  const side = role === 'client' ? 'server' : 'client'
  const { service, system, country } = peer
  return {
    ...(service !== undefined && { [`${side}.service.name`]: service.name }),
    ...(service?.namespace !== undefined && { [`${side}.service.namespace`]: service.namespace }),
    ...kubernetesNames(peer),
    ...(system !== undefined && { [`${side}.as.number`]: system.number }),
    ...(system?.organization !== undefined && {
      [`${side}.as.organization.name`]: system.organization,
    }),
    ...(country !== undefined && { [`${side}.geo.country.iso_code`]: country }),
  }
}

const known: ReadonlySet<string> = new Set(seriesAttributes)

function kubernetesNames({ kubernetes }: Peer): SeriesAttributes {
  if (kubernetes === undefined) return {}
  const named = Object.entries(kubernetes).map(
    ([name, value]) => [`nettracer.peer.k8s.${name}`, value] as const,
  )
  return Object.fromEntries(named.filter(([name]) => known.has(name)))
}
