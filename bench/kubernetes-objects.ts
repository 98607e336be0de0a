/** Objects of a large cluster, which weigh what real ones do. */
export interface ClusterSize {
  readonly pods: number
  readonly services: number
  readonly nodes: number
}

export const kinds = {
  namespaces: '/api/v1/namespaces',
  nodes: '/api/v1/nodes',
  pods: '/api/v1/pods',
  services: '/api/v1/services',
  slices: '/apis/discovery.k8s.io/v1/endpointslices',
} as const

export const namespaceOf = (index: number): string => `team-${index % 50}`

export function podAddress(index: number): string {
  return `10.${64 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`
}

const nodeAddress = (index: number): string => `192.168.${index >> 8}.${index & 255}`

const hash = '6d4cf56db6'

/** @param owner uid of its replica set */
export function podOf(index: number, { services, nodes }: ClusterSize, owner: string) {
  const app = `service-${index % services}`
  const node = index % nodes
  const container = (name: string) => ({
    name,
    image: `registry.example.com/team/${app}/${name}:1.2.3`,
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    env: Array.from({ length: 12 }, (_, at) => ({ name: `VARIABLE_${at}`, value: 'x'.repeat(40) })),
    resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m', memory: '1Gi' } },
    livenessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 10 },
    volumeMounts: [{ name: 'config', mountPath: '/etc/app' }],
    imagePullPolicy: 'IfNotPresent',
  })
  return {
    metadata: {
      name: `${app}-${hash}-${index}`,
      namespace: namespaceOf(index),
      labels: { app, 'pod-template-hash': hash, 'app.kubernetes.io/name': app },
      annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: `${app}-${hash}`,
          uid: owner,
          controller: true,
        },
      ],
    },
    spec: {
      nodeName: `node-${node}`,
      containers: [container('main'), container('proxy')],
      volumes: [{ name: 'config', configMap: { name: app } }],
      tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }],
    },
    status: {
      phase: 'Running',
      podIP: podAddress(index),
      podIPs: [{ ip: podAddress(index) }],
      hostIP: nodeAddress(node),
      hostIPs: [{ ip: nodeAddress(node) }],
      containerStatuses: ['main', 'proxy'].map((name, at) => ({
        name,
        image: `registry.example.com/team/${app}/${name}:1.2.3`,
        imageID: `registry.example.com/team/${app}/${name}@sha256:${'0'.repeat(64)}`,
        containerID: `containerd://${(index * 2 + at).toString(16).padStart(64, '0')}`,
        ready: true,
        restartCount: 0,
        state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
      })),
    },
  }
}

/** Of the range of services, without those that a cluster takes itself. */
export const serviceAddress = (index: number): string => `10.96.${2 + (index >> 8)}.${index & 255}`

export function serviceOf(index: number) {
  return {
    metadata: { name: `service-${index}`, namespace: namespaceOf(index) },
    spec: {
      type: 'NodePort',
      clusterIP: serviceAddress(index),
      ports: [{ port: 80, protocol: 'TCP', nodePort: 30_000 + index }],
    },
  }
}

/** @param uidOf uid of a pod by its index */
export function sliceOf(
  index: number,
  { pods, services }: ClusterSize,
  uidOf: (pod: number) => string,
) {
  const name = `service-${index}`
  const members = Array.from({ length: pods / services }, (_, at) => at * services + index)
  return {
    metadata: {
      name,
      namespace: namespaceOf(index),
      labels: { 'kubernetes.io/service-name': name },
    },
    addressType: 'IPv4',
    endpoints: members.map((member) => ({
      addresses: [podAddress(member)],
      conditions: { ready: true, serving: true, terminating: false },
      targetRef: { kind: 'Pod', name: `${name}-${hash}-${member}`, uid: uidOf(member) },
    })),
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  }
}

export function nodeOf(index: number) {
  return {
    metadata: { name: `node-${index}` },
    status: {
      addresses: [{ type: 'InternalIP', address: nodeAddress(index) }],
      images: Array.from({ length: 50 }, (_, at) => ({ names: [`image-${at}`], sizeBytes: at })),
    },
  }
}
