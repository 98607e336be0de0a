import type { Flow, Role } from '../../connection/flow.ts'
import type { Peer } from '../../identity/peer.ts'
import { type SeriesAttributes, seriesAttributes } from '../../series/index.ts'

/** What series say of the other side. */
export function peerAttributes(peer: Peer, { role }: Pick<Flow, 'role'>): SeriesAttributes {
  const { scope, address, called } = peer
  return {
    ...(role === 'client' && { 'server.address': called }),
    'network.peer.address': address,
    'nettracer.peer.scope': scope,
    ...peerNames(peer, role),
  }
}

/** Who the other side is, besides its address. */
export function peerNames(peer: Peer, role: Role): SeriesAttributes {
  // Who called and who was called is not known, so it is neither.
  if (role === 'unknown') return kubernetesNames(peer)
  const side = role === 'client' ? 'server' : 'client'
  const { service, country } = peer
  return {
    ...(service !== undefined && { [`${side}.service.name`]: service.name }),
    ...(service?.namespace !== undefined && { [`${side}.service.namespace`]: service.namespace }),
    ...kubernetesNames(peer),
    ...systemOf(peer, side),
    ...(country !== undefined && { [`${side}.geo.country.iso_code`]: country }),
  }
}

function systemOf({ system }: Peer, side: 'client' | 'server'): SeriesAttributes {
  const { number, organization } = system ?? {}
  return {
    ...(number !== undefined && { [`${side}.as.number`]: number }),
    ...(organization !== undefined && { [`${side}.as.organization.name`]: organization }),
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
