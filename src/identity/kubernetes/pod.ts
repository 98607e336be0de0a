import type { Attributes } from '@opentelemetry/api'
import { readRepositoryDigest } from '../container/image.ts'
import type { PodFacts } from './directory.ts'
import {
  type ExtractionSettings,
  extract,
  resourceAnnotationsOf,
  serviceLabelsOf,
} from './extraction.ts'
import { type JsonObject, objectOf, objectsOf, textOf, textsOf } from './fields.ts'
import { parseImage } from './image.ts'
import { ownerOf } from './owner.ts'

/** A pod of this node, with an answer for each of its containers. */
export interface OwnPod {
  /** Also of a static pod's control groups, which have another uid than the API's mirror of it. */
  readonly uids: readonly string[]
  readonly facts: PodFacts
  /** By container id. */
  readonly containers: ReadonlyMap<string, PodFacts>
}

/** What a pod cannot tell of itself. */
export interface ClusterFacts {
  readonly name?: string | undefined
  /** Uid of the namespace kube-system. */
  readonly uid?: string | undefined
}

const maxContainers = 100

/** @returns `undefined` if it is no pod */
export function readPod(
  object: JsonObject,
  settings: ExtractionSettings,
  cluster: ClusterFacts,
): OwnPod | undefined {
  const metadata = objectOf(object['metadata'])
  const uid = textOf(metadata['uid'])
  const name = textOf(metadata['name'])
  if (uid === undefined || name === undefined) return undefined
  const owner = ownerOf(metadata)
  const common = {
    uid,
    name,
    namespace: textOf(metadata['namespace']) ?? 'default',
    resourceAnnotations: resourceAnnotationsOf(metadata, settings),
    serviceLabels: serviceLabelsOf(metadata, settings),
    ownerName: owner.name,
  }
  const attributes = {
    ...chosen(attributesOf(object, owner.attributes, cluster), settings.metadata),
    ...extract(metadata, settings),
  }
  return {
    uids: uidsOf(metadata, uid),
    facts: { ...common, containerName: undefined, attributes },
    containers: new Map(
      containersOf(object).map(({ id, name, ...rest }) => {
        const more = chosen({ 'k8s.container.name': name, ...rest }, settings.metadata)
        return [id, { ...common, containerName: name, attributes: { ...attributes, ...more } }]
      }),
    ),
  }
}

function attributesOf(
  { metadata: about, spec, status }: JsonObject,
  owner: Readonly<Record<string, string>>,
  cluster: ClusterFacts,
): Record<string, unknown> {
  const metadata = objectOf(about)
  const { startTime, podIP, podIPs } = objectOf(status)
  const { nodeName, hostname } = objectOf(spec)
  const addresses = objectsOf(podIPs).map(({ ip }) => ip)
  return {
    'k8s.namespace.name': metadata['namespace'],
    'k8s.pod.name': metadata['name'],
    'k8s.pod.uid': metadata['uid'],
    'k8s.pod.hostname': hostname ?? metadata['name'],
    'k8s.pod.ip': podIP ?? addresses[0],
    'k8s.pod.start_time': startTime,
    'k8s.node.name': nodeName,
    'k8s.cluster.name': cluster.name,
    'k8s.cluster.uid': cluster.uid,
    ...Object.fromEntries(Object.entries(owner).map(([key, value]) => [`k8s.${key}`, value])),
  }
}

/** Of what is there, what is wanted. */
function chosen(values: Record<string, unknown>, wanted: ReadonlySet<string>): Attributes {
  const attributes: Attributes = {}
  for (const [key, value] of Object.entries(values)) {
    if (!wanted.has(key)) continue
    const kept = Array.isArray(value) ? textsOf(value) : textOf(value)
    if (kept !== undefined && kept.length > 0) attributes[key] = kept
  }
  return attributes
}

/** Init and ephemeral containers too, with the ids of those that ran before them. */
function containersOf({ spec, status }: JsonObject) {
  const images = imagesOf(objectOf(spec))
  const { initContainerStatuses, containerStatuses, ephemeralContainerStatuses } = objectOf(status)
  return [initContainerStatuses, containerStatuses, ephemeralContainerStatuses]
    .flatMap(objectsOf)
    .slice(0, maxContainers)
    .flatMap((container) => {
      const { image, imageID, containerID, lastState } = container
      const { containerID: lastId } = objectOf(objectOf(lastState)['terminated'])
      const name = textOf(container['name']) ?? ''
      const digest = readRepositoryDigest(withoutScheme(textOf(imageID) ?? ''))
      const about = {
        name,
        ...imageOf(textOf(image), images.get(name)),
        'container.image.repo_digests': digest === undefined ? undefined : [digest],
      }
      return [containerID, lastId].flatMap((text) => {
        const id = containerIdOf(textOf(text))
        return id === undefined ? [] : [{ id, ...about }]
      })
    })
}

/** `docker-pullable://shop/cart@sha256:...`, as some runtimes have it. */
const withoutScheme = (imageId: string): string => imageId.replace(/^[a-z-]+:\/\//, '')

/** `containerd://0123...`: what runs it, and its id. */
function containerIdOf(text: string | undefined): string | undefined {
  return /^[a-z0-9.+-]+:\/\/([0-9a-f]{64})$/.exec(text ?? '')?.[1]
}

/** By the container's name, as they were asked for. */
function imagesOf(spec: JsonObject): Map<string, string> {
  const { initContainers, containers, ephemeralContainers } = spec
  const all = [initContainers, containers, ephemeralContainers].flatMap(objectsOf)
  return new Map(
    all.flatMap(({ name, image }) => {
      const [key, text] = [textOf(name), textOf(image)]
      return key === undefined || text === undefined ? [] : [[key, text]]
    }),
  )
}

/** A runtime that tells the digest only leaves what was asked for. */
function imageOf(run: string | undefined, asked: string | undefined) {
  const image = parseImage(run ?? '') ?? parseImage(asked ?? '')
  if (image === undefined) return {}
  return {
    'container.image.name': image.name,
    'container.image.tags': image.tag === undefined ? undefined : [image.tag],
  }
}

/** The kubelet names a static pod's control groups by the digest of its file, the API by another uid. */
function uidsOf(metadata: JsonObject, uid: string): string[] {
  const annotations = objectOf(metadata['annotations'])
  const digests = ['kubernetes.io/config.mirror', 'kubernetes.io/config.hash']
  return [uid, ...digests.flatMap((key) => textOf(annotations[key]) ?? [])]
}
