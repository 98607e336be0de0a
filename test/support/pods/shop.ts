import { until } from '../agent.ts'
import type { Points, Values } from '../agent-points.ts'
import type { PodAgent } from './agent.ts'
import type { ApiObject } from './cluster.ts'
import { edgesOfPod } from './edges.ts'
import { expectedEdges } from './expected.ts'
import type { ContainerName, PodNode } from './node.ts'
import { type Declared, expectedResource } from './objects.ts'

/** How many objects of each kind an agent of node-1 follows. */
export const shopObjects = {
  'pods.own': 3,
  pods: 4,
  services: 2,
  'endpointslices.discovery.k8s.io': 2,
  nodes: 2,
}

/** What is told of the pods on the node. */
function edgesOfShop(points: Points, { pods }: Declared) {
  const ends = ({ metadata }: ApiObject) => ({
    client: edgesOfPod(points, metadata.uid, 'client'),
    server: edgesOfPod(points, metadata.uid, 'server'),
  })
  return { web: ends(pods.web), cart: ends(pods.cart), agent: ends(pods.agent) }
}

const isOfPod = (key: string) =>
  /^(k8s|service|deployment)\./.test(key) &&
  !['k8s.cluster.uid', 'service.instance.id'].includes(key)

/** Of each container, what the resources of its connections say of pod and service: each different one once. */
function resourcesOfShop(points: Points, { containers }: PodNode) {
  const told = (id: string): Values[] => {
    const own = points
      .where({ 'container.id': id })
      .filter(({ attributes }) => attributes['nettracer.role'] !== undefined)
    const chosen = own
      .resources()
      .map((resource) => Object.entries(resource).filter(([key]) => isOfPod(key)))
      .map((pairs) => pairs.toSorted(([one], [other]) => (one < other ? -1 : 1)))
    const byText = new Map(chosen.map((pairs) => [JSON.stringify(pairs), pairs]))
    return [...byText.values()].map((pairs) => Object.fromEntries(pairs))
  }
  const { web, cart, side, agent } = containers
  return { web: told(web), cart: told(cart), side: told(side), agent: told(agent) }
}

/** What is told of the shop: of the pods, by their other ends, and of the containers. */
interface ToldOfShop {
  readonly edges: ReturnType<typeof expectedEdges>
  readonly resources: Readonly<Record<ContainerName, readonly Values[]>>
}

/** By the API's own objects, and by what annotations and environment say. */
export function expectedOfShop(declared: Declared): ToldOfShop {
  const { web, cart, agent } = declared.pods
  const one = (pod: ApiObject, container: string, service: string, more: Values = {}): Values[] => [
    {
      ...expectedResource(declared, pod, container),
      'service.name': service,
      'service.namespace': 'shop',
      ...more,
    },
  ]
  return {
    edges: expectedEdges(declared),
    resources: {
      web: one(web, 'main', 'storefront', { 'deployment.environment.name': 'prod' }),
      cart: one(cart, 'main', 'cart-api'),
      side: one(cart, 'side', 'cart-api'),
      agent: one(agent, 'main', 'node-agent'),
    },
  }
}

/** Lets the pods talk until all is told, and ends the agent. @returns what it told */
export async function toldOfShop(
  declared: Declared,
  node: PodNode,
  { agent, points }: PodAgent,
): Promise<ToldOfShop> {
  const sumOf = (edges: ToldOfShop['edges']) =>
    Object.values(edges)
      .flatMap(({ client, server }) => [...Object.values(client), ...Object.values(server)])
      .reduce((sum, { closed, tx, rx }) => sum + closed + tx + rx, 0)
  const all = sumOf(expectedEdges(declared))
  node.go()
  await until('all that the pods did', () => sumOf(edgesOfShop(points(), declared)) >= all)
  await agent.stop()
  const edges = edgesOfShop(points(), declared)
  return { edges, resources: resourcesOfShop(points(), node) }
}
