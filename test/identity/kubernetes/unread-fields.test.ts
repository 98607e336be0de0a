import { expect, test } from 'vitest'
import { podOf, serviceAddress, serviceOf, sliceOf } from '../../../bench/kubernetes-objects.ts'
import { KnownPeers } from '../../../src/identity/kubernetes/cluster-peers.ts'
import { ListReader } from '../../../src/identity/kubernetes/list-reader.ts'
import { OwnPods } from '../../../src/identity/kubernetes/own-pods.ts'
import type { ObjectSink } from '../../../src/identity/kubernetes/resource-watch.ts'
import { isUnread, isUnreadOfPeers } from '../../../src/identity/kubernetes/unread-fields.ts'
import { extraction } from '../support/kubernetes-objects.ts'

test.each([
  ['managedFields', true],
  ['env', true],
  ['conditions', true],
  ['containerStatuses', false],
  ['containers', false],
  ['ports', false],
  ['lastState', false],
  ['ends', false],
  ['', false],
])('%j is not read: %s', (name, expected) => {
  const bytes = Buffer.from(`{"${name}":`)
  expect(isUnread(bytes, 2, 2 + name.length)).toBe(expected)
})

const size = { pods: 4, services: 2, nodes: 1 }
const uid = (index: number) => `uid-${index}`
const named = <Kind extends { metadata: object }>(object: Kind, id: string) => ({
  ...object,
  metadata: { ...object.metadata, uid: id, managedFields: [{ fieldsV1: { 'f:spec': {} } }] },
})
const podList = [0, 1, 2, 3].map((at) => named(podOf(at, size, 'owner'), uid(at)))
const serviceList = [0, 1].map((at) => named(serviceOf(at), `service-${at}`))
const sliceList = [0, 1].map((at) => named(sliceOf(at, size, uid), `slice-${at}`))

/** @param isLeft what is left out while it is read, of all and of pods elsewhere */
function read(isLeft?: typeof isUnread, isLeftOfPeers = isLeft) {
  const own = new OwnPods({ extraction })
  const peers = new KnownPeers(extraction)
  const put = (sink: ObjectSink, items: readonly object[], leaves = isLeft) => {
    const reader = new ListReader((item) => sink.put(item as Record<string, unknown>), leaves)
    reader.push(Buffer.from(JSON.stringify({ items })))
    reader.end()
  }
  put(own, podList)
  put(peers.pods.index, podList, isLeftOfPeers)
  put(peers.services.index, serviceList)
  put(peers.endpoints.index, sliceList)
  const ids = [0, 1, 2, 7].map((at) => at.toString(16).padStart(64, '0'))
  const addresses = ['10.64.0.3', serviceAddress(1)]
  return {
    found: ids.map((id) => own.find(id, undefined)),
    peers: addresses.map((address) => peers.peerAt(address, 80, 'tcp')),
  }
}

test('what is left out of a list is not missed', () => {
  const all = read()
  expect(all.found.map((one) => one?.containerName)).toEqual(['main', 'proxy', 'main', 'proxy'])
  expect(all.peers.map((one) => one?.serviceName)).toEqual(['service-1', 'service-1'])
  expect(read(isUnread, isUnreadOfPeers)).toEqual(all)
})
