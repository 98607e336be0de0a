import { beforeEach, expect, test } from 'vitest'
import { OwnPods } from '../../../src/identity/kubernetes/own-pods.ts'
import {
  containerId,
  containerStatus,
  extraction,
  podObject,
} from '../support/kubernetes-objects.ts'

let now = 0
let pods = new OwnPods({ extraction })

const put = (...shapes: Parameters<typeof podObject>) => pods.put({ ...podObject(...shapes) })
const list = (...shapes: Parameters<typeof podObject>[0][]) => {
  pods.relisting()
  for (const shape of shapes) put(shape)
  pods.listed()
}

beforeEach(() => {
  now = 1_000_000
  pods = new OwnPods({ extraction, clock: () => now })
})

test('a pod is found by the id of each of its containers, with what the container has of its own', () => {
  put({
    uid: 'u1',
    containers: [
      containerStatus('main', containerId('a')),
      containerStatus('side', containerId('b'), { image: 'docker.io/library/envoy@sha256:00' }),
    ],
  })

  expect(pods.find(containerId('a'), undefined)).toMatchObject({
    uid: 'u1',
    namespace: 'shop',
    name: 'web-6d4cf56db6-u1',
    ownerName: 'web',
    containerName: 'main',
    attributes: {
      'k8s.namespace.name': 'shop',
      'k8s.pod.name': 'web-6d4cf56db6-u1',
      'k8s.pod.uid': 'u1',
      'k8s.node.name': 'node-1',
      'k8s.deployment.name': 'web',
      'k8s.container.name': 'main',
      'container.image.name': 'registry:5000/shop/web',
      'container.image.tags': ['1.2'],
    },
  })
  const side = pods.find(containerId('b'), 'u1')
  expect(side?.containerName).toBe('side')
  expect(side?.attributes['container.image.name']).toBe('docker.io/library/envoy')
  expect(side?.attributes).not.toHaveProperty('container.image.tags')
})

test.each([
  [`registry:5000/shop/web@sha256:${containerId('0')}`, true],
  [`docker-pullable://registry:5000/shop/web@sha256:${containerId('0')}`, true],
  [`sha256:${containerId('0')}`, false],
])('of an image %s the digest is told, if it is wanted and there is one', (imageID, isTold) => {
  const metadata = new Set([...extraction.metadata, 'container.image.repo_digests'])
  for (const [settings, digests] of [
    [extraction, undefined],
    [
      { ...extraction, metadata },
      isTold ? [`registry:5000/shop/web@sha256:${containerId('0')}`] : undefined,
    ],
  ] as const) {
    pods = new OwnPods({ extraction: settings, clock: () => now })
    put({ uid: 'u1', containers: [containerStatus('main', containerId('a'), { imageID })] })
    const { attributes } = pods.find(containerId('a'), undefined) ?? {}
    expect(attributes?.['container.image.repo_digests']).toEqual(digests)
  }
})

test.each([
  ['docker', 'initContainerStatuses'],
  ['cri-o', 'ephemeralContainerStatuses'],
  ['containerd', 'containerStatuses'],
])('a container of %s is found among %s', (runtime, statuses) => {
  const pod = podObject({ uid: 'u1' })
  const id = containerId('c')
  pods.put({ ...pod, status: { [statuses]: [{ name: 'x', containerID: `${runtime}://${id}` }] } })
  expect(pods.find(id, undefined)?.containerName).toBe('x')
})

test('the container before a restart is still told', () => {
  const lastState = { terminated: { containerID: `containerd://${containerId('1')}` } }
  put({ uid: 'u1', containers: [containerStatus('main', containerId('2'), { lastState })] })
  expect(pods.find(containerId('1'), undefined)?.containerName).toBe('main')
  expect(pods.find(containerId('2'), undefined)?.containerName).toBe('main')
})

test('a container that is too new to be listed is found by the uid of its pod, however the path writes it', () => {
  put({ uid: '11-22-33' })
  const found = pods.find(containerId('f'), '11-22-33')
  expect(found).toMatchObject({ uid: '11-22-33', containerName: undefined })
  expect(pods.find(undefined, '11_22_33')).toBe(found)
})

test('a static pod is found by the digest that names its control groups', () => {
  put({ uid: 'u1', annotations: { 'kubernetes.io/config.mirror': 'abcdef' } })
  expect(pods.find(undefined, 'abcdef')?.uid).toBe('u1')
})

test('nobody is found where nothing is known', () => {
  expect(pods.find(undefined, undefined)).toBeUndefined()
  expect(pods.find(containerId('a'), 'u1')).toBeUndefined()
})

test('annotations of OpenTelemetry are told by what follows their prefix', () => {
  put({ uid: 'u1', annotations: { 'resource.opentelemetry.io/service.name': 'cart', other: 'x' } })
  expect([...(pods.find(undefined, 'u1')?.resourceAnnotations ?? [])]).toEqual([
    ['service.name', 'cart'],
  ])
  expect(pods.find(undefined, 'u1')?.serviceLabels.size).toBe(0)
})

test('a pod that ended is told of for 60 s, one that is deleted and one that a list has no more', () => {
  put({ uid: 'u1' })
  pods.drop('u1')
  now += 59_000
  list({ uid: 'u2' })
  expect(pods.find(undefined, 'u1')?.uid).toBe('u1')
  now += 2_000
  list()
  expect(pods.find(undefined, 'u1')).toBeUndefined()
  expect(pods.find(undefined, 'u2')?.uid).toBe('u2')
  now += 61_000
  list()
  expect(pods.size).toBe(0)
})

test('the epoch grows when an answer may be another, and only then', () => {
  const epochs = [() => put({ uid: 'u1' }), () => put({ uid: 'u1', phase: 'Failed' })]
  const more = [
    () => put({ uid: 'u1', containers: [containerStatus('main', containerId('a'))] }),
    () => put({ uid: 'u1', annotations: { 'resource.opentelemetry.io/a': 'b' } }),
    () => list({ uid: 'u1', annotations: { 'resource.opentelemetry.io/a': 'b' } }),
  ]
  const seen = [...epochs, ...more].map((step) => {
    const before = pods.epoch
    step()
    return pods.epoch > before
  })
  expect(seen).toEqual([true, false, true, true, false])
})

test.each([
  {},
  { metadata: null },
  { metadata: { uid: 7, name: 'x' } },
  { metadata: { uid: 'u', name: 'x'.repeat(2000) } },
  { metadata: [], spec: 'x', status: 1 },
])('what is no pod is passed over: %j', (object) => {
  pods.put(object)
  expect(pods.size).toBe(0)
})

test('more pods than a node can have are counted, not kept', () => {
  for (let count = 0; count < 5_003; count += 1) put({ uid: `u${count}` })
  expect(pods).toMatchObject({ size: 5_000, leftOut: 3 })
})
