import { KubernetesServer } from '../test/support/kubernetes-server.ts'

const slices = '/apis/discovery.k8s.io/v1/endpointslices'

/** What kubectl, controllers and kubelets leave in an object: most of what a list weighs. */
function managedFields(manager: string): object[] {
  const paths = Array.from({ length: 40 }, (_, at) => [`f:field${at}`, { '.': {}, 'f:inner': {} }])
  const fieldsV1 = { 'f:metadata': Object.fromEntries(paths) }
  return [{ manager, operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1 }]
}

function address(index: number): string {
  return `10.${64 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`
}

function uid(kind: number, index: number): string {
  return `00000000-0000-${String(kind).padStart(4, '0')}-0000-${String(index).padStart(12, '0')}`
}

function pod(index: number, services: number, nodes: number) {
  const app = `service-${index % services}`
  const owner = `${app}-6d4cf56db6`
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
      uid: uid(1, index),
      name: `${owner}-${index}`,
      namespace: `team-${index % 50}`,
      labels: { app, 'pod-template-hash': '6d4cf56db6', 'app.kubernetes.io/name': app },
      annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' },
      ownerReferences: [{ kind: 'ReplicaSet', name: owner, uid: uid(9, 1), controller: true }],
      managedFields: managedFields('kubelet'),
    },
    spec: {
      nodeName: `node-${node}`,
      containers: [container('main'), container('proxy')],
      tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }],
    },
    status: {
      phase: 'Running',
      podIP: address(index),
      podIPs: [{ ip: address(index) }],
      hostIP: `192.168.${node >> 8}.${node & 255}`,
      containerStatuses: ['main', 'proxy'].map((name, at) => ({
        name,
        image: `registry.example.com/team/${app}/${name}:1.2.3`,
        imageID: `registry.example.com/team/${app}/${name}@sha256:${'0'.repeat(64)}`,
        containerID: `containerd://${(index * 2 + at).toString(16).padStart(64, '0')}`,
        state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
      })),
    },
  }
}

/** A server with a cluster as large as asked, whose objects weigh what real ones do. */
export async function startCluster(pods: number, services: number, nodes: number) {
  const server = await KubernetesServer.start()
  server.put('/api/v1/namespaces', { metadata: { uid: uid(0, 0), name: 'kube-system' } })
  for (let index = 0; index < pods; index += 1) {
    server.put('/api/v1/pods', pod(index, services, nodes))
  }
  for (let index = 0; index < services; index += 1) {
    const name = `service-${index}`
    const metadata = { name, namespace: `team-${index % 50}` }
    server.put('/api/v1/services', {
      metadata: { ...metadata, uid: uid(2, index), managedFields: managedFields('kubectl') },
      spec: {
        clusterIP: `10.96.${index >> 8}.${index & 255}`,
        ports: [{ port: 80, protocol: 'TCP', nodePort: 30_000 + index }],
      },
    })
    const members = Array.from({ length: pods / services }, (_, at) => at * services + index)
    const slice = {
      metadata: {
        ...metadata,
        uid: uid(3, index),
        labels: { 'kubernetes.io/service-name': name },
        managedFields: managedFields('endpointslice-controller'),
      },
      endpoints: members.map((member) => ({
        addresses: [address(member)],
        conditions: { ready: true, serving: true, terminating: false },
        targetRef: { kind: 'Pod', name: `pod-${member}`, uid: uid(1, member) },
      })),
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    }
    server.put(slices, slice)
  }
  for (let index = 0; index < nodes; index += 1) {
    server.put('/api/v1/nodes', {
      metadata: {
        name: `node-${index}`,
        uid: uid(4, index),
        managedFields: managedFields('kubelet'),
      },
      status: {
        addresses: [{ type: 'InternalIP', address: `192.168.${index >> 8}.${index & 255}` }],
        images: Array.from({ length: 50 }, (_, at) => ({ names: [`image-${at}`], sizeBytes: at })),
      },
    })
  }
  return server
}

// As a process of its own, so that its memory is not the agent's: tells its address and authority, and does as it is told.
if (import.meta.main) {
  const [pods = 10_000, services = 2_000, nodes = 500] = process.argv.slice(2).map(Number)
  const server = await startCluster(pods, services, nodes)
  const told = (message: unknown) => {
    const asked = message as { readonly what: string }
    if (asked.what === 'restart') void restart(server)
    else if (asked.what === 'expire') expire(server)
    else process.send?.(countsOf(server))
  }
  process.on('message', told)
  process.once('disconnect', () => process.exit(0))
  process.send?.({ url: server.url, ca: server.authority.ca.toString() })
}

function countsOf(server: KubernetesServer) {
  const watches = server.asked.filter(({ isWatch }) => isWatch).length
  return { lists: server.asked.length - watches, watches, watching: server.watching }
}

/** Five seconds away, and all states before are forgotten, as after a real restart. */
async function restart(server: KubernetesServer): Promise<void> {
  await server.halt()
  server.forget()
  setTimeout(() => void server.listen(), 5_000)
}

function expire(server: KubernetesServer): void {
  server.forget()
  server.endWatches('expired')
}
