import type { Flow, Role } from '../../connection/flow.ts'
import type { Peer } from '../../identity/peer.ts'
import {
  type SeriesAttribute,
  type SeriesAttributes,
  seriesAttributes,
} from '../../series/index.ts'

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

const kubernetesPrefix = 'nettracer.peer.k8s.'
const known: ReadonlySet<string> = new Set(seriesAttributes)

/** Who the other side is, besides its address. */
export function peerNames(peer: Peer, role: Role): SeriesAttributes {
  const { service, kubernetes, system, country } = peer
  const names: Partial<Record<SeriesAttribute, string | number>> = {}
  for (const [name, value] of Object.entries(kubernetes ?? {})) {
    const attribute = `${kubernetesPrefix}${name}`
    if (isKnown(attribute)) names[attribute] = value
  }
  // Who called and who was called is not known, so it is neither.
  if (role === 'unknown') return names
  const side = role === 'client' ? 'server' : 'client'
  if (service !== undefined) names[`${side}.service.name`] = service.name
  if (service?.namespace !== undefined) names[`${side}.service.namespace`] = service.namespace
  if (system?.number !== undefined) names[`${side}.as.number`] = system.number
  if (system?.organization !== undefined) {
    names[`${side}.as.organization.name`] = system.organization
  }
  if (country !== undefined) names[`${side}.geo.country.iso_code`] = country
  return names
}

function isKnown(name: string): name is SeriesAttribute {
  return known.has(name)
}
