import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { type Containerd, pauseImage, startContainerd } from '../containerd.ts'
import { startDocker } from '../docker.ts'
import type { Engine } from '../engine.ts'
import { KubernetesServer } from '../kubernetes-server.ts'
import { startPodman } from '../podman.ts'

/** What all containers are made from. */
export const image = { name: 'registry.test:5000/shop/bb', tag: '1.2' } as const
export const imageReference = `${image.name}:${image.tag}`

export const nodeName = 'node-1'
export const clusterUid = 'f2b5d5d4-1f0a-4f0e-9d53-8a1c5d9f6a70'
const bridge = '10.77.0.1'

/** The engines of a node, in one network namespace, and its API server. */
export interface World {
  readonly docker: Engine
  readonly podman: Engine
  readonly containerd: Containerd
  readonly api: KubernetesServer
  /** The node's address for containers with a network namespace of their own. */
  readonly bridge: string
  /** How an agent asks all of them. */
  readonly receiver: object
  [Symbol.asyncDispose](): Promise<void>
}

/** The caller disposes of it. */
export async function startWorld(): Promise<World> {
  await using begun = new AsyncDisposableStack()
  const docker = begun.use(await startDocker({ bridge }))
  const network = { name: docker.namespace }
  const podman = begun.use(await startPodman(network))
  const containerd = begun.use(await startContainerd(network))
  await docker.importImage(imageReference)
  await podman.importImage(imageReference)
  await containerd.importImage(pauseImage)
  await containerd.importImage(imageReference)
  const api = await KubernetesServer.start()
  begun.defer(() => api.stop())
  api.put('/api/v1/namespaces', { metadata: { uid: clusterUid, name: 'kube-system' } })
  const all = begun.move()
  return {
    ...{ docker, podman, containerd, api, bridge },
    receiver: {
      containers: {
        endpoints: [docker.socket, podman.socket, containerd.socket],
        labels: ['team'],
      },
      kubernetes: {
        enabled: true,
        auth_type: 'kubeConfig',
        kubeconfig: writeKubeconfig(api),
        filter: { node: nodeName },
      },
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

/** @returns its path; it goes with the server */
function writeKubeconfig(api: KubernetesServer): string {
  const path = join(api.authority.folder, 'kubeconfig')
  const named = (kind: string, value: object) => [{ name: 'test', [kind]: value }]
  const config = {
    clusters: named('cluster', { server: api.url, 'certificate-authority': api.authority.caFile }),
    users: named('user', { token: 'secret' }),
    contexts: named('context', { cluster: 'test', user: 'test' }),
    'current-context': 'test',
  }
  writeFileSync(path, stringify(config))
  return path
}
