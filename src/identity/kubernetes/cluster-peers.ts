import { endpointKey } from './addresses.ts'
import type { ClusterPeer, ClusterPeers } from './directory.ts'
import type { ExtractionSettings } from './extraction.ts'
import { PeerEndpoints } from './peer-endpoints.ts'
import { PeerNodes } from './peer-nodes.ts'
import { type PeerPod, PeerPods } from './peer-pods.ts'
import { type PeerService, PeerServices } from './peer-services.ts'
import type { Workload } from './workload.ts'

/** Pods of a service that are looked at to see whether they are of one workload. */
const maxPodsAsked = 32

/** Who has an address in the cluster: what dialling it there would lead to. */
export class KnownPeers implements ClusterPeers {
  readonly pods: PeerPods
  readonly services = new PeerServices()
  readonly endpoints = new PeerEndpoints()
  readonly nodes = new PeerNodes()

  constructor(extraction: ExtractionSettings) {
    this.pods = new PeerPods(extraction)
  }

  get epoch(): number {
    const { pods, services, endpoints, nodes } = this
    return [pods, services, endpoints, nodes].reduce((sum, { index }) => sum + index.changes, 0)
  }

  peerAt(address: string, port: number, transport: 'tcp' | 'udp'): ClusterPeer | undefined {
    const key = endpointKey(address, port, transport)
    const service = this.services.atEndpoint(key)
    if (service !== undefined) return this.#ofService(service)
    const pod = this.#podAt(address, key)
    if (pod !== undefined) return ofPod(pod)
    return this.#ofNode(address, port, transport) ?? this.#ofForeignEndpoint(key)
  }

  /** A pod with the node's addresses only by its port: others share them. */
  #podAt(address: string, key: string): PeerPod | undefined {
    const own = this.pods.withAddress(address) ?? this.pods.atEndpoint(key)
    if (own !== undefined) return own
    const uid = this.endpoints.atEndpoint(key)?.podUid
    return uid === undefined ? undefined : this.pods.withUid(uid)
  }

  #ofNode(address: string, port: number, transport: string): ClusterPeer | undefined {
    const node = this.nodes.withAddress(address)
    if (node === undefined) return undefined
    const service = this.services.atNodePort(port, transport)
    const named = service === undefined ? undefined : this.#ofService(service)
    return {
      serviceName: named?.serviceName,
      serviceNamespace: named?.serviceNamespace,
      attributes: { ...named?.attributes, 'node.name': node },
    }
  }

  /** A service may lead out of the cluster, to an address that somebody wrote down. */
  #ofForeignEndpoint(key: string): ClusterPeer | undefined {
    const endpoint = this.endpoints.atEndpoint(key)
    if (endpoint === undefined) return undefined
    return serviceItself(endpoint.namespace, endpoint.service)
  }

  /** As the pods behind it call themselves, if they all do alike; else by its own name. */
  #ofService({ namespace, name }: PeerService): ClusterPeer {
    const own = serviceItself(namespace, name)
    const workload = this.#onlyWorkload(namespace, name)
    if (workload === undefined) return own
    const { serviceName, serviceNamespace, attributes } = workload
    return { serviceName, serviceNamespace, attributes: { ...attributes, ...own.attributes } }
  }

  #onlyWorkload(namespace: string, service: string): Workload | undefined {
    let only: Workload | undefined
    let asked = 0
    for (const uid of this.endpoints.podsOf(namespace, service)) {
      const workload = this.pods.withUid(uid)?.workload
      if (workload === undefined) continue
      if (only !== undefined && workload !== only) return undefined
      only = workload
      asked += 1
      if (asked >= maxPodsAsked) break
    }
    return only
  }
}

function serviceItself(namespace: string, name: string): ClusterPeer {
  return {
    serviceName: name,
    serviceNamespace: namespace,
    attributes: { 'namespace.name': namespace, 'service.name': name },
  }
}

function ofPod({ name, node, workload }: PeerPod): ClusterPeer {
  const { serviceName, serviceNamespace, attributes } = workload
  return {
    serviceName,
    serviceNamespace,
    attributes: { ...attributes, 'pod.name': name, ...(node !== '' && { 'node.name': node }) },
  }
}
