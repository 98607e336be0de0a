import { expect, test } from 'vitest'
import type { IdentityMode, ResourceShape } from '../../src/identity/resource-shape.ts'
import { SharedResources } from '../../src/identity/shared-resources.ts'

function shape(mode: IdentityMode, more: Record<string, string> = {}, id = 'i'): ResourceShape {
  const attributes = { 'service.name': 's', 'service.instance.id': id, ...more }
  return {
    mode,
    attributes,
    serviceName: 's',
    serviceNamespace: undefined,
    instanceId: id,
    isShared: true,
  }
}

test('processes with one triplet share one resource', () => {
  const shared = new SharedResources()
  const one = shared.acquire({}, shape('shared-triplet'))
  expect(shared.acquire({}, shape('shared-triplet')).resource).toBe(one.resource)
  expect(shared.acquire({}, shape('shared-triplet', {}, 'j')).resource).not.toBe(one.resource)
  expect(shared.size).toBe(2)
})

test("an SDK's own resource takes the bare triplet's place, for all of them", () => {
  const shared = new SharedResources()
  const one = shared.acquire({}, shape('shared-triplet'))
  const other = shared.acquire({}, shape('shared-exact', { a: '1' }))
  expect(one.resource).toBe(other.resource)
  expect(one).toMatchObject({ mode: 'shared-exact', resource: { attributes: { a: '1' } } })
})

test('two SDKs with one triplet do not take turns', () => {
  const shared = new SharedResources()
  const [first, second] = [{}, {}]
  const { resource } = shared.acquire(first, shape('shared-exact', { a: '1' }))
  expect(shared.acquire(second, shape('shared-exact', { a: '2' })).resource).toBe(resource)
  expect(shared.acquire(first, shape('shared-exact', { a: '1' })).resource).toBe(resource)
  const changed = shared.acquire(first, shape('shared-exact', { a: '3' })).resource
  expect(changed.attributes).toHaveProperty('a', '3')
})

test('a resource is forgotten with its last process', () => {
  const shared = new SharedResources()
  const [first, second] = [{}, {}]
  const { resource } = shared.acquire(first, shape('shared-exact', { a: '1' }))
  shared.acquire(second, shape('shared-triplet'))
  shared.release(first, shape('shared-exact'))
  shared.release(first, shape('shared-exact'))
  expect(shared.acquire(second, shape('shared-triplet')).resource).toBe(resource)
  shared.release(second, shape('shared-triplet'))
  expect(shared.size).toBe(0)
  shared.release(second, shape('shared-triplet'))
})

test("of ids that are ours the latest process's resource counts, for the one before as well", () => {
  const shared = new SharedResources()
  const before = shared.acquire({}, shape('own', { 'process.pid': '1' }))
  const { resource } = before
  const after = shared.acquire({}, shape('own', { 'process.pid': '2' }))
  expect(after.resource).not.toBe(resource)
  expect(before.resource).toBe(after.resource)
  expect(after.resource.attributes).toMatchObject({ 'process.pid': '2' })
})

test("an id that turns out to be an SDK's leaves the bare triplet", () => {
  const shared = new SharedResources()
  const ours = shared.acquire({}, shape('own', { 'process.pid': '1' }))
  shared.acquire({}, shape('shared-triplet'))
  expect(ours).toMatchObject({ mode: 'shared-triplet' })
  expect(ours.resource.attributes).toEqual({ 'service.name': 's', 'service.instance.id': 'i' })
  shared.acquire({}, shape('own', { 'process.pid': '3' }))
  expect(ours.mode).toBe('shared-triplet')
})
