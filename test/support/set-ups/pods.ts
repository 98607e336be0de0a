import { randomUUID } from 'node:crypto'
import { containerStatus, podObject } from '../../identity/support/kubernetes-objects.ts'
import { begun, dialChildOf, dialler, dialParent, imageAttributes, startIn } from './containers.ts'
import { type Attributes, ownResource } from './expected.ts'
import type { SetUp } from './set-up.ts'
import { clusterUid, imageReference, nodeName, type World } from './world.ts'

interface Started {
  readonly id: string
  readonly pid: number
  /** What its runtime calls it. */
  readonly name: string
}

interface PodOf {
  readonly uid: string
  readonly name: string
  readonly annotations?: Readonly<Record<string, string>>
  /** As `docker://`. */
  readonly runtime: string
  /** Real containers, by their names in the pod. */
  readonly containers: Readonly<Record<string, Started>>
}

/** Tells the API server of a pod, as its kubelet does. @returns what the API has of each container */
function tell({ api }: World, pod: PodOf): Record<string, Attributes> {
  const { uid, name, annotations = {}, runtime, containers } = pod
  const statuses = Object.entries(containers).map(([key, { id }]) =>
    containerStatus(key, id, { image: imageReference, containerID: `${runtime}://${id}` }),
  )
  api.put(
    '/api/v1/pods',
    podObject({ uid, name, node: nodeName, annotations, containers: statuses }),
  )
  return Object.fromEntries(
    Object.entries(containers).map(([key, { id, name: containerName }]) => [
      key,
      {
        ...{ 'container.id': id, 'container.name': containerName, ...imageAttributes },
        'k8s.cluster.uid': clusterUid,
        'k8s.container.name': key,
        'k8s.deployment.name': 'web',
        'k8s.namespace.name': 'shop',
        'k8s.node.name': nodeName,
        'k8s.pod.name': name,
        'k8s.pod.uid': uid,
        'service.name': 'web',
        'service.namespace': 'shop',
        'service.instance.id': `shop.${name}.${key}`,
      },
    ]),
  )
}

const groupOf = (uid: string): string => `/kubepods/burstable/pod${uid}`

/** A pod of the Container Runtime Interface: its sandbox, and its containers by name and command. */
async function podOfContainerd(
  { containerd }: World,
  uid: string,
  commands: Readonly<Record<string, readonly string[]>>,
  sharesPids = false,
): Promise<Record<string, Started>> {
  const cgroupParent = groupOf(uid)
  const sandbox = await containerd.runPod({ name: 'web', command: [], cgroupParent })
  const started: Record<string, Started> = {}
  for (const [name, command] of Object.entries(commands)) {
    const settings = { name, command, cgroupParent, sharesPids }
    const id = await containerd.runIn(sandbox, imageReference, settings)
    started[name] = { id, name, pid: await begun(await containerd.pidOf(id)) }
  }
  return started
}

/** A pod as the kubelet makes it of Docker's containers: one that holds the network, and those that share it. */
async function podOfDocker(
  { docker }: World,
  uid: string,
  settings: Readonly<Record<string, { command: string[]; env?: Record<string, string> }>>,
): Promise<Record<string, Started>> {
  const cgroupParent = groupOf(uid)
  const holder = { command: ['/bin/sleep', '3600'], network: 'bridge', cgroupParent }
  const { id: network } = await startIn(docker, holder)
  const started: Record<string, Started> = {}
  for (const [key, one] of Object.entries(settings)) {
    const { id, pid, told } = await startIn(docker, {
      ...one,
      network: `container:${network}`,
      cgroupParent,
    })
    started[key] = { id, pid, name: told['container.name'] }
  }
  return started
}

function withoutId(resource: Attributes = {}): Attributes {
  const { 'service.instance.id': _ofTheFirst, ...rest } = resource
  return rest
}

/** Each of them of real containers in the control groups of pods; what is expected of the pod is what the API server has. */
export function podSetUps(world: World): readonly SetUp[] {
  const later = { isNamedLater: true } as const
  const firsts = (containers: Record<string, Started>, told: Record<string, Attributes>) =>
    Object.entries(containers).map(([key, { pid }]) => ownResource({ pid }, told[key] ?? {}))
  return [
    {
      name: "a pod with two containers, on the host's network (containerd)",
      ...later,
      start: async (port) => {
        const [uid, name] = [randomUUID(), 'web-6d4cf56db6-host']
        const commands = { main: dialler(port), side: dialler(port) }
        const containers = await podOfContainerd(world, uid, commands)
        return firsts(containers, tell(world, { uid, name, runtime: 'containerd', containers }))
      },
    },
    {
      name: 'a pod with two containers, in a network of its own (Docker)',
      ...later,
      start: async (port) => {
        const [uid, name] = [randomUUID(), 'web-6d4cf56db6-own']
        const command = dialler(port, world.bridge)
        const containers = await podOfDocker(world, uid, { main: { command }, side: { command } })
        return firsts(containers, tell(world, { uid, name, runtime: 'docker', containers }))
      },
    },
    {
      name: "a process that is not the first of its pod's container",
      ...later,
      start: async (port) => {
        const [uid, name] = [randomUUID(), 'web-6d4cf56db6-child']
        const containers = await podOfContainerd(world, uid, { main: dialParent(port) })
        const { main } = tell(world, { uid, name, runtime: 'containerd', containers })
        const pid = await dialChildOf(containers['main']?.pid ?? 0)
        return [ownResource({ pid }, withoutId(main))]
      },
    },
    {
      name: 'a pod whose containers have one pid namespace: nobody is known as the first',
      ...later,
      start: async (port) => {
        const [uid, name] = [randomUUID(), 'web-6d4cf56db6-one']
        const containers = await podOfContainerd(world, uid, { main: dialler(port) }, true)
        const { main } = tell(world, { uid, name, runtime: 'containerd', containers })
        return firsts(containers, { main: withoutId(main) })
      },
    },
    {
      name: 'a pod whose annotations tell name and attributes',
      ...later,
      start: async (port) => {
        const [uid, name] = [randomUUID(), 'web-6d4cf56db6-told']
        const containers = await podOfContainerd(world, uid, { main: dialler(port) })
        const annotations = {
          'resource.opentelemetry.io/service.name': 'cart',
          'resource.opentelemetry.io/deployment.environment.name': 'prod',
          'other.io/team': 'blue',
        }
        const pod = { uid, name, annotations, runtime: 'containerd', containers }
        const more = { 'service.name': 'cart', 'deployment.environment.name': 'prod' }
        const { main: told } = tell(world, pod)
        return firsts(containers, { main: { ...told, ...more } })
      },
    },
    {
      name: 'a pod whose SDK was told name and instance id, as the Operator does: the triplet',
      ...later,
      start: async (port) => {
        const [uid, name] = [randomUUID(), 'web-6d4cf56db6-sdk']
        const triplet = {
          'service.name': 'shop',
          'service.namespace': 'eu',
          'service.instance.id': `eu.${name}.main`,
        }
        const attributes = Object.entries({ ...triplet, 'k8s.pod.name': name })
        const env = { OTEL_RESOURCE_ATTRIBUTES: attributes.map((one) => one.join('=')).join(',') }
        const command = dialler(port, world.bridge)
        const containers = await podOfDocker(world, uid, { main: { command, env } })
        tell(world, { uid, name, runtime: 'docker', containers })
        return [triplet]
      },
    },
  ]
}
