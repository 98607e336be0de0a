import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import type { KubernetesApi, KubernetesObject } from '../../support/kubernetes-api.ts'

const manifest = new URL('../../../examples/kubernetes/rbac.yaml', import.meta.url)
const collections: Readonly<Record<string, string>> = {
  Namespace: '/api/v1/namespaces',
  ServiceAccount: '/api/v1/namespaces/otel-nettracer/serviceaccounts',
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
}

/** Makes what examples/kubernetes/rbac.yaml has. @returns a token of the service account there, by TokenRequest */
export async function grantRights(api: KubernetesApi): Promise<string> {
  for (const document of parseAllDocuments(readFileSync(manifest, 'utf8'))) {
    const object = document.toJS() as { kind: string }
    await api.create(collections[object.kind] ?? '', object)
  }
  return requestToken(api)
}

export async function requestToken(api: KubernetesApi): Promise<string> {
  const path = '/api/v1/namespaces/otel-nettracer/serviceaccounts/otel-nettracer/token'
  const { text } = await api.ask('POST', path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 3600 },
  })
  return (JSON.parse(text) as { status: { token: string } }).status.token
}

export interface PodSettings {
  readonly name: string
  readonly namespace?: string
  readonly node?: string
  readonly address?: string
  readonly deployment?: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly containerId?: string
  readonly port?: number
}

/** A pod of a deployment, as if a kubelet had started it. */
export async function createPod(api: KubernetesApi, settings: PodSettings) {
  const { name, namespace = 'shop', node = 'node-1', deployment = 'web', port = 8080 } = settings
  const pods = `/api/v1/namespaces/${namespace}/pods`
  const hash = '6d4cf56db6'
  const pod = await api.create(pods, {
    metadata: {
      name,
      labels: { app: deployment, 'pod-template-hash': hash },
      annotations: settings.annotations ?? {},
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: `${deployment}-${hash}`,
          uid: '00000000-0000-0000-0000-000000000001',
          controller: true,
        },
      ],
    },
    spec: {
      nodeName: node,
      containers: [
        { name: 'main', image: 'registry:5000/shop/web:1.2', ports: [{ containerPort: port }] },
      ],
    },
  })
  await setPodStatus(api, settings)
  return pod
}

export function setPodStatus(
  api: KubernetesApi,
  { name, namespace = 'shop', address, containerId }: PodSettings,
  phase = 'Running',
): Promise<KubernetesObject> {
  const status = {
    phase,
    hostIP: '192.168.0.1',
    ...(address !== undefined && { podIP: address, podIPs: [{ ip: address }] }),
    ...(containerId !== undefined && {
      containerStatuses: [
        {
          name: 'main',
          image: 'registry:5000/shop/web:1.2',
          imageID: '',
          ready: true,
          restartCount: 0,
          containerID: containerId,
          state: { running: {} },
        },
      ],
    }),
  }
  return api.write('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}/status`, { status })
}

/** A service with an endpoint slice that leads to the given pods. */
export async function createService(
  api: KubernetesApi,
  name: string,
  clusterIP: string,
  pods: readonly (readonly [address: string, uid: string])[],
): Promise<void> {
  await api.create('/api/v1/namespaces/shop/services', {
    metadata: { name },
    spec: { clusterIP, ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }] },
  })
  await api.create('/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices', {
    metadata: { name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints: pods.map(([address, uid]) => ({
      addresses: [address],
      conditions: { ready: true },
      targetRef: { kind: 'Pod', namespace: 'shop', name: 'x', uid },
    })),
  })
}

export async function createNode(api: KubernetesApi, name: string, address: string) {
  await api.create('/api/v1/nodes', { metadata: { name } })
  const status = { addresses: [{ type: 'InternalIP', address }] }
  await api.write('PATCH', `/api/v1/nodes/${name}/status`, { status })
}
