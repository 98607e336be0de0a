import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  ask,
  type FollowedServer,
  Follower,
  figure,
  next,
  startProcess,
} from './kubernetes-follower.ts'
import type { Benchmark, Measurement } from './measurement.ts'

const [pods, services, nodes] = [10_000, 2_000, 500]
/** Of an agent. */
const watches = 5
const clusterFile = new URL('./kubernetes-cluster.ts', import.meta.url)

interface Counts {
  readonly lists: number
  readonly watches: number
  readonly watching: number
}

export const kubernetes: Benchmark = {
  name: 'kubernetes',
  method: `a server of our own holds ${pods} pods with spec, status and managedFields, ${services} services with their endpoint slices and ${nodes} nodes; it is away for 5 s and forgets all states, then ends all watches with 410; both share two processors with others.`,
  run,
}

async function run(): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-bench-kubernetes-'))
  const cluster = startProcess(clusterFile, [pods, services, nodes].map(String))
  try {
    const { url, ca } = await next<{ url: string; ca: string }>(cluster)
    const caFile = join(folder, 'ca.pem')
    writeFileSync(caFile, ca)
    return await follow(cluster, { url, caFile, token: 'secret' })
  } finally {
    cluster.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Memory and time of an agent, and what a restart costs. */
async function follow(cluster: ChildProcess, server: FollowedServer): Promise<Measurement[]> {
  const agent = await Follower.start(server)
  const started = await ask<Counts>(cluster, 'counts')
  await sleep(2_000)
  const figures = await agent.figures()
  cluster.send({ what: 'restart' })
  await settled(cluster)
  const restarted = await ask<Counts>(cluster, 'counts')
  cluster.send({ what: 'expire' })
  await sleep(1_000)
  await settled(cluster)
  const expired = await ask<Counts>(cluster, 'counts')
  const longest = await agent.longestTurn()
  agent.stop()
  return [
    ...figures,
    longest,
    figure('requests at the start', started.lists + started.watches, ''),
    figure('pages of lists after a restart', restarted.lists - started.lists, '', started.lists),
    figure('watches after a restart', restarted.watches - started.watches, '', 2 * watches),
    figure(
      'pages of lists when all watches expire',
      expired.lists - restarted.lists,
      '',
      started.lists,
    ),
    figure('watches when all expire', expired.watches - restarted.watches, '', watches),
  ]
}

/** All watches are open, and stay so. */
async function settled(cluster: ChildProcess): Promise<void> {
  for (let same = 0; same < 10; ) {
    await sleep(250)
    const { watching } = await ask<Counts>(cluster, 'counts')
    same = watching === watches ? same + 1 : 0
  }
}
