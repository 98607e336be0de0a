import { addressesOf, endpointKey, transportOf } from './addresses.ts'
import { type JsonObject, objectOf, objectsOf, portOf, textOf } from './fields.ts'
import { ObjectIndex } from './object-index.ts'

const mostServices = 50_000

export interface PeerService {
  readonly namespace: string
  readonly name: string
  /** Cluster, external and load balancer's addresses with each port. */
  readonly endpoints: readonly string[]
  /** `30080 tcp`: on every node. */
  readonly nodePorts: readonly string[]
}

/** All services of the cluster, by their addresses. */
export class PeerServices {
  readonly index = new ObjectIndex<PeerService>({
    most: mostServices,
    read: readService,
    added: (service) => this.#add(service),
    removed: (service) => this.#remove(service),
  })
  readonly #byEndpoint = new Map<string, PeerService>()
  readonly #byNodePort = new Map<string, PeerService>()

  atEndpoint(key: string): PeerService | undefined {
    return this.#byEndpoint.get(key)
  }

  atNodePort(port: number, transport: string): PeerService | undefined {
    return this.#byNodePort.get(`${port} ${transport}`)
  }

  #add(service: PeerService): PeerService {
    for (const key of service.endpoints) this.#byEndpoint.set(key, service)
    for (const key of service.nodePorts) this.#byNodePort.set(key, service)
    return service
  }

  #remove(service: PeerService): void {
    for (const key of service.endpoints) {
      if (this.#byEndpoint.get(key) === service) this.#byEndpoint.delete(key)
    }
    for (const key of service.nodePorts) {
      if (this.#byNodePort.get(key) === service) this.#byNodePort.delete(key)
    }
  }
}

function readService({ metadata, spec, status }: JsonObject): PeerService | undefined {
  const { namespace, name } = objectOf(metadata)
  const { clusterIP, clusterIPs, externalIPs, ports } = objectOf(spec)
  const { ingress } = objectOf(objectOf(status)['loadBalancer'])
  const addresses = addressesOf([
    clusterIP,
    ...(Array.isArray(clusterIPs) ? clusterIPs : []),
    ...(Array.isArray(externalIPs) ? externalIPs : []),
    ...objectsOf(ingress).map(({ ip }) => ip),
  ])
  const served = objectsOf(ports).flatMap(({ port, protocol, nodePort }) => {
    const transport = transportOf(protocol)
    const number = portOf(port)
    if (transport === undefined || number === undefined) return []
    return [{ port: number, transport, nodePort: portOf(nodePort) }]
  })
  return {
    namespace: textOf(namespace) ?? 'default',
    name: textOf(name) ?? '',
    endpoints: served.flatMap(({ port, transport }) =>
      addresses.map((address) => endpointKey(address, port, transport)),
    ),
    nodePorts: served.flatMap(({ nodePort, transport }) =>
      nodePort === undefined ? [] : [`${nodePort} ${transport}`],
    ),
  }
}
