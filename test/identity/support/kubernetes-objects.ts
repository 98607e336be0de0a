import type { ExtractionSettings } from '../../../src/identity/kubernetes/extraction.ts'
import type { ServedObject } from '../../support/kubernetes-server.ts'

/** All metadata, and nothing by rules. */
export const extraction: ExtractionSettings = {
  metadata: new Set([
    'k8s.namespace.name',
    'k8s.pod.name',
    'k8s.pod.uid',
    'k8s.container.name',
    'k8s.node.name',
    'k8s.deployment.name',
    'k8s.cluster.name',
    'k8s.cluster.uid',
    'container.image.name',
    'container.image.tags',
  ]),
  labels: [],
  annotations: [],
  otelAnnotations: true,
  serviceLabels: false,
}

export const containerId = (digit: string): string => digit.repeat(64)

interface PodShape {
  readonly uid: string
  readonly name?: string
  readonly namespace?: string
  readonly deployment?: string
  readonly address?: string
  readonly node?: string
  readonly hostAddress?: string
  readonly hostNetwork?: boolean
  readonly ports?: readonly object[]
  readonly annotations?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
  readonly containers?: readonly object[]
  readonly phase?: string
}

const usual = {
  namespace: 'shop',
  deployment: 'web',
  address: '10.1.0.5',
  node: 'node-1',
  hostAddress: '192.168.0.1',
  hostNetwork: false,
  ports: [{ containerPort: 8080, protocol: 'TCP' }],
  annotations: {},
  labels: {},
  containers: [],
  phase: 'Running',
}

/** A pod as the API server tells it, of a deployment. */
export function podObject(shape: PodShape): ServedObject & { metadata: object } {
  const pod = { name: `web-6d4cf56db6-${shape.uid}`, ...usual, ...shape }
  const { uid, name, namespace, annotations, labels } = pod
  const owner = `${pod.deployment}-6d4cf56db6`
  return {
    metadata: {
      uid,
      name,
      namespace,
      annotations,
      labels: { 'pod-template-hash': '6d4cf56db6', ...labels },
      ownerReferences: [{ kind: 'ReplicaSet', name: owner, uid: `rs-${owner}`, controller: true }],
    },
    spec: {
      nodeName: pod.node,
      hostNetwork: pod.hostNetwork,
      containers: [{ name: 'main', image: 'registry:5000/shop/web:1.2', ports: pod.ports }],
    },
    status: {
      phase: pod.phase,
      podIP: pod.address,
      podIPs: [{ ip: pod.address }],
      hostIP: pod.hostAddress,
      hostIPs: [{ ip: pod.hostAddress }],
      containerStatuses: pod.containers,
    },
  }
}

export function containerStatus(name: string, id: string, more: object = {}): object {
  return { name, image: 'registry:5000/shop/web:1.2', containerID: `containerd://${id}`, ...more }
}

export function serviceObject(
  uid: string,
  name: string,
  spec: object,
  status: object = {},
): ServedObject {
  return { metadata: { uid, name, namespace: 'shop' }, spec, status }
}

export function sliceObject(
  uid: string,
  service: string,
  endpoints: readonly (readonly [address: string, podUid?: string])[],
  port = 8080,
): ServedObject {
  return {
    metadata: {
      uid,
      name: `${service}-${uid}`,
      namespace: 'shop',
      ...{ labels: { 'kubernetes.io/service-name': service } },
    },
    ...{
      endpoints: endpoints.map(([address, podUid]) => ({
        addresses: [address],
        ...(podUid !== undefined && { targetRef: { kind: 'Pod', uid: podUid } }),
      })),
      ports: [{ port, protocol: 'TCP' }],
    },
  }
}

export function nodeObject(name: string, address: string): ServedObject {
  return {
    metadata: { uid: `uid-${name}`, name },
    status: {
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
    },
  }
}
