import { expect, test } from 'vitest'
import { describeCgroup } from '../../src/identity/cgroup.ts'
import type { ProcessFacts, Surroundings } from '../../src/identity/facts.ts'
import { shapeResource } from '../../src/identity/resource-shape.ts'
import { cartPod, composeContainer } from './support/places.ts'

const told = (attributes: Record<string, string>) => new Map(Object.entries(attributes))

const process: ProcessFacts = {
  pid: 42,
  startTicks: 100,
  creationMs: undefined,
  executableName: 'node',
  executablePath: '/usr/bin/node',
  startedAs: undefined,
  commandLine: undefined,
  owner: 'web',
  cgroup: undefined,
  environment: new Map(),
  context: undefined,
}
const nowhere: Surroundings = {
  container: undefined,
  pod: undefined,
  serviceLabels: new Map(),
  ruled: new Map(),
  podInstanceId: undefined,
}
const shape = (facts: Partial<ProcessFacts>, around: Partial<Surroundings> = {}) =>
  shapeResource({ ...process, ...facts }, { ...nowhere, ...around }, { 'host.name': 'h' }, 'ours')

/** From the most trusted to the least; each stands alone against all that come after it. */
const namers: readonly {
  by: string
  facts?: Partial<ProcessFacts>
  around?: Partial<Surroundings>
  pod?: Partial<typeof cartPod>
}[] = [
  {
    by: 'context',
    facts: { context: { attributes: told({ 'service.name': 'context' }), isComplete: true } },
  },
  { by: 'environment', facts: { environment: told({ 'service.name': 'environment' }) } },
  { by: 'annotation', pod: { resourceAnnotations: told({ 'service.name': 'annotation' }) } },
  { by: 'instance label', around: { serviceLabels: told({ instance: 'instance label' }) } },
  { by: 'name label', around: { serviceLabels: told({ name: 'name label' }) } },
  { by: 'owner', pod: { ownerName: 'owner' } },
  { by: 'rule', around: { ruled: told({ 'service.name': 'rule' }) } },
  {
    by: 'compose',
    around: {
      container: {
        ...composeContainer,
        labels: told({ 'com.docker.compose.service': 'compose' }),
      },
    },
  },
  { by: 'unit', facts: { cgroup: describeCgroup('/system.slice/unit.service') } },
  {
    by: 'container',
    around: { container: { ...composeContainer, name: 'container', labels: new Map() } },
  },
  { by: 'unknown_service:node' },
]

test.each(namers.map(({ by }, at) => ({ by, at })))(
  'a service is named by its $by before all that is trusted less',
  ({ by, at }) => {
    const rest = namers.slice(at)
    const labels = new Map(rest.flatMap(({ around }) => [...(around?.serviceLabels ?? [])]))
    const pods = rest.map(({ pod }) => pod).filter((pod) => pod !== undefined)
    const compose = rest.find(({ around }) => around?.container !== undefined)?.around?.container
    const facts = Object.assign({}, ...rest.map((one) => one.facts)) as Partial<ProcessFacts>
    const around: Partial<Surroundings> = {
      ...(Object.assign({}, ...rest.map((one) => one.around)) as Partial<Surroundings>),
      serviceLabels: labels,
      container: compose,
      pod:
        pods.length === 0
          ? undefined
          : { ...cartPod, ownerName: '', ...Object.assign({}, ...pods) },
    }
    expect(shape(facts, around).attributes['service.name']).toBe(by)
  },
)

test('a namespace is told by the SDK, an annotation, the pod, a rule, else it is the compose project', () => {
  const environment = told({ 'service.namespace': 'sdk' })
  const annotated = {
    ...cartPod,
    resourceAnnotations: told({ 'service.namespace': 'annotation' }),
  }
  const ruled = told({ 'service.namespace': 'rule' })
  const container = composeContainer
  const namespace = (facts: Partial<ProcessFacts>, around: Partial<Surroundings>) =>
    shape(facts, around).serviceNamespace
  expect(namespace({ environment }, { pod: annotated, ruled, container })).toBe('sdk')
  expect(namespace({}, { pod: annotated, ruled, container })).toBe('annotation')
  expect(namespace({}, { pod: cartPod, ruled, container })).toBe('shop')
  expect(namespace({}, { ruled, container })).toBe('rule')
  const labels = told({ 'com.docker.compose.project': 'project' })
  expect(namespace({}, { container: { ...container, labels } })).toBe('project')
  expect(namespace({}, { container: { ...container, labels: new Map() } })).toBeUndefined()
})

