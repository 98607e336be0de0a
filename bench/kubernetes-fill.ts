import type { KubernetesApi, KubernetesObject } from '../test/support/kubernetes-api.ts'
import {
  type ClusterSize,
  namespaceOf,
  nodeOf,
  podOf,
  serviceOf,
  sliceOf,
} from './kubernetes-objects.ts'

/** Requests under way at a time. */
const atOnce = 16

interface Written {
  readonly metadata: object
  readonly status?: object
}

/** Calls with 0 to `count` - 1, some at a time. */
async function each(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

/** Writes a cluster into a real API server, as controllers and kubelets would: 25,000 requests for 10,000 pods. */
export async function fillCluster(api: KubernetesApi, size: ClusterSize): Promise<void> {
  const { pods, services, nodes } = size
  const create = async (path: string, { status, ...object }: Written) => {
    const made = await api.create(path, object)
    const at = `${path}/${made.metadata.name}/status`
    if (status !== undefined) await api.write('PATCH', at, { status })
    return made
  }
  const inNamespace = (index: number, kind: string, group = '/api/v1') =>
    `${group}/namespaces/${namespaceOf(index)}/${kind}`
  await each(50, (at) => create('/api/v1/namespaces', { metadata: { name: namespaceOf(at) } }))
  await each(nodes, (at) => create('/api/v1/nodes', nodeOf(at)))
  await each(services, (at) => create(inNamespace(at, 'services'), serviceOf(at)))
  const uids: string[] = []
  const owner = '00000000-0000-0000-0000-000000000001'
  await each(pods, async (at) => {
    const made: KubernetesObject = await create(inNamespace(at, 'pods'), podOf(at, size, owner))
    uids[at] = made.metadata.uid
  })
  const discovery = '/apis/discovery.k8s.io/v1'
  await each(services, (at) =>
    create(
      inNamespace(at, 'endpointslices', discovery),
      sliceOf(at, size, (pod) => uids[pod] ?? ''),
    ),
  )
}
