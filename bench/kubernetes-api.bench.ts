import { setTimeout as sleep } from 'node:timers/promises'
import { grantRights } from '../test/kubernetes/support/cluster.ts'
import { hasKubernetes, KubernetesApi } from '../test/support/kubernetes-api.ts'
import { fillCluster } from './kubernetes-fill.ts'
import { Follower, figure } from './kubernetes-follower.ts'
import type { Benchmark, Measurement } from './measurement.ts'

const size = { pods: 10_000, services: 2_000, nodes: 500 }
/** Pages of 500: all pods, services with those of the server, slices, nodes, and the pods of one node. */
const pages = 20 + 5 + 4 + 1 + 1
/** Of an agent. */
const watches = 5

export const kubernetesApi: Benchmark = {
  name: 'kubernetes-api',
  method: `a real kube-apiserver with etcd, not one of our own, holds ${size.pods} pods, ${size.services} services with their endpoint slices and ${size.nodes} nodes. It counts requests itself (apiserver_request_total): at an agent's start, and over a restart after which the states before it are forgotten. All of it shares two processors with others.`,
  run,
}

interface Requests {
  readonly lists: number
  /** Watches that are open. */
  readonly watching: number
}

async function run(): Promise<Measurement[]> {
  if (!hasKubernetes()) throw new Error('npm run check:kubernetes builds the API server first')
  await using api = await KubernetesApi.start()
  const token = await grantRights(api)
  await fillCluster(api, size)
  const before = await requestsOf(api)
  const agent = await Follower.start({ url: api.url, caFile: api.caFile, token })
  const started = await requestsOf(api)
  await sleep(2_000)
  const figures = await agent.figures(5)
  await api.stopApi()
  await api.startApi()
  await api.compact()
  // What the server itself follows is open before the agent's watches are.
  const restarted = await settled(api, started.watching)
  const longest = await agent.longestTurn()
  agent.stop()
  return [
    ...figures,
    longest,
    figure('pages of lists at the start', started.lists - before.lists, '', pages),
    figure('watches at the start', started.watching - before.watching, '', watches),
    figure('pages of lists after a restart', restarted.lists, '', before.lists + pages),
    figure('watches after a restart', restarted.watching - before.watching, '', watches),
  ]
}

/** All watches are open again, and stay so. */
async function settled(api: KubernetesApi, watching: number): Promise<Requests> {
  let requests = await requestsOf(api)
  for (let same = 0; same < 10; ) {
    await sleep(500)
    const now = await requestsOf(api)
    same = now.watching >= watching && now.lists === requests.lists ? same + 1 : 0
    requests = now
  }
  return requests
}

const followed = /resource="(pods|services|nodes|endpointslices)"/

async function requestsOf(api: KubernetesApi): Promise<Requests> {
  const { text } = await api.ask('GET', '/metrics')
  const lines = text.split('\n').filter((line) => followed.test(line))
  const sum = (metric: string, verb: string) =>
    lines
      .filter((line) => line.startsWith(`${metric}{`) && line.includes(`verb="${verb}"`))
      .reduce((all, line) => all + Number(line.split(' ').at(-1)), 0)
  return {
    lists: sum('apiserver_request_total', 'LIST'),
    watching: sum('apiserver_longrunning_requests', 'WATCH'),
  }
}
