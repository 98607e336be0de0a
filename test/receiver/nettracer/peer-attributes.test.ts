import { expect, test } from 'vitest'
import type { Flow } from '../../../src/connection/flow.ts'
import type { Peer } from '../../../src/identity/peer-names.ts'
import { peerAttributes } from '../../../src/receiver/nettracer/peer-attributes.ts'
import { type SeriesAttributes, seriesAttributes } from '../../../src/series/index.ts'
import { flow } from '../../support/increment.ts'

const all = new Set<string>(seriesAttributes)
const plain: Peer = { scope: 'public', address: 'public', called: 'public' }

function attributes(
  peer: Partial<Peer>,
  one: Partial<Flow> = {},
  before?: SeriesAttributes,
  wanted: ReadonlySet<string> = all,
) {
  return peerAttributes({ peerOf: () => ({ ...plain, ...peer }) }, wanted, flow(one), before)
}

const orders = { service: { name: 'orders', namespace: 'shop' } }

test('a client tells of its server, a server of its client', () => {
  expect(attributes(orders)).toEqual({
    'server.address': 'public',
    'network.peer.address': 'public',
    'nettracer.peer.scope': 'public',
    'server.service.name': 'orders',
    'server.service.namespace': 'shop',
  })
  expect(attributes(orders, { role: 'server' })).toEqual({
    'network.peer.address': 'public',
    'nettracer.peer.scope': 'public',
    'client.service.name': 'orders',
    'client.service.namespace': 'shop',
  })
})

test('an unconnected UDP socket has nobody at the other end', () => {
  expect(attributes(orders, { transport: 'udp', remoteAddress: '0.0.0.0' })).toEqual({})
})

test('what no metric is reported by is left out', () => {
  const wanted = new Set(['server.service.name'])
  expect(attributes(orders, {}, undefined, wanted)).toEqual({ 'server.service.name': 'orders' })
})

test('the first DNS name of open connections stays; without any the last one counts', () => {
  const held = attributes({ name: 'a.example' })
  expect(attributes({ name: 'b.example' }, { open: 2 }, held)).toEqual(held)
  expect(attributes({}, { open: 2 }, held)).toEqual(held)
  expect(attributes({ name: 'b.example' }, { open: 0 }, held)).toMatchObject({
    'server.address': 'b.example',
  })
  expect(attributes({ name: 'b.example' }, { open: 2 }, attributes({}))).toMatchObject({
    'server.address': 'b.example',
  })
})

test('a service is not lost while connections to it are open, but replaced by another that is told', () => {
  const held = attributes({ ...orders, kubernetes: { 'pod.name': 'orders-1' } })
  expect(attributes({}, { open: 1 }, held)).toEqual(held)
  expect(attributes({}, { open: 0 }, held)).not.toHaveProperty(['server.service.name'])
  const other = attributes({ service: { name: 'billing' } }, { open: 1 }, held)
  expect(other).toMatchObject({ 'server.service.name': 'billing' })
  expect(other).not.toHaveProperty(['server.service.namespace'])
  expect(other).not.toHaveProperty(['nettracer.peer.k8s.pod.name'])
})
