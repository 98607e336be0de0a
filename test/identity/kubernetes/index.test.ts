import { afterEach, beforeEach, expect, test } from 'vitest'
import { Kubernetes, type KubernetesSettings } from '../../../src/identity/kubernetes/index.ts'
import { HealthBook } from '../../../src/telemetry/health.ts'
import { KubernetesServer } from '../../support/kubernetes-server.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'
import {
  containerId,
  containerStatus,
  extraction,
  nodeObject,
  podObject,
  serviceObject,
  sliceObject,
} from '../support/kubernetes-objects.ts'

const pods = '/api/v1/pods'
const slices = '/apis/discovery.k8s.io/v1/endpointslices'
const namespaces = '/api/v1/namespaces'
let server: KubernetesServer
let health: HealthBook
let lines: ReturnType<typeof recordedSettings>['lines']
let kubernetes: Kubernetes

function create(more: Partial<KubernetesSettings> = {}): void {
  const recorded = recordedSettings('nettracer')
  ;({ lines } = recorded)
  health = new HealthBook()
  kubernetes = new Kubernetes({
    api: () => ({ server: server.url, ca: server.authority.ca.toString(), token: 'secret' }),
    kubeletIntervalMs: 50,
    nodeName: 'node-1',
    clusterName: 'prod',
    extraction,
    hasPeers: true,
    waitMs: 60_000,
    userAgent: 'test/1',
    logger: recorded.settings.telemetry.logger,
    health: health.of('nettracer'),
    spreadMs: 0,
    ...more,
  })
}

beforeEach(async () => {
  server = await KubernetesServer.start()
  server.put(namespaces, { metadata: { uid: 'cluster-uid', name: 'kube-system' } })
  const containers = [containerStatus('main', containerId('a'))]
  server.put(pods, podObject({ uid: 'u1', containers }))
  server.put(pods, podObject({ uid: 'u2', address: '10.1.0.6', node: 'node-2' }))
  const ports = [{ port: 80, protocol: 'TCP' }]
  server.put('/api/v1/services', serviceObject('s1', 'cart', { clusterIP: '10.96.0.7', ports }))
  server.put(slices, sliceObject('e1', 'cart', [['10.1.0.5', 'u1']]))
  server.put('/api/v1/nodes', nodeObject('node-1', '192.168.0.1'))
})

afterEach(async () => {
  await kubernetes.stop()
  await server.stop()
})

test('pods of this node are known when it has started, with the cluster, and no others', async () => {
  create()
  await kubernetes.start()
  const found = kubernetes.pods.find(containerId('a'), undefined)
  expect(found?.attributes).toMatchObject({
    'k8s.cluster.name': 'prod',
    'k8s.cluster.uid': 'cluster-uid',
    'k8s.container.name': 'main',
  })
  expect(kubernetes.pods.find(undefined, 'u2')).toBeUndefined()
})

test('peers are those of the whole cluster', async () => {
  create()
  await kubernetes.start()
  const peerAt = (address: string, port: number) => kubernetes.peers?.peerAt(address, port, 'tcp')
  await expect.poll(() => peerAt('10.96.0.7', 80)?.serviceName).toBe('web')
  await expect.poll(() => peerAt('10.1.0.6', 80)?.attributes['node.name']).toBe('node-2')
  await expect.poll(() => peerAt('192.168.0.1', 22)?.attributes).toEqual({ 'node.name': 'node-1' })

  server.put(
    pods,
    podObject({ uid: 'u2', address: '10.1.0.6', node: 'node-2', phase: 'Succeeded' }),
  )
  await expect.poll(() => peerAt('10.1.0.6', 80)).toBeUndefined()
  expect(kubernetes.stats().map(({ resource, objects }) => [resource, objects])).toEqual([
    ['pods.own', 1],
    ['nodes', 1],
    ['services', 1],
    ['endpointslices.discovery.k8s.io', 1],
    ['pods', 1],
  ])
})

test('without peers only the pods of this node are asked for', async () => {
  create({ hasPeers: false })
  await kubernetes.start()
  expect(kubernetes.peers).toBeUndefined()
  await expect.poll(() => server.watching).toBe(1)
  expect(new Set(server.asked.map(({ path }) => path))).toEqual(
    new Set([pods, `${namespaces}/kube-system`]),
  )
})

test('it starts at once while the server is away, and says so only if it was to wait', async () => {
  await server.halt()
  create({ waitMs: 0 })
  await kubernetes.start()
  expect(lines.filter(({ message }) => message.includes('in time'))).toEqual([])
  await kubernetes.stop()

  create({ waitMs: 50 })
  await kubernetes.start()
  expect(lines.filter(({ message }) => message.includes('in time'))).toHaveLength(1)
  await server.listen()
  await expect.poll(() => kubernetes.pods.find(containerId('a'), undefined)?.uid).toBe('u1')
})

test('a role without the namespace kube-system has no uid of the cluster, and all else', async () => {
  const forbidden = { status: 403, body: '{"message":"namespaces is forbidden"}' }
  server.instead = ({ path }) => (path.startsWith(namespaces) ? forbidden : undefined)
  create()
  await kubernetes.start()
  const found = kubernetes.pods.find(containerId('a'), undefined)
  expect(found?.uid).toBe('u1')
  expect(found?.attributes).not.toHaveProperty('k8s.cluster.uid')
  expect(health.problems()).toEqual([])
  expect(lines[0]?.fields['reason']).toContain('needs get of namespaces')
})

test('the kubelet is asked again and again, though the API server is away', async () => {
  const kubelet = await KubernetesServer.start()
  kubelet.put('/pods', podObject({ uid: 'u1' }))
  const access = () => ({ server: kubelet.url, ca: kubelet.authority.ca.toString(), token: 't' })
  create({ kubelet: access, hasPeers: false })
  await kubernetes.start()
  expect(kubernetes.pods.find(undefined, 'u1')?.attributes).toHaveProperty('k8s.cluster.uid')

  kubelet.put('/pods', podObject({ uid: 'u3' }))
  await expect.poll(() => kubernetes.pods.find(undefined, 'u3')?.uid).toBe('u3')
  await kubelet.halt()
  await expect.poll(() => health.problems()[0]?.what).toBe('kubernetes nodes/pods or nodes/proxy')
  expect(kubernetes.pods.find(undefined, 'u3')?.uid).toBe('u3')
  await kubelet.stop()
})

test('what is stopped asks no more, and is stopped again without harm', async () => {
  create()
  await kubernetes.start()
  await kubernetes.stop()
  await kubernetes.stop()
  await expect.poll(() => server.watching).toBe(0)
  expect(health.problems()).toEqual([])
})
