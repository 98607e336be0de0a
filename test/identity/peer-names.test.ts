import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Flow } from '../../src/connection/flow.ts'
import type { ClusterPeer } from '../../src/identity/kubernetes/directory.ts'
import { Peers, type PeersSettings } from '../../src/identity/peer.ts'
import { flow, listener, processKey } from '../support/increment.ts'
import { mmdb } from '../support/mmdb.ts'

function peers(settings: Partial<PeersSettings> = {}): Peers {
  return new Peers({ public: 'aggregate', groups: {}, ...settings }, new Set())
}

const look: PeersSettings['look'] = ({ pid }) => ({
  attributes: { 'service.name': `service-${pid}` },
  isAlive: true,
})

function clusterOf(known: Readonly<Record<string, ClusterPeer>>) {
  return { epoch: 1, peerAt: (address: string, port: number) => known[`${address}:${port}`] }
}

const pod: ClusterPeer = {
  serviceName: 'orders',
  serviceNamespace: 'shop',
  attributes: { 'namespace.name': 'shop', 'pod.name': 'orders-1' },
}
const service: ClusterPeer = {
  serviceName: 'orders-service',
  serviceNamespace: undefined,
  attributes: { 'namespace.name': 'shop', 'service.name': 'orders' },
}

const client = (part: Partial<Flow> = {}) => flow({ remoteAddress: '10.96.0.1', ...part })

test('the process at the other end comes first, then configuration, cluster, and who listens', () => {
  const all = peers({
    look,
    procRoot: mkdtempSync(join(tmpdir(), 'proc-')),
    services: [{ cidrs: ['10.96.0.1/32'], ports: [443], name: 'configured' }],
  })
  all.use({ cluster: clusterOf({ '10.96.0.1:443': service, '10.96.0.1:80': service }) })
  all.listening(listener({ flow: flow({ role: 'server', servicePort: 5432 }), localAddress: '::' }))
  all.refresh()
  const nameOf = (one: Flow) => all.peerOf(one).service?.name
  expect(nameOf(client({ peerProcess: processKey(7) }))).toBe('service-7')
  expect(nameOf(client())).toBe('configured')
  expect(nameOf(client({ servicePort: 80 }))).toBe('orders-service')
  expect(nameOf(client({ servicePort: 5432, remoteAddress: '127.0.0.1' }))).toBe('service-100')
  expect(nameOf(client({ servicePort: 8080 }))).toBeUndefined()
})

test('a process that nobody named is called as it was configured, and else by what it is', () => {
  const all = peers({
    look: () => ({ attributes: { 'service.name': 'unknown_service:python3' }, isAlive: true }),
    services: [{ cidrs: ['10.96.0.1/32'], ports: [443], name: 'configured' }],
  })
  const nameOf = (one: Flow) => all.peerOf(one).service?.name
  expect(nameOf(client({ peerProcess: processKey(7) }))).toBe('configured')
  expect(nameOf(client({ peerProcess: processKey(7), servicePort: 80 }))).toBe(
    'unknown_service:python3',
  )
})

test('a pod that was reached through a Service is itself, and tells which Service was called', () => {
  const all = peers()
  all.use({ cluster: clusterOf({ '10.96.0.1:443': service, '10.244.0.7:0': pod }) })
  expect(all.peerOf(client({ reachedAddress: '10.244.0.7' }))).toEqual({
    scope: 'private',
    address: '10.244.0.7',
    called: '10.96.0.1',
    service: { name: 'orders', namespace: 'shop' },
    kubernetes: { 'namespace.name': 'shop', 'service.name': 'orders', 'pod.name': 'orders-1' },
  })
})

test('behind a translation the port may be another, so that nobody is named by who listens there', () => {
  const all = peers({ look, procRoot: mkdtempSync(join(tmpdir(), 'proc-')) })
  all.listening(listener({ flow: flow({ role: 'server', servicePort: 80 }), localAddress: '::' }))
  all.refresh()
  const translated = client({ servicePort: 80, reachedAddress: '127.0.0.1' })
  expect(all.peerOf(translated).service).toBeUndefined()
})

test("of a client that called, its port is nobody's: only what holds for the whole address names it", () => {
  const all = peers({
    services: [
      { cidrs: ['10.0.0.0/8'], ports: [443], name: 'server only' },
      { cidrs: ['10.0.0.0/8'], name: 'anything' },
    ],
  })
  expect(all.peerOf(client({ role: 'server' })).service?.name).toBe('anything')
  expect(all.peerOf(client()).service?.name).toBe('server only')
})

test('names of DNS are of what a client called', () => {
  const all = peers()
  const dns = { epoch: 0, nameOf: (address: string) => `name of ${address}` }
  all.use({ dns })
  const called = client({ remoteAddress: '203.0.113.9', reachedAddress: '10.0.0.1' })
  expect(all.peerOf(called)).toMatchObject({ name: 'name of 203.0.113.9', called: 'public' })
  expect(all.peerOf(client({ role: 'server' })).name).toBeUndefined()
})

test('the epoch grows with each directory, and never falls when they are exchanged', () => {
  const all = peers()
  const dns = { epoch: 5, nameOf: () => undefined }
  const epochs = [all.epoch]
  all.use({ dns })
  epochs.push(all.epoch)
  dns.epoch = 9
  epochs.push(all.epoch)
  all.use({})
  epochs.push(all.epoch)
  expect(epochs.toSorted((one, other) => one - other)).toEqual(epochs)
  expect(new Set(epochs).size).toBe(4)
})

test('files name ranges behind the groups, and public peers by system and country', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'peers-'))
  const file = join(folder, 'ranges')
  writeFileSync(file, '198.51.100.0/24 partner\n198.51.100.7/32 special\n10.0.0.0/8 lan\n')
  const asDatabase = join(folder, 'as.mmdb')
  writeFileSync(asDatabase, mmdb({ '198.51.100.0/24': { autonomous_system_number: 64_500 } }))
  const countryDatabase = join(folder, 'country.mmdb')
  writeFileSync(countryDatabase, mmdb({ '198.51.100.0/24': { country: { iso_code: 'SE' } } }))
  const all = peers({
    groups: { mine: ['198.51.100.7/32'] },
    rangeFiles: [{ file, format: 'text', keys: [] }],
    asDatabase,
    countryDatabase,
  })
  const { epoch } = all
  await all.refreshFiles()
  expect(all.epoch).toBe(epoch + 3)
  const found = (remoteAddress: string) => all.peerOf(client({ remoteAddress }))
  expect(found('198.51.100.7').address).toBe('mine')
  expect(found('198.51.100.8')).toMatchObject({
    address: 'partner',
    system: { number: 64_500 },
    country: 'SE',
  })
  expect(found('10.1.1.1')).toEqual({ scope: 'private', address: 'lan', called: 'lan' })
})
