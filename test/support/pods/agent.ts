import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { Agent, agentConfig, until } from '../agent.ts'
import { Points } from '../agent-points.ts'
import { type ClusterAccess, kubeconfigOf } from './cluster.ts'

const peerNames = ['service', 'deployment', 'daemonset', 'pod', 'node', 'namespace']

export interface PodAgent {
  readonly agent: Agent
  /** What it has written until now. */
  readonly points: () => Points
  /** Until it knows so many objects of each kind, or more: a server has some of its own. */
  readonly knows: (objects: Readonly<Record<string, number>>) => Promise<void>
}

/** An agent of node-1 that asks the given API server, and writes to a file. */
export async function startPodAgent(
  access: ClusterAccess,
  kubernetes: object = {},
): Promise<PodAgent> {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-pods-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const kubeconfig = join(folder, 'kubeconfig')
  writeFileSync(kubeconfig, kubeconfigOf(access))
  const path = join(folder, 'metrics.jsonl')
  const names = peerNames.map((name) => [`nettracer.peer.k8s.${name}.name`, { enabled: true }])
  const agent = await Agent.start({
    config: agentConfig(
      { file: { path } },
      {
        attributes: Object.fromEntries(names),
        containers: { enabled: false },
        kubernetes: {
          enabled: true,
          auth_type: 'kubeConfig',
          kubeconfig,
          cluster_name: 'test',
          filter: { node: 'node-1' },
          ...kubernetes,
        },
      },
    ),
  })
  const points = () => Points.inFile(path)
  const objectsOf = (resource: string) =>
    points()
      .named('nettracer.exporter.kubernetes.objects')
      .where({ 'nettracer.kubernetes.resource': resource })
      .all.at(-1)?.value
  const knows: PodAgent['knows'] = (objects) =>
    until(`objects of the cluster: ${JSON.stringify(objects)}`, () =>
      Object.entries(objects).every(([resource, count]) => (objectsOf(resource) ?? 0) >= count),
    )
  return { agent, points, knows }
}
