import { expect, test } from 'vitest'
import { closeReasons } from '../../../../src/connection/increment.ts'
import { events } from '../../../../src/generated/events.ts'
import type { Peer } from '../../../../src/identity/peer-names.ts'
import { connectionEvent } from '../../../../src/receiver/nettracer/close-records/event.ts'
import { ended, endedAt, failed } from '../../../support/ended.ts'
import { flow } from '../../../support/increment.ts'

const peer: Peer = { scope: 'public', address: 'public', called: 'public' }
const event = (end: ReturnType<typeof ended>, of = peer) => connectionEvent(end, of, [1, 2])

test('the record of a connection that both sides closed', () => {
  expect(event(ended())).toEqual({
    time: [1_767_323_045, 600_000_000],
    observedTime: [1, 2],
    severity: 'INFO',
    eventName: 'nettracer.connection',
    body: '192.0.2.9:40000 -> 192.0.2.1:443 local_fin after 1.500 s, 310 B sent, 4096 B received',
    attributes: {
      'network.transport': 'tcp',
      'network.type': 'ipv4',
      'network.local.address': '192.0.2.9',
      'network.local.port': 40_000,
      'network.peer.address': '192.0.2.1',
      'network.peer.port': 443,
      'client.address': '192.0.2.9',
      'client.port': 40_000,
      'server.address': '192.0.2.1',
      'server.port': 443,
      'nettracer.role': 'client',
      'nettracer.peer.scope': 'public',
      'nettracer.close.reason': 'local_fin',
      'nettracer.fin_tx': true,
      'nettracer.fin_rx': true,
      'nettracer.rst_tx': false,
      'nettracer.rst_rx': false,
      'nettracer.connection.start_time': '2026-01-02T03:04:04.080000000Z',
      'nettracer.connection.duration': 1.5,
      'nettracer.connect.duration': 0.02,
      'nettracer.bytes_tx': 310,
      'nettracer.bytes_rx': 4096,
      'nettracer.pkts_tx': 100,
      'nettracer.pkts_rx': 80,
      'nettracer.pkts_retr': 0,
      'nettracer.pkts_retr_syn': 0,
      'nettracer.rtt': 20,
      'nettracer.rtt_variance': 1,
      'nettracer.rtt_min': 19.5,
      'nettracer.netns': 4_026_531_840,
    },
  })
})

test('of a server the other side is the client, and there is no connect duration', () => {
  const accepted = ended({
    flow: flow({ role: 'server', remoteAddress: '2001:db8::1', networkType: 'ipv6' }),
    localAddress: '2001:db8::9',
    localPort: 443,
    remotePort: 50_000,
  })
  const { attributes, body } = event(accepted)
  expect(attributes).toMatchObject({
    'client.address': '2001:db8::1',
    'client.port': 50_000,
    'server.address': '2001:db8::9',
    'server.port': 443,
    'network.local.port': 443,
    'network.peer.port': 50_000,
  })
  expect(attributes).not.toHaveProperty('nettracer.connect.duration')
  expect(body).toMatch(/^\[2001:db8::1\]:50000 -> \[2001:db8::9\]:443 local_fin/)
})

test('an attempt that failed says why, and has neither reason of a close nor RTT', () => {
  const { severity, attributes, body } = event(failed('refused', 111))
  expect(severity).toBe('WARN')
  expect(attributes).toMatchObject({
    'error.type': 'refused',
    'nettracer.errno': 'ECONNREFUSED',
    'nettracer.connection.duration': 1,
  })
  for (const absent of ['nettracer.close.reason', 'nettracer.rtt', 'nettracer.rtt_min']) {
    expect(attributes).not.toHaveProperty([absent])
  }
  expect(body).toBe(
    '192.0.2.9:40000 -> 192.0.2.1:443 failed: refused after 1.000 s, 0 B sent, 0 B received',
  )
})

test('a connection that is older than the agent says so instead of when it began', () => {
  const { startTime: _s, establishedTime: _e, ...adopted } = ended()
  const end = { ...adopted, isAdopted: true, flow: flow({ role: 'unknown' }) }
  const { attributes, body } = event(end)
  expect(attributes).toMatchObject({ 'nettracer.connection.adopted': true })
  for (const absent of ['nettracer.connection.start_time', 'nettracer.connection.duration']) {
    expect(attributes).not.toHaveProperty([absent])
  }
  expect(Object.keys(attributes).filter((name) => /^(client|server)\./.test(name))).toEqual([])
  expect(body).toContain(':443 local_fin, 310 B sent')
})

