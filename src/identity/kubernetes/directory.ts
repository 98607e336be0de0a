import type { Attributes } from '@opentelemetry/api'

/** What Kubernetes tells of a container's pod. */
export interface PodFacts {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  /** Absent where only the pod is known. */
  readonly containerName: string | undefined
  /** All that goes into a resource: `k8s.*` by semantic conventions, chosen by the configuration. */
  readonly attributes: Attributes
  /** `resource.opentelemetry.io/KEY: value` of the pod's annotations, by KEY. */
  readonly resourceAnnotations: ReadonlyMap<string, string>
  /** `app.kubernetes.io/*` that may name the service, by what follows the slash; empty unless switched on. */
  readonly serviceLabels: ReadonlyMap<string, string>
  /** Of the owner chain the name that stands for the service: deployment, else replica set, stateful set, daemon set, cron job, job, pod. */
  readonly ownerName: string
}

/** Pods of this node. Answers from memory. */
export interface PodDirectory {
  /** @param podUid of the control group's path, for a container that is too new to be listed */
  find(containerId: string | undefined, podUid: string | undefined): PodFacts | undefined
  /** Grows whenever an answer may be another than before. */
  readonly epoch: number
}

/** Who has an address in the cluster. */
export interface ClusterPeer {
  /** By the same rules as a pod's own resource; absent for a node. */
  readonly serviceName: string | undefined
  readonly serviceNamespace: string | undefined
  /** `nettracer.peer.k8s.*` without that prefix: `namespace.name`, `pod.name`, `service.name`, `deployment.name`, `node.name`. */
  readonly attributes: Readonly<Record<string, string>>
}

/** Services, pods and nodes of the cluster by their addresses. Answers from memory. */
export interface ClusterPeers {
  /**
   * @param address as `formatAddress` writes it
   * @param port the service port, 0 if not known: addresses of the host network are shared
   */
  peerAt(address: string, port: number, transport: 'tcp' | 'udp'): ClusterPeer | undefined
  /** Grows whenever an answer may be another than before. */
  readonly epoch: number
}
