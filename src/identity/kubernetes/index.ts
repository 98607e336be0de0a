import { setTimeout as sleep } from 'node:timers/promises'
import type { Health, Logger } from '../../telemetry/telemetry.ts'
import type { AccessSource } from './access.ts'
import { ApiClient } from './api-client.ts'
import { KnownPeers } from './cluster-peers.ts'
import { readClusterUid } from './cluster-uid.ts'
import { Condition } from './condition.ts'
import type { ClusterPeers, PodDirectory } from './directory.ts'
import type { ExtractionSettings } from './extraction.ts'
import { KubeletPoll } from './kubelet-poll.ts'
import { OwnPods } from './own-pods.ts'
import {
  type ObjectSink,
  ResourceWatch,
  type WatchCounts,
  type WatchedResource,
} from './resource-watch.ts'
import { isUnreadOfPeers } from './unread-fields.ts'

export type { AccessSource } from './access.ts'
export { isInPod, serviceAccountAccess } from './access.ts'
export type { ExtractionRule, ExtractionSettings } from './extraction.ts'
export { kubeconfigAccess } from './kubeconfig.ts'

/** How long the kubelet is not asked because the API server has not told of the cluster yet. */
const clusterUidMs = 5_000

export interface KubernetesSettings {
  readonly api: AccessSource
  /** Where the pods of this node are asked for; absent: the API server. */
  readonly kubelet?: AccessSource | undefined
  readonly kubeletIntervalMs: number
  readonly nodeName: string
  readonly clusterName?: string | undefined
  readonly extraction: ExtractionSettings
  /** Whether services, pods and nodes of the whole cluster are followed. */
  readonly hasPeers: boolean
  /** How long `start` waits at most for the pods of this node, 0 not at all. */
  readonly waitMs: number
  readonly userAgent: string
  readonly logger: Logger
  readonly health: Health
  /** Over how many ms lists are spread that the server makes necessary for all nodes at once. Default 5 s. */
  readonly spreadMs?: number
  /** After how many seconds the server is to end a watch. Default 300 to 600, by chance. */
  readonly watchSeconds?: () => number
}

/** What is followed, cumulative but for `objects`. */
export interface ResourceStats extends WatchCounts {
  /** As in a role; of the pods of this node `pods.own`. */
  readonly resource: string
  readonly objects: number
  /** Objects beyond the most that are kept. */
  readonly leftOut: number
}

interface Followed {
  readonly name: string
  readonly by: ResourceWatch | KubeletPoll
  readonly kept: { readonly size: number; readonly leftOut: number }
}

/** Pods of this node and peers of the cluster, from the API server and the kubelet. */
export class Kubernetes {
  readonly #settings: KubernetesSettings
  readonly #api: ApiClient
  readonly #kubelet: ApiClient | undefined
  readonly #ownPods: OwnPods
  readonly #peers: KnownPeers | undefined
  readonly #own: Followed
  readonly #ofPeers: readonly Followed[]
  readonly #abort = new AbortController()

  constructor(settings: KubernetesSettings) {
    this.#settings = settings
    this.#api = new ApiClient(settings.api, settings.userAgent)
    this.#kubelet = settings.kubelet && new ApiClient(settings.kubelet, settings.userAgent)
    this.#ownPods = new OwnPods(settings)
    this.#own = this.#kubelet === undefined ? this.#watchOwn() : this.#pollOwn(this.#kubelet)
    this.#peers = settings.hasPeers ? new KnownPeers(settings.extraction) : undefined
    this.#ofPeers = this.#peers === undefined ? [] : this.#watchPeers(this.#peers)
  }

  get pods(): PodDirectory {
    return this.#ownPods
  }

  /** `undefined` if they are not wanted. */
  get peers(): ClusterPeers | undefined {
    return this.#peers
  }

  /** Never fails: what Kubernetes cannot tell now it tells later. */
  async start(): Promise<void> {
    for (const { by } of this.#ofPeers) by.start()
    void this.#startOwn()
    const { waitMs, logger } = this.#settings
    if (waitMs === 0) return
    const late = sleep(waitMs, true, { ref: false })
    const isLate = await Promise.race([this.#own.by.synced.then(() => false), late])
    if (isLate) logger.warn('Kubernetes did not tell of the pods in time: they follow later')
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error('stopped'))
    await Promise.all([this.#own, ...this.#ofPeers].map(({ by }) => by.stop()))
    this.#api.close()
    this.#kubelet?.close()
  }

  stats(): ResourceStats[] {
    return [this.#own, ...this.#ofPeers].map(({ name, by, kept }) => ({
      resource: name,
      objects: kept.size,
      leftOut: kept.leftOut,
      ...by.counts,
    }))
  }

  /** The cluster's uid first: a resource should not change when it is known. The kubelet may be there without the API. */
  async #startOwn(): Promise<void> {
    const { clusterName: name } = this.#settings
    this.#ownPods.cluster = { name }
    const known = this.#clusterUid().then((uid) => {
      this.#ownPods.cluster = { name, uid }
    })
    const late = sleep(clusterUidMs, undefined, { ref: false })
    await (this.#kubelet === undefined ? known : Promise.race([known, late]))
    if (!this.#abort.signal.aborted) this.#own.by.start()
  }

  async #clusterUid(): Promise<string | undefined> {
    if (!this.#settings.extraction.metadata.has('k8s.cluster.uid')) return undefined
    return readClusterUid({
      client: this.#api,
      condition: this.#condition('namespaces', 'get'),
      signal: this.#abort.signal,
    })
  }

  #watchOwn(): Followed {
    const fieldSelector = `spec.nodeName=${this.#settings.nodeName}`
    const by = this.#watch('pods', {
      path: '/api/v1/pods',
      query: { fieldSelector },
      sink: this.#ownPods,
    })
    return { name: 'pods.own', by, kept: this.#ownPods }
  }

  #pollOwn(client: ApiClient): Followed {
    const by = new KubeletPoll({
      client,
      condition: this.#condition('nodes/pods or nodes/proxy', 'get'),
      sink: this.#ownPods,
      intervalMs: this.#settings.kubeletIntervalMs,
    })
    return { name: 'pods.own', by, kept: this.#ownPods }
  }

  #watchPeers({ pods, services, endpoints, nodes }: KnownPeers): Followed[] {
    const follow = (
      name: string,
      path: string,
      kept: ObjectSink & Followed['kept'],
      more: Pick<WatchedResource, 'query' | 'isUnread'> = {},
    ): Followed => ({ name, by: this.#watch(name, { path, sink: kept, ...more }), kept })
    // Those that ended have given their addresses back.
    const fieldSelector = 'status.phase!=Succeeded,status.phase!=Failed'
    const slices = '/apis/discovery.k8s.io/v1/endpointslices'
    return [
      follow('nodes', '/api/v1/nodes', nodes.index),
      follow('services', '/api/v1/services', services.index),
      follow('endpointslices.discovery.k8s.io', slices, endpoints.index),
      follow('pods', '/api/v1/pods', pods.index, {
        query: { fieldSelector },
        isUnread: isUnreadOfPeers,
      }),
    ]
  }

  #watch(name: string, resource: WatchedResource) {
    const { spreadMs, watchSeconds } = this.#settings
    return new ResourceWatch({
      client: this.#api,
      condition: this.#condition(name, 'list and watch'),
      resource,
      ...(spreadMs !== undefined && { spreadMs }),
      ...(watchSeconds !== undefined && { watchSeconds }),
    })
  }

  #condition(resource: string, verbs: string): Condition {
    const { logger, health } = this.#settings
    return new Condition({ logger, health, resource, verbs })
  }
}
