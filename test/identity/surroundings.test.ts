import { afterEach, beforeEach, expect, test } from 'vitest'
import { Identity } from '../../src/identity/index.ts'
import { Containers, cartPod, composeContainer, Pods } from './support/places.ts'
import { type FakeProcess, ProcTree } from './support/proc-tree.ts'

let tree: ProcTree
let now = 0
let containers: Containers
let pods: Pods
beforeEach(() => {
  tree = new ProcTree()
  now = 0
  containers = new Containers()
  pods = new Pods()
})
afterEach(() => tree.delete())

const { id } = composeContainer
const otherId = 'ab'.repeat(32)
const inDocker = `0::/docker/${id}\n`
const inPod = (container: string) => `0::/kubepods/pod${cartPod.uid}/${container}\n`
const instance = 'shop.cart-7d9f8b6c5-x2x4q.app'

function identityOf(settings: { kubernetesLabels?: boolean } = {}) {
  const { procRoot, etcRoot, dbusRoot } = tree
  const roots = { procRoot, etcRoot, dbusRoot }
  return new Identity({ ...roots, containers, pods, clock: () => now, ...settings })
}

/** The first process of a container: 1 in a pid namespace of its own. */
const first = (pid: number, rest: Partial<FakeProcess> = {}) =>
  tree.process({ pid, cgroup: inPod(id), namespacePids: [pid, 1], ...rest })

test('a container that the runtime told of too late is told at the next refresh, with no file read', () => {
  const identity = identityOf()
  const known = identity.resourceOf(tree.process({ pid: 7, cgroup: inDocker }))
  expect(known.serviceName).toBe('unknown_service:program')
  const { resource, instanceId } = known
  identity.refresh(now)
  expect(known.resource).toBe(resource)
  containers.tell(composeContainer)
  tree.remove(7)
  identity.refresh(now)
  expect(known).toMatchObject({ serviceName: 'cart', serviceNamespace: 'shop', instanceId })
  expect(known.resource.attributes).toMatchObject({ 'container.name': 'shop-cart-1' })
})

test('a container that was removed stays the container of its processes', () => {
  containers.tell(composeContainer)
  const identity = identityOf()
  const known = identity.resourceOf(tree.process({ pid: 7, cgroup: inDocker }))
  const { resource } = known
  containers.forget(id)
  identity.refresh(now)
  now = 5_000
  identity.refresh(now)
  expect(known.resource).toBe(resource)
})

test('a process that is gone learns of its container as well', () => {
  const identity = identityOf()
  const known = identity.resourceOf(tree.process({ pid: 7, cgroup: inDocker }))
  tree.remove(7)
  now = 5_000
  identity.refresh(now)
  expect(known.isAlive).toBe(false)
  containers.tell(composeContainer)
  identity.refresh(now)
  expect(known.serviceName).toBe('cart')
})

test('a resource stays the same object when a directory learns of others', () => {
  containers.tell(composeContainer)
  const identity = identityOf()
  const known = identity.resourceOf(tree.process({ pid: 7, cgroup: inDocker }))
  const { resource } = known
  containers.tell({ ...composeContainer, id: otherId })
  identity.refresh(now)
  expect(known.resource).toBe(resource)
})

test('one refresh asks about a bounded number of processes, and never about a forgotten one', () => {
  const identity = identityOf()
  const key = tree.process({ pid: 1, cgroup: inDocker })
  const keys = Array.from({ length: 1100 }, (_, at) => ({ ...key, pid: at + 1 }))
  for (const { pid } of keys.slice(1)) tree.alias(pid, 1)
  const known = keys.map((one) => identity.resourceOf(one))
  containers.tell(composeContainer)
  identity.refresh(now)
  const named = () => known.filter(({ serviceName }) => serviceName === 'cart').length
  expect(named()).toBe(1024)
  for (const one of keys.slice(1024, 1028)) identity.forget(one)
  identity.refresh(now)
  expect(named()).toBe(1096)
})

test("the first process of a pod's container has the container's instance id, the others have their own", () => {
  pods.tell(id, cartPod)
  pods.tell(otherId, { ...cartPod, containerName: 'sidecar' })
  const identity = identityOf()
  const app = identity.resourceOf(first(7))
  const worker = identity.resourceOf(
    tree.process({ pid: 8, cgroup: inPod(id), namespacePids: [8, 2], parentPid: 7 }),
  )
  const sidecar = identity.resourceOf(first(9, { cgroup: inPod(otherId) }))
  expect(app).toMatchObject({ instanceId: instance, mode: 'own', serviceName: 'cart' })
  expect(app.resource.attributes).toMatchObject({ 'k8s.container.name': 'app', 'process.pid': 7 })
  expect(worker.instanceId).not.toBe(instance)
  expect(sidecar.instanceId).toBe('shop.cart-7d9f8b6c5-x2x4q.sidecar')
})

test("in the host's pid namespace the first process is the one whose parent is outside", () => {
  pods.tell(id, cartPod)
  tree.process({ pid: 3, cgroup: '0::/system.slice/containerd.service\n' })
  const identity = identityOf()
  const app = identity.resourceOf(tree.process({ pid: 7, cgroup: inPod(id), parentPid: 3 }))
  const worker = identity.resourceOf(tree.process({ pid: 8, cgroup: inPod(id), parentPid: 7 }))
  const probe = identity.resourceOf(tree.process({ pid: 9, cgroup: inPod(id), parentPid: 3 }))
  expect(app.instanceId).toBe(instance)
  expect(new Set([app, worker, probe].map(({ instanceId }) => instanceId)).size).toBe(3)
})

test('when a container starts again, its new first process has the id, and one resource with the old one', () => {
  pods.tell(id, cartPod)
  const identity = identityOf()
  const before = identity.resourceOf(first(7))
  expect(identity.resourceOf(first(8)).instanceId).not.toBe(instance)
  tree.remove(7)
  const after = identity.resourceOf(first(9))
  expect(after.instanceId).toBe(instance)
  expect(before.resource).toBe(after.resource)
  expect(after.resource.attributes['process.pid']).toBe(9)
})

test("an id that the process's SDK was given keeps the resource to the triplet", () => {
  pods.tell(id, cartPod)
  const attributes = `service.name=cart,service.namespace=shop,service.instance.id=${instance}`
  const environ = `OTEL_RESOURCE_ATTRIBUTES=${attributes}\0`
  const app = identityOf().resourceOf(first(7, { environ }))
  expect(app.mode).toBe('shared-triplet')
  expect(app.resource.attributes).toEqual({
    'service.name': 'cart',
    'service.namespace': 'shop',
    'service.instance.id': instance,
  })
})

test('labels of a pod name the service only if they are to', () => {
  const serviceLabels = new Map([['name', 'labelled']])
  pods.tell(id, { ...cartPod, serviceLabels })
  const key = first(7)
  expect(identityOf().resourceOf(key).serviceName).toBe('cart')
  expect(identityOf({ kubernetesLabels: true }).resourceOf(key).serviceName).toBe('labelled')
})

test('a container that is too new for the pod directory is known by its pod', () => {
  pods.tell(otherId, cartPod)
  const known = identityOf().resourceOf(first(7))
  expect(known).toMatchObject({ serviceName: 'cart', serviceNamespace: 'shop' })
  expect(known.instanceId).not.toBe(instance)
})