test('a version is told by the SDK, a label, a rule, else it is the tag of the image', () => {
  const environment = told({ 'service.version': '1-env' })
  const serviceLabels = told({ version: '2-label' })
  const ruled = told({ 'service.version': '3-rule' })
  const container = composeContainer
  const version = (facts: Partial<ProcessFacts>, around: Partial<Surroundings>) =>
    shape(facts, around).attributes['service.version']
  expect(version({ environment }, { serviceLabels, ruled, container })).toBe('1-env')
  expect(version({}, { serviceLabels, ruled, container })).toBe('2-label')
  expect(version({}, { ruled, container })).toBe('3-rule')
  expect(version({}, { container })).toBe('1.4.2')
  expect(version({}, {})).toBeUndefined()
})

test('a resource of our own holds all of the container and the pod; what the SDK tells counts before', () => {
  const { mode, attributes } = shape(
    {
      cgroup: describeCgroup(`/docker/${composeContainer.id}`),
      environment: told({ 'k8s.cluster.name': 'east', 'container.name': 'renamed' }),
    },
    {
      container: composeContainer,
      pod: { ...cartPod, resourceAnnotations: told({ 'deployment.environment.name': 'prod' }) },
    },
  )
  expect(mode).toBe('own')
  expect(attributes).toMatchObject({
    ...cartPod.attributes,
    'container.id': composeContainer.id,
    'container.name': 'renamed',
    'container.image.name': 'registry.example/cart',
    'container.image.tags': ['1.4.2'],
    'container.label.team': 'checkout',
    'k8s.cluster.name': 'east',
    'deployment.environment.name': 'prod',
    'service.name': 'cart',
    'service.namespace': 'shop',
    'service.version': '1.4.2',
    'service.instance.id': 'ours',
  })
  expect(Object.keys(attributes)).not.toContain('container.label.com.docker.compose.service')
})

test("an instance id that the SDK sends is joined by the SDK's own namespace, or by none", () => {
  const around = { pod: cartPod, container: composeContainer }
  const environment = told({ 'service.name': 'cart', 'service.instance.id': 'i' })
  expect(shape({ environment }, around)).toMatchObject({
    mode: 'shared-triplet',
    attributes: { 'service.name': 'cart', 'service.instance.id': 'i' },
    serviceNamespace: undefined,
  })
})

test('an instance id of an annotation leaves the triplet only, with the namespace of the pod', () => {
  const pod = { ...cartPod, resourceAnnotations: told({ 'service.instance.id': 'i' }) }
  const { mode, attributes, isShared } = shape({}, { pod })
  expect({ mode, isShared }).toEqual({ mode: 'shared-triplet', isShared: true })
  expect(attributes).toEqual({
    'service.name': 'cart',
    'service.namespace': 'shop',
    'service.instance.id': 'i',
  })
})

test("the pod's instance id is ours, so the resource is rich", () => {
  const podInstanceId = 'shop.cart-7d9f8b6c5-x2x4q.app'
  const shaped = shape({}, { pod: cartPod, podInstanceId })
  expect(shaped).toMatchObject({ mode: 'own', instanceId: podInstanceId, isShared: true })
  expect(shaped.attributes).toMatchObject({ 'k8s.deployment.name': 'cart', 'process.pid': 42 })
})

test.each([
  { startedAs: '/opt/bin/node', name: 'unknown_service:/opt/bin/node' },
  { startedAs: 'node', name: 'unknown_service:node' },
  { startedAs: 'npm run web', name: 'unknown_service:node' },
  { startedAs: undefined, name: 'unknown_service:node' },
])('a Node.js program started as $startedAs is $name, as its SDK says', ({ startedAs, name }) => {
  expect(shape({ startedAs }).serviceName).toBe(name)
})

test('what the kernel says of the process counts before all others', () => {
  const pod = { ...cartPod, resourceAnnotations: told({ 'process.pid': '1', __proto__: 'x' }) }
  const { attributes } = shape({}, { pod, ruled: told({ 'process.owner': 'rule' }) })
  expect(attributes).toMatchObject({ 'process.pid': 42, 'process.owner': 'web' })
})

test.each([
  { startedAs: '/srv/venv/bin/python', name: 'unknown_service:python' },
  { startedAs: 'python3', name: 'unknown_service:python3' },
  { startedAs: 'gunicorn: worker', name: 'unknown_service:python3.11' },
  { startedAs: undefined, name: 'unknown_service:python3.11' },
])('a Python program started as $startedAs is $name, as its SDK says', ({ startedAs, name }) => {
  expect(shape({ startedAs, executableName: 'python3.11' }).serviceName).toBe(name)
})
