import type { Points, ReportedPoint } from '../agent-points.ts'

const names = [
  'server.address',
  'server.port',
  'network.peer.address',
  'server.service.name',
  'client.service.name',
  'nettracer.peer.k8s.service.name',
  'nettracer.peer.k8s.pod.name',
  'nettracer.peer.k8s.node.name',
] as const

const figures = {
  opened: 'nettracer.connections.opened',
  closed: 'nettracer.connections.closed',
  tx: 'nettracer.bytes_tx',
  rx: 'nettracer.bytes_rx',
} as const

/** What the processes of a pod are told to have done in one role, by the other end. */
export type EdgeFigures = Record<keyof typeof figures, number>

/** @returns sums by what names the other end, without what is not said */
export function edgesOfPod(points: Points, uid: string, role: 'client' | 'server') {
  const found = points.where({ 'k8s.pod.uid': uid, 'nettracer.role': role })
  const edges = new Map<string, EdgeFigures>()
  for (const [figure, metric] of Object.entries(figures)) {
    for (const point of found.named(metric).last()) {
      const key = nameOf(point)
      const sum = edges.get(key) ?? { opened: 0, closed: 0, tx: 0, rx: 0 }
      sum[figure as keyof EdgeFigures] += point.value
      edges.set(key, sum)
    }
  }
  return Object.fromEntries([...edges].filter(([, sum]) => Object.values(sum).some((n) => n > 0)))
}

function nameOf({ attributes }: ReportedPoint): string {
  return names
    .filter((name) => attributes[name] !== undefined)
    .map((name) => `${name.replace(/^nettracer\.peer\.k8s/, 'k8s')}=${attributes[name]}`)
    .join(' ')
}
