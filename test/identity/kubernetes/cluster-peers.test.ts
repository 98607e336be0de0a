import { beforeEach, expect, test } from 'vitest'
import { KnownPeers } from '../../../src/identity/kubernetes/cluster-peers.ts'
import type { ServedObject } from '../../support/kubernetes-server.ts'
import {
  extraction,
  nodeObject,
  podObject,
  serviceObject,
  sliceObject,
} from '../support/kubernetes-objects.ts'

let peers = new KnownPeers(extraction)

const put = (kind: 'pods' | 'services' | 'endpoints' | 'nodes', ...objects: ServedObject[]) => {
  for (const object of objects) peers[kind].index.put({ ...object })
}
const cluster = { clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7', 'fd00:0:0::7'] }
const onPort80 = { ...cluster, ports: [{ port: 80, protocol: 'TCP', nodePort: 30_080 }] }

beforeEach(() => {
  peers = new KnownPeers(extraction)
})

test('a pod is found by its address, whatever the port', () => {
  put('pods', podObject({ uid: 'u1' }))
  expect(peers.peerAt('10.1.0.5', 0, 'udp')).toEqual({
    serviceName: 'web',
    serviceNamespace: 'shop',
    attributes: {
      'namespace.name': 'shop',
      'deployment.name': 'web',
      'pod.name': 'web-6d4cf56db6-u1',
      'node.name': 'node-1',
    },
  })
})

test('a pod is called as it calls itself: by its annotation before its owner', () => {
  const annotations = {
    'resource.opentelemetry.io/service.name': 'cart',
    'resource.opentelemetry.io/service.namespace': 'store',
  }
  put('pods', podObject({ uid: 'u1', annotations }))
  expect(peers.peerAt('10.1.0.5', 80, 'tcp')).toMatchObject({
    serviceName: 'cart',
    serviceNamespace: 'store',
    attributes: { 'namespace.name': 'shop' },
  })
})

test.each(['10.96.0.7', 'fd00::7'])('a service is found by %s and its port', (address) => {
  put('services', serviceObject('s1', 'cart', onPort80))
  const attributes = { 'namespace.name': 'shop', 'service.name': 'cart' }
  expect(peers.peerAt(address, 80, 'tcp')).toEqual({
    serviceName: 'cart',
    serviceNamespace: 'shop',
    attributes,
  })
  expect(peers.peerAt(address, 81, 'tcp')).toBeUndefined()
  expect(peers.peerAt(address, 80, 'udp')).toBeUndefined()
})

test.each([
  ['an external address', { externalIPs: ['203.0.113.9'] }, {}],
  ['a load balancer', {}, { loadBalancer: { ingress: [{ ip: '203.0.113.9' }] } }],
])('a service is found by %s', (_, spec, status) => {
  put('services', serviceObject('s1', 'cart', { ...onPort80, ...spec }, status))
  expect(peers.peerAt('203.0.113.9', 80, 'tcp')?.serviceName).toBe('cart')
})

test('a service whose pods are all of one workload has the name that they send themselves', () => {
  put('services', serviceObject('s1', 'cart', onPort80))
  put('pods', podObject({ uid: 'u1' }), podObject({ uid: 'u2', address: '10.1.0.6' }))
  put(
    'endpoints',
    sliceObject('e1', 'cart', [
      ['10.1.0.5', 'u1'],
      ['10.1.0.6', 'u2'],
    ]),
  )
  expect(peers.peerAt('10.96.0.7', 80, 'tcp')).toEqual({
    serviceName: 'web',
    serviceNamespace: 'shop',
    attributes: { 'namespace.name': 'shop', 'deployment.name': 'web', 'service.name': 'cart' },
  })
})

test('a service before two workloads keeps its own name', () => {
  put('services', serviceObject('s1', 'cart', onPort80))
  const other = podObject({ uid: 'u2', address: '10.1.0.6', deployment: 'web-next' })
  put('pods', podObject({ uid: 'u1' }), other)
  put(
    'endpoints',
    sliceObject('e1', 'cart', [
      ['10.1.0.5', 'u1'],
      ['10.1.0.6', 'u2'],
    ]),
  )
  expect(peers.peerAt('10.96.0.7', 80, 'tcp')?.serviceName).toBe('cart')
})

test('a node is found by its address, and a service by its port on any node', () => {
  put('nodes', nodeObject('node-1', '192.168.0.1'))
  put('services', serviceObject('s1', 'cart', onPort80))
  expect(peers.peerAt('192.168.0.1', 22, 'tcp')).toEqual({
    serviceName: undefined,
    serviceNamespace: undefined,
    attributes: { 'node.name': 'node-1' },
  })
  expect(peers.peerAt('192.168.0.1', 30_080, 'tcp')).toMatchObject({
    serviceName: 'cart',
    attributes: { 'node.name': 'node-1', 'service.name': 'cart' },
  })
  expect(peers.peerAt('192.168.0.2', 30_080, 'tcp')).toBeUndefined()
})

test('pods with the network of their node are found by the port, and only by that', () => {
  const onHost = { address: '192.168.0.1', hostNetwork: true }
  put('nodes', nodeObject('node-1', '192.168.0.1'))
  const dns = podObject({
    uid: 'u1',
    ...onHost,
    deployment: 'dns',
    ports: [{ containerPort: 53, protocol: 'UDP' }],
  })
  put('pods', dns, podObject({ uid: 'u2', ...onHost, deployment: 'proxy', ports: [] }))
  put('endpoints', sliceObject('e1', 'proxy', [['192.168.0.1', 'u2']], 9000))

  expect(peers.peerAt('192.168.0.1', 53, 'udp')?.serviceName).toBe('dns')
  expect(peers.peerAt('192.168.0.1', 9000, 'tcp')?.serviceName).toBe('proxy')
  expect(peers.peerAt('192.168.0.1', 53, 'tcp')?.attributes).toEqual({ 'node.name': 'node-1' })
})

test('a pod is found behind a port of its node', () => {
  put('pods', podObject({ uid: 'u1', ports: [{ containerPort: 8080, hostPort: 18_080 }] }))
  expect(peers.peerAt('192.168.0.1', 18_080, 'tcp')?.serviceName).toBe('web')
})

test('an address that somebody wrote behind a service has its name', () => {
  put('endpoints', sliceObject('e1', 'database', [['203.0.113.5']], 5432))
  expect(peers.peerAt('203.0.113.5', 5432, 'tcp')).toMatchObject({ serviceName: 'database' })
})

test('an address that a new pod has is not taken away with the pod that had it before', () => {
  put('pods', podObject({ uid: 'u1', deployment: 'old' }), podObject({ uid: 'u2' }))
  peers.pods.index.drop('u1')
  expect(peers.peerAt('10.1.0.5', 80, 'tcp')?.serviceName).toBe('web')
})

test('what a list has no more is forgotten', () => {
  put('pods', podObject({ uid: 'u1' }), podObject({ uid: 'u2', address: '10.1.0.6' }))
  put('services', serviceObject('s1', 'cart', onPort80))
  put('endpoints', sliceObject('e1', 'cart', [['10.1.0.5', 'u1']]))
  put('nodes', nodeObject('node-1', '192.168.0.1'))
  for (const kind of ['pods', 'services', 'endpoints', 'nodes'] as const) {
    peers[kind].index.relisting()
    if (kind === 'pods') put('pods', podObject({ uid: 'u2', address: '10.1.0.6' }))
    peers[kind].index.listed()
  }
  const asked = ['10.1.0.5', '10.96.0.7', '192.168.0.1'].map((address) =>
    peers.peerAt(address, 80, 'tcp'),
  )
  expect(asked).toEqual([undefined, undefined, undefined])
  expect(peers.peerAt('10.1.0.6', 80, 'tcp')?.serviceName).toBe('web')
})

test('the epoch grows when an answer may be another, and only then', () => {
  put('pods', podObject({ uid: 'u1' }))
  const before = peers.epoch
  put('pods', podObject({ uid: 'u1', annotations: { 'kubectl.kubernetes.io/restartedAt': 'x' } }))
  expect(peers.epoch).toBe(before)
  put('pods', podObject({ uid: 'u1', address: '10.1.0.9' }))
  expect(peers.epoch).toBeGreaterThan(before)
})

test.each([
  {},
  { metadata: { uid: 'x' }, spec: null, status: [] },
  { metadata: { uid: 'x' }, spec: { ports: [null, { port: -1 }], clusterIP: 7 }, endpoints: [7] },
])('what is not understood names nobody: %j', (object) => {
  for (const kind of ['pods', 'services', 'endpoints', 'nodes'] as const) {
    peers[kind].index.put(object)
  }
  expect(peers.peerAt('10.1.0.5', 80, 'tcp')).toBeUndefined()
})
