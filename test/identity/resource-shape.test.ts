import { expect, test } from 'vitest'
import { describeCgroup } from '../../src/identity/cgroup.ts'
import type { ProcessFacts, Surroundings } from '../../src/identity/facts.ts'
import { nameExecutable, shapeResource } from '../../src/identity/resource-shape.ts'

const host = { 'host.name': 'h', 'os.type': 'linux' }
const container = '3ac4a5b6c7d8e9f00112233445566778899aabbccddeeff00112233445566778'

const nowhere: Surroundings = {
  container: undefined,
  pod: undefined,
  serviceLabels: new Map(),
  ruled: new Map(),
  podInstanceId: undefined,
}

function shape(facts: Partial<ProcessFacts> = {}, around: Partial<Surroundings> = {}) {
  const all: ProcessFacts = {
    pid: 42,
    startTicks: 100,
    creationMs: 1_700_000_001_230,
    executableName: 'nginx',
    executablePath: '/usr/sbin/nginx',
    startedAs: undefined,
    commandLine: undefined,
    owner: 'web',
    cgroup: undefined,
    environment: new Map(),
    context: undefined,
    ...facts,
  }
  return shapeResource(all, { ...nowhere, ...around }, host, 'own-id')
}

function context(attributes: Record<string, string | number | string[]>, isComplete = true) {
  return { attributes: new Map(Object.entries(attributes)), isComplete }
}

test('a process that tells nothing of itself has all that is known of it', () => {
  expect(shape()).toEqual({
    mode: 'own',
    serviceName: 'unknown_service:nginx',
    serviceNamespace: undefined,
    instanceId: 'own-id',
    isShared: false,
    attributes: {
      'host.name': 'h',
      'os.type': 'linux',
      'process.pid': 42,
      'process.executable.name': 'nginx',
      'process.executable.path': '/usr/sbin/nginx',
      'process.owner': 'web',
      'process.creation.time': '2023-11-14T22:13:21.230Z',
      'service.name': 'unknown_service:nginx',
      'service.instance.id': 'own-id',
    },
  })
})

test('a unit names the service, and both it and the container are told', () => {
  const cgroup = describeCgroup(`/system.slice/web.service/libpod-payload-${container}`)
  expect(shape({ cgroup }).attributes).toMatchObject({
    'service.name': 'web',
    'systemd.unit.name': 'web.service',
    'container.id': container,
  })
})

test('the environment beats the unit, and its other attributes are told', () => {
  const environment = new Map([
    ['service.name', 'shop'],
    ['service.namespace', 'eu'],
    ['service.version', '1.2'],
    ['deployment.environment.name', 'prod'],
    ['host.name', 'renamed'],
    ['process.pid', '1'],
  ])
  const cgroup = describeCgroup('/system.slice/web.service')
  const { mode, attributes, serviceNamespace } = shape({ environment, cgroup })
  expect({ mode, serviceNamespace }).toEqual({ mode: 'own', serviceNamespace: 'eu' })
  expect(attributes).toMatchObject({
    'service.name': 'shop',
    'service.namespace': 'eu',
    'service.version': '1.2',
    'deployment.environment.name': 'prod',
    'host.name': 'renamed',
    'process.pid': 42,
    'service.instance.id': 'own-id',
  })
})

test('an instance id from the environment leaves only the triplet', () => {
  const environment = new Map([
    ['service.name', 'shop'],
    ['service.instance.id', 'shop-1'],
    ['service.version', '1.2'],
  ])
  expect(shape({ environment })).toMatchObject({ mode: 'shared-triplet', instanceId: 'shop-1' })
  expect(shape({ environment }).attributes).toEqual({
    'service.name': 'shop',
    'service.instance.id': 'shop-1',
  })
})

test('a whole process context is sent exactly, with nothing from elsewhere', () => {
  const attributes = {
    'service.name': 'shop',
    'service.instance.id': 'shop-1',
    'telemetry.sdk.name': 'opentelemetry',
    tags: ['a'],
  }
  const environment = new Map([
    ['service.name', 'other'],
    ['service.namespace', 'eu'],
  ])
  const shaped = shape({ context: context(attributes), environment })
  expect(shaped.mode).toBe('shared-exact')
  expect(shaped.attributes).toEqual(attributes)
  expect(shaped.serviceNamespace).toBeUndefined()
})

test('a context that cannot be repeated exactly leaves only the triplet', () => {
  const told = { 'service.name': 'shop', 'service.instance.id': 'shop-1', left: 'over' }
  expect(shape({ context: context(told, false) })).toMatchObject({
    mode: 'shared-triplet',
    attributes: { 'service.name': 'shop', 'service.instance.id': 'shop-1' },
  })
})

test('a context without an instance id beats the environment, and the id is ours', () => {
  const environment = new Map([
    ['service.name', 'old'],
    ['team', 'cart'],
  ])
  const shaped = shape({ context: context({ 'service.name': 'new' }), environment })
  expect(shaped).toMatchObject({ mode: 'own', serviceName: 'new', instanceId: 'own-id' })
  expect(shaped.attributes).toMatchObject({ team: 'cart', 'service.name': 'new' })
})

test.each([
  { name: 'empty', value: '' },
  { name: 'blank', value: ' ' },
])('an $name service name or id is none', ({ value }) => {
  const environment = new Map([
    ['service.name', value],
    ['service.instance.id', value],
  ])
  expect(shape({ environment })).toMatchObject({
    mode: 'own',
    serviceName: 'unknown_service:nginx',
    instanceId: 'own-id',
  })
})

test('a service name that is no text is none', () => {
  const told = { 'service.name': 5, 'service.instance.id': 'a' }
  expect(shape({ context: context(told) })).toMatchObject({
    mode: 'shared-triplet',
    serviceName: 'unknown_service:nginx',
  })
})

test('what is not known is absent', () => {
  const nothing = { executableName: '', executablePath: undefined, owner: undefined }
  const { attributes } = shape({ ...nothing, pid: 0, creationMs: undefined })
  expect(attributes).toEqual({
    ...host,
    'service.name': 'unknown_service',
    'service.instance.id': 'own-id',
  })
})

test('a key of the environment cannot change the object', () => {
  const environment = new Map([['__proto__', 'x']])
  expect(Object.keys(shape({ environment }).attributes)).not.toContain('__proto__')
})

test.each([
  { path: '/bin/a', seen: { executableName: 'b', comm: 'c' }, comm: 'd', name: 'a' },
  { path: undefined, seen: { executableName: 'b', comm: 'c' }, comm: 'd', name: 'b' },
  { path: undefined, seen: undefined, comm: 'd', name: 'd' },
  { path: undefined, seen: { executableName: '', comm: 'c' }, comm: undefined, name: 'c' },
  { path: '/bin/\ud800', seen: undefined, comm: undefined, name: '\ufffd' },
  { path: undefined, seen: undefined, comm: undefined, name: '' },
])('an executable is named $name', ({ path, seen, comm, name }) => {
  expect(nameExecutable(path, seen, comm)).toBe(name)
})
