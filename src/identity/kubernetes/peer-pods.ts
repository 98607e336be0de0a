import { addressesOf, endpointKey, transportOf } from './addresses.ts'
import type { ExtractionSettings } from './extraction.ts'
import { type JsonObject, objectOf, objectsOf, portOf, textOf } from './fields.ts'
import { ObjectIndex } from './object-index.ts'
import { type Workload, workloadOf } from './workload.ts'
import { WorkloadPool } from './workload-pool.ts'

const mostPods = 150_000

/** Of a pod anywhere in the cluster, what names it as a peer. */
export interface PeerPod {
  readonly uid: string
  readonly name: string
  readonly node: string
  readonly workload: Workload
  /** Its own; empty with the host's network, which all such pods of a node share. */
  readonly addresses: readonly string[]
  /** Where the node's addresses lead to it. */
  readonly hostEndpoints: readonly string[]
}

/** All pods of the cluster that run or will, by their addresses. */
export class PeerPods {
  readonly index: ObjectIndex<PeerPod>
  readonly #workloads = new WorkloadPool()
  readonly #byUid = new Map<string, PeerPod>()
  readonly #byAddress = new Map<string, PeerPod>()
  readonly #byEndpoint = new Map<string, PeerPod>()

  constructor(extraction: ExtractionSettings) {
    this.index = new ObjectIndex({
      most: mostPods,
      read: (object) => readPeerPod(object, extraction),
      added: (pod) => this.#add(pod),
      removed: (pod) => this.#remove(pod),
    })
  }

  withUid(uid: string): PeerPod | undefined {
    return this.#byUid.get(uid)
  }

  withAddress(address: string): PeerPod | undefined {
    return this.#byAddress.get(address)
  }

  /** By a port of its node. */
  atEndpoint(key: string): PeerPod | undefined {
    return this.#byEndpoint.get(key)
  }

  #add(read: PeerPod): PeerPod {
    const pod = { ...read, workload: this.#workloads.acquire(read.workload) }
    this.#byUid.set(pod.uid, pod)
    for (const address of pod.addresses) this.#byAddress.set(address, pod)
    for (const key of pod.hostEndpoints) this.#byEndpoint.set(key, pod)
    return pod
  }

  /** What another pod has taken over since is left to it. */
  #remove({ uid, addresses, hostEndpoints, workload }: PeerPod): void {
    this.#workloads.release(workload)
    this.#byUid.delete(uid)
    for (const address of addresses) {
      if (this.#byAddress.get(address)?.uid === uid) this.#byAddress.delete(address)
    }
    for (const key of hostEndpoints) {
      if (this.#byEndpoint.get(key)?.uid === uid) this.#byEndpoint.delete(key)
    }
  }
}

function readPeerPod(object: JsonObject, extraction: ExtractionSettings): PeerPod | undefined {
  const { metadata, spec, status } = object
  const { uid, name } = objectOf(metadata)
  const { nodeName, hostNetwork, containers } = objectOf(spec)
  const { podIP, podIPs, hostIP, hostIPs } = objectOf(status)
  const hosts = addressesOf([hostIP, ...objectsOf(hostIPs).map(({ ip }) => ip)])
  const own = addressesOf([podIP, ...objectsOf(podIPs).map(({ ip }) => ip)])
  const hasHostNetwork = hostNetwork === true
  const hostEndpoints = hostPortsOf(containers, hasHostNetwork).flatMap(({ port, transport }) =>
    (hasHostNetwork ? own : hosts).map((address) => endpointKey(address, port, transport)),
  )
  const addresses = hasHostNetwork ? [] : own
  const [id, node] = [textOf(uid), textOf(nodeName)]
  if (id === undefined || (addresses.length === 0 && !hasHostNetwork)) return undefined
  return {
    uid: id,
    name: textOf(name) ?? '',
    node: node ?? '',
    workload: workloadOf(object, extraction),
    addresses,
    hostEndpoints,
  }
}

function hostPortsOf(containers: unknown, hasHostNetwork: boolean) {
  return objectsOf(containers)
    .flatMap(({ ports }) => objectsOf(ports))
    .flatMap(({ hostPort, containerPort, protocol }) => {
      const port = portOf(hostPort) ?? (hasHostNetwork ? portOf(containerPort) : undefined)
      const transport = transportOf(protocol)
      return port === undefined || transport === undefined ? [] : [{ port, transport }]
    })
}
