import type { Attributes } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import { ProcessServices } from '../../src/identity/process-services.ts'
import { processKey } from '../support/increment.ts'

function services(attributes: Attributes) {
  const process = { attributes, isAlive: true }
  let looks = 0
  const found = new ProcessServices(() => {
    looks += 1
    return { ...process }
  })
  return { found, process, looks: () => looks }
}

test('a service is as its resource says, and asked for once', () => {
  const { found, looks } = services({ 'service.name': 'orders', 'service.namespace': 'shop' })
  expect(found.find(processKey(1))).toEqual({ name: 'orders', namespace: 'shop' })
  expect(found.find(processKey(1))).toEqual({ name: 'orders', namespace: 'shop' })
  expect(looks()).toBe(1)
})

test('a resource without a name is no service', () => {
  expect(services({ 'process.pid': 4 }).found.find(processKey(1))).toBeUndefined()
})

test('a name that changes is told by the epoch, however long nobody asked', () => {
  const { found, process } = services({ 'service.name': 'unknown_service:node' })
  found.find(processKey(1))
  for (let collection = 0; collection < 3; collection += 1) found.refresh()
  expect(found.epoch).toBe(0)
  process.attributes = { 'service.name': 'orders' }
  found.refresh()
  expect(found.epoch).toBe(1)
  expect(found.find(processKey(1))).toEqual({ name: 'orders' })
})

test('an ended process that nobody asks for is forgotten, one that is asked for is not', () => {
  const { found, process, looks } = services({ 'service.name': 'orders' })
  found.find(processKey(1))
  process.isAlive = false
  found.refresh()
  found.find(processKey(1))
  found.refresh()
  expect(looks()).toBe(3)
  found.refresh()
  found.refresh()
  expect(looks()).toBe(4)
})
