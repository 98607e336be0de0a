import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Benchmark, Measurement } from './measurement.ts'

const [pods, services, nodes] = [10_000, 2_000, 500]
/** Of an agent. */
const watches = 5
const megabyte = 1e6
const clusterFile = new URL('./kubernetes-cluster.ts', import.meta.url)
const agentFile = new URL('./kubernetes-agent.ts', import.meta.url)

interface Counts {
  readonly lists: number
  readonly watches: number
  readonly watching: number
}

interface Complete {
  readonly podsMs: number
  readonly allMs: number
  readonly cpuMs: number
  readonly rssBefore: number
  readonly peakRss: number
  readonly named: string | undefined
}

export const kubernetes: Benchmark = {
  name: 'kubernetes',
  method: `a server of our own holds ${pods} pods with spec, status and managedFields, ${services} services with their endpoint slices and ${nodes} nodes; it is away for 5 s and forgets all states, then ends all watches with 410; both share two processors with others.`,
  run,
}

async function run(): Promise<Measurement[]> {
  return inCluster([pods, services, nodes], one)
}

async function inCluster(
  sizes: readonly number[],
  measure: (cluster: ChildProcess, url: string, caFile: string) => Promise<Measurement[]>,
): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-bench-kubernetes-'))
  const cluster = start(clusterFile, sizes.map(String))
  try {
    const { url, ca } = await next<{ url: string; ca: string }>(cluster)
    const caFile = join(folder, 'ca.pem')
    writeFileSync(caFile, ca)
    return await measure(cluster, url, caFile)
  } finally {
    cluster.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Memory and time of an agent, and what a restart costs. */
async function one(cluster: ChildProcess, url: string, caFile: string): Promise<Measurement[]> {
  const agent = start(agentFile, [url, caFile, '1'])
  const complete = await next<Complete>(agent)
  if (complete.named === undefined) throw new Error('a service has no name')
  const started = await ask<Counts>(cluster, 'counts')
  await sleep(2_000)
  const { rss, rssBefore } = await ask<{ rss: number; rssBefore: number }>(agent, 'rss')
  cluster.send({ what: 'restart' })
  await settled(cluster)
  const restarted = await ask<Counts>(cluster, 'counts')
  cluster.send({ what: 'expire' })
  await sleep(1_000)
  await settled(cluster)
  const expired = await ask<Counts>(cluster, 'counts')
  agent.send({ what: 'stop' })
  return [
    figure('start: pods of the node known', complete.podsMs / 1e3, 's', 5),
    figure('all of the cluster known', complete.allMs / 1e3, 's'),
    figure('CPU until then', complete.cpuMs / 1e3, 's', 5),
    figure('more memory, at rest', (rss - rssBefore) / megabyte, 'MB', 60),
    figure('more memory, at most', (complete.peakRss - rssBefore) / megabyte, 'MB'),
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

function figure(what: string, value: number, unit: string, atMost?: number): Measurement {
  return { what, value, unit, ...(atMost !== undefined && { budget: { atMost } }) }
}

function start(file: URL, args: readonly string[]): ChildProcess {
  return fork(fileURLToPath(file), args, { execArgv: ['--expose-gc'] })
}

async function next<T>(child: ChildProcess): Promise<T> {
  const [message] = (await once(child, 'message')) as [T]
  return message
}

function ask<T>(child: ChildProcess, what: string): Promise<T> {
  const answer = next<T>(child)
  child.send({ what })
  return answer
}