test('what the source does not know is absent, never 0 or false', () => {
  const unknown = { bytesTx: undefined, bytesRx: undefined, pktsTx: undefined, pktsRx: undefined }
  const {
    startTime: _s,
    establishedTime: _e,
    ...end
  } = ended({
    ...unknown,
    ...{ pktsRetr: undefined, pktsRetrSyn: undefined, srttUs: -1, rttVarianceUs: -1, rttMinUs: -1 },
    ...{ hasSentFin: undefined, hasReceivedFin: undefined, hasSentReset: true },
    ...{ hasReceivedReset: undefined, localAddress: undefined, localPort: 0, remotePort: 0 },
  })
  const { attributes, body } = event(end)
  expect(Object.keys(attributes).toSorted()).toEqual([
    ...['nettracer.close.reason', 'nettracer.netns', 'nettracer.peer.scope', 'nettracer.role'],
    ...['nettracer.rst_tx', 'network.peer.address', 'network.transport', 'network.type'],
    'server.address',
  ])
  expect(body).toBe('?:0 -> 192.0.2.1:0 local_fin')
})

test.each([
  [99, 'EADDRNOTAVAIL'],
  [512, '512'],
  [4095, '4095'],
])('a port that was never chosen is absent, and errno %i is %s', (errno, name) => {
  const { attributes } = event({ ...failed('_OTHER', errno), localPort: 0 })
  expect(attributes).toMatchObject({ 'nettracer.errno': name, 'error.type': '_OTHER' })
  expect(attributes).not.toHaveProperty(['network.local.port'])
  expect(attributes).not.toHaveProperty(['client.port'])
})

test.each(closeReasons.slice(1))('%s has its severity', (reason) => {
  const { severity, attributes } = event(ended({ closeReason: closeReasons.indexOf(reason) }))
  expect(severity).toBe(reason.endsWith('_fin') ? 'INFO' : 'WARN')
  expect(attributes).toMatchObject({ 'nettracer.close.reason': reason })
})

const kinds = ['deployment', 'statefulset', 'daemonset', 'cronjob', 'job', 'pod', 'node', 'service']
const named: Peer = {
  ...peer,
  name: 'orders.example',
  service: { name: 'orders', namespace: 'shop' },
  kubernetes: Object.fromEntries(
    [...kinds, 'namespace', 'other'].map((kind) => [`${kind}.name`, `the ${kind}`]),
  ),
  system: { number: 64_500, organization: 'Example' },
  country: 'SE',
}

test('the other side is called by all that is known of it, and by its addresses', () => {
  const { attributes } = event(ended({ flow: flow({ reachedAddress: '10.1.2.3' }) }), named)
  expect(attributes).toMatchObject({
    'server.address': 'orders.example',
    'network.peer.address': '10.1.2.3',
    'server.service.name': 'orders',
    'server.service.namespace': 'shop',
    'server.as.number': 64_500,
    'server.as.organization.name': 'Example',
    'server.geo.country.iso_code': 'SE',
    'nettracer.peer.k8s.pod.name': 'the pod',
  })
})

test('where nobody knows who called, it is neither client nor server that has a name', () => {
  const { attributes } = event(ended({ flow: flow({ role: 'unknown' }) }), named)
  expect(Object.keys(attributes).filter((name) => /^(client|server)\./.test(name))).toEqual([])
  expect(attributes).toHaveProperty(['nettracer.peer.k8s.pod.name'], 'the pod')
})

test('every attribute of the catalogue is written by some record, and no other', () => {
  const { startTime: _, ...adopted } = ended({ endTime: endedAt })
  const ends = [ended(), { ...adopted, isAdopted: true }, failed('reset', 104)]
  const accepted = ended({ flow: flow({ role: 'server' }) })
  const all = [...ends, accepted].flatMap((end) => Object.keys(event(end, named).attributes))
  expect(new Set(all)).toEqual(new Set(events['nettracer.connection'].attributes))
})
