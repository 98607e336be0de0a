import type { ApiObject, ClusterWriter } from './cluster.ts'

/** What the containers of the pods are made from. */
export const image = 'registry.test:5000/shop/bb:1.2'
const namespace = 'shop'
const hash = '6d4cf56db6'
const pods = `/api/v1/namespaces/${namespace}/pods`
const apps = `/apis/apps/v1/namespaces/${namespace}`

export const addresses = {
  node: '192.168.7.1',
  otherNode: '192.168.7.2',
  web: '10.1.1.2',
  cart: '10.1.2.2',
  stock: '10.1.3.2',
  cartService: '10.96.0.7',
  stockService: '10.96.0.8',
} as const

export type PodName = 'web' | 'cart' | 'agent' | 'stock'

/** Objects by what they are called here. */
export interface Declared {
  readonly pods: Readonly<Record<PodName, ApiObject>>
  /** Deployments, replica sets and daemon sets by uid. */
  readonly owners: ReadonlyMap<string, ApiObject>
}

const template = (app: string) => ({
  selector: { matchLabels: { app } },
  template: {
    metadata: { labels: { app } },
    spec: { containers: [{ name: 'main', image }] },
  },
})

const ownedBy = (apiVersion: string, kind: string, { metadata }: ApiObject) => ({
  ownerReferences: [{ apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true }],
})

/** A deployment and its replica set, as the controllers make them. */
async function deploy(writer: ClusterWriter, app: string): Promise<[ApiObject, ApiObject]> {
  const deployment = await writer.create(`${apps}/deployments`, {
    metadata: { name: app },
    spec: template(app),
  })
  const set = await writer.create(`${apps}/replicasets`, {
    metadata: { name: `${app}-${hash}`, ...ownedBy('apps/v1', 'Deployment', deployment) },
    spec: template(app),
  })
  return [deployment, set]
}

interface PodShape {
  readonly name: string
  readonly app: string
  readonly owner: ApiObject
  readonly ownerKind?: string
  readonly node?: string
  readonly ports: Readonly<Record<string, number>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly hostNetwork?: boolean
}

function createPod(writer: ClusterWriter, shape: PodShape): Promise<ApiObject> {
  const { name, app, owner, ownerKind = 'ReplicaSet', node = 'node-1', ports } = shape
  return writer.create(pods, {
    metadata: {
      name,
      labels: { app, ...(ownerKind === 'ReplicaSet' && { 'pod-template-hash': hash }) },
      annotations: shape.annotations ?? {},
      ...ownedBy('apps/v1', ownerKind, owner),
    },
    spec: {
      nodeName: node,
      hostNetwork: shape.hostNetwork ?? false,
      containers: Object.entries(ports).map(([container, port]) => ({
        name: container,
        image,
        ports: [{ containerPort: port }],
      })),
    },
  })
}

async function createNode(writer: ClusterWriter, name: string, address: string): Promise<void> {
  await writer.create('/api/v1/nodes', { metadata: { name } })
  const status = { addresses: [{ type: 'InternalIP', address }] }
  await writer.write('PATCH', `/api/v1/nodes/${name}/status`, { status })
}

async function createService(
  writer: ClusterWriter,
  name: string,
  clusterIP: string,
  [address, { metadata }]: readonly [string, ApiObject],
): Promise<void> {
  await writer.create(`/api/v1/namespaces/${namespace}/services`, {
    metadata: { name },
    spec: { clusterIP, ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }] },
  })
  await writer.create(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
    metadata: { name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints: [
      {
        addresses: [address],
        conditions: { ready: true },
        targetRef: { kind: 'Pod', namespace, name: metadata.name, uid: metadata.uid },
      },
    ],
  })
}

/** Writes a small shop: a client, a server with two containers, one with the host's network, one on another node. */
export async function declareShop(writer: ClusterWriter): Promise<Declared> {
  await writer.create('/api/v1/namespaces', { metadata: { name: namespace } })
  await createNode(writer, 'node-1', addresses.node)
  await createNode(writer, 'node-2', addresses.otherNode)
  const daemonSet = await writer.create(`${apps}/daemonsets`, {
    metadata: { name: 'node-agent' },
    spec: template('node-agent'),
  })
  const web = await deploy(writer, 'web')
  const cart = await deploy(writer, 'cart')
  const stock = await deploy(writer, 'stock')
  const named = {
    web: await createPod(writer, {
      name: `web-${hash}-w1`,
      app: 'web',
      owner: web[1],
      ports: { main: 8080 },
      annotations: {
        'resource.opentelemetry.io/service.name': 'not-this',
        'resource.opentelemetry.io/deployment.environment.name': 'prod',
      },
    }),
    cart: await createPod(writer, {
      name: `cart-${hash}-c1`,
      app: 'cart',
      owner: cart[1],
      ports: { main: 8080, side: 9090 },
      annotations: { 'resource.opentelemetry.io/service.name': 'cart-api' },
    }),
    agent: await createPod(writer, {
      name: 'node-agent-n1',
      app: 'node-agent',
      owner: daemonSet,
      ownerKind: 'DaemonSet',
      ports: { main: 9100 },
      hostNetwork: true,
    }),
    stock: await createPod(writer, {
      name: `stock-${hash}-s1`,
      app: 'stock',
      owner: stock[1],
      node: 'node-2',
      ports: { main: 8080 },
    }),
  }
  await createService(writer, 'cart', addresses.cartService, [addresses.cart, named.cart])
  await createService(writer, 'stock', addresses.stockService, [addresses.stock, named.stock])
  const owners = [daemonSet, ...web, ...cart, ...stock]
  return { pods: named, owners: new Map(owners.map((one) => [one.metadata.uid, one])) }
}

/** What a kubelet tells of a pod that runs. @param containers ids by name */
export function tellRunning(
  writer: ClusterWriter,
  { metadata }: ApiObject,
  address: string,
  containers: Readonly<Record<string, string>>,
  hostIP: string = addresses.node,
): Promise<ApiObject> {
  const status = {
    phase: 'Running',
    hostIP,
    hostIPs: [{ ip: hostIP }],
    podIP: address,
    podIPs: [{ ip: address }],
    containerStatuses: Object.entries(containers).map(([name, id]) => ({
      name,
      image,
      imageID: '',
      ready: true,
      restartCount: 0,
      containerID: `docker://${id}`,
      state: { running: {} },
    })),
  }
  return writer.write('PATCH', `${pods}/${metadata.name}/status`, { status })
}

/** What a process of the container is to say of its pod, by the API's own objects: owners are followed by their uids. */
export function expectedResource(
  { owners }: Declared,
  { metadata, spec = {} }: ApiObject,
  container: string,
): Record<string, string> {
  const chain: Record<string, string> = {}
  let [next] = metadata.ownerReferences ?? []
  for (; next !== undefined; [next] = owners.get(next.uid)?.metadata.ownerReferences ?? []) {
    const owner = owners.get(next.uid)
    if (owner === undefined) throw new Error(`nobody has the uid ${next.uid}`)
    // Replica sets come and go: their names are off by default.
    if (next.kind === 'ReplicaSet') continue
    chain[`k8s.${next.kind.toLowerCase()}.name`] = owner.metadata.name
  }
  return {
    'k8s.namespace.name': metadata.namespace ?? '',
    'k8s.pod.name': metadata.name,
    'k8s.pod.uid': metadata.uid,
    'k8s.container.name': container,
    'k8s.node.name': String(spec['nodeName']),
    'k8s.cluster.name': 'test',
    ...chain,
  }
}
