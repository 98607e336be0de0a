import { networkInterfaces } from 'node:os'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseCidr } from '../../src/identity/cidr.ts'
import { Peers, type PublicPeers } from '../../src/identity/peer.ts'
import { type PeerScope, readHostAddresses } from '../../src/identity/peer-scope.ts'
import { flow as flowWith } from '../support/increment.ts'

const hosts = new Set(['203.0.113.9', '10.1.2.3', '2001:db8::9'])

function flow(remoteAddress: string, isSameHost = false) {
  const networkType = remoteAddress.includes(':') ? ('ipv6' as const) : ('ipv4' as const)
  return flowWith({ remoteAddress, networkType, isSameHost })
}

function peersOf(named: PublicPeers, addresses: ReadonlySet<string> = new Set()): Peers {
  return new Peers({ public: named, groups: {} }, addresses)
}

test.each<[string, PeerScope]>([
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['::1', 'loopback'],
  ['203.0.113.9', 'host'],
  ['10.1.2.3', 'host'],
  ['2001:db8::9', 'host'],
  ['0.0.0.0', 'host'],
  ['::', 'host'],
  ['10.0.0.0', 'private'],
  ['10.255.255.255', 'private'],
  ['11.0.0.0', 'public'],
  ['172.15.255.255', 'public'],
  ['172.16.0.0', 'private'],
  ['172.31.255.255', 'private'],
  ['172.32.0.0', 'public'],
  ['192.168.0.1', 'private'],
  ['192.169.0.1', 'public'],
  ['169.254.169.254', 'private'],
  ['100.63.255.255', 'public'],
  ['100.64.0.0', 'private'],
  ['100.127.255.255', 'private'],
  ['100.128.0.0', 'public'],
  ['192.0.2.1', 'public'],
  ['198.51.100.1', 'public'],
  ['8.8.8.8', 'public'],
  ['223.255.255.255', 'public'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.255', 'multicast'],
  ['240.0.0.1', 'public'],
  ['255.255.255.255', 'multicast'],
  ['fc00::1', 'private'],
  ['fdff::1', 'private'],
  ['fe00::1', 'public'],
  ['fe80::1', 'private'],
  ['febf::1', 'private'],
  ['fec0::1', 'private'],
  ['64:ff9b:1::5', 'private'],
  ['64:ff9b::808:808', 'public'],
  ['ff02::1', 'multicast'],
  ['2606:4700::1111', 'public'],
  ['not an address', 'public'],
  ['', 'public'],
])('%s is %s', (address, scope) => {
  expect(peersOf('address', hosts).scopeOf(flow(address))).toBe(scope)
})

test('a flow that stays on the host is loopback or host, whatever its address', () => {
  const peers = peersOf('address')
  expect(peers.scopeOf(flow('8.8.8.8', true))).toBe('host')
  expect(peers.scopeOf(flow('172.17.0.1', true))).toBe('host')
  expect(peers.scopeOf(flow('127.0.0.1', true))).toBe('loopback')
})

test('addresses of the host may change', () => {
  const peers = peersOf('address')
  expect(peers.scopeOf(flow('192.168.1.4'))).toBe('private')
  peers.hostAddresses = new Set(['192.168.1.4'])
  expect(peers.scopeOf(flow('192.168.1.4'))).toBe('host')
})

test.each<{ publicPeers: PublicPeers; address: string; named: string }>([
  { publicPeers: 'address', address: '8.8.8.8', named: '8.8.8.8' },
  { publicPeers: 'aggregate', address: '8.8.8.8', named: 'public' },
  { publicPeers: 'aggregate', address: '2606:4700::1111', named: 'public' },
  { publicPeers: 'aggregate', address: '192.168.1.1', named: '192.168.1.1' },
  { publicPeers: 'aggregate', address: '127.0.0.1', named: '127.0.0.1' },
  { publicPeers: ['8.0.0.0/8', '8.8.8.0/24'], address: '8.8.8.8', named: '8.8.8.0/24' },
  { publicPeers: ['8.0.0.0/8', '8.8.8.0/24'], address: '8.9.9.9', named: '8.0.0.0/8' },
  { publicPeers: ['8.8.8.0/24'], address: '1.1.1.1', named: 'public' },
  { publicPeers: ['2606:4700::/32'], address: '2606:4700::1111', named: '2606:4700::/32' },
  { publicPeers: ['2606:4700::/32'], address: '8.8.8.8', named: 'public' },
  { publicPeers: ['10.0.0.0/8'], address: '10.0.0.9', named: '10.0.0.9' },
  { publicPeers: [], address: '8.8.8.8', named: 'public' },
])('with $publicPeers, $address is named $named', ({ publicPeers, address, named }) => {
  expect(peersOf(publicPeers).peerOf(flow(address)).address).toBe(named)
})

test.each([
  '10.0.0.0',
  '10.0.0.0/33',
  '::/129',
  '10.0.0/8',
  'a/8',
  '10.0.0.0/8/8',
  '1.2.3.4/-1',
  '/',
  '',
])('%j is no CIDR', (text) => {
  expect(parseCidr(text)).toBeUndefined()
  expect(() => peersOf([text])).toThrow(RangeError)
})

test('host bits of a CIDR may be set', () => {
  const peers = peersOf(['8.8.8.8/24'])
  expect(peers.peerOf(flow('8.8.8.1')).address).toBe('8.8.8.8/24')
})

test.each([
  ['10.1.2.3', 'databases'],
  ['10.1.9.9', 'backend'],
  ['10.2.0.1', '10.2.0.1'],
  ['127.0.0.1', 'here'],
  ['8.8.8.8', 'dns'],
  ['8.8.4.4', '8.0.0.0/8'],
  ['9.9.9.9', 'public'],
  ['2001:db8::5', 'dns'],
])('in groups %s is named %s', (address, named) => {
  const groups = {
    backend: ['10.1.0.0/16'],
    databases: ['10.1.2.0/24', '10.3.0.0/16'],
    here: ['127.0.0.0/8'],
    dns: ['8.8.8.8/32', '2001:db8::/64'],
  }
  const peers = new Peers({ public: ['8.0.0.0/8'], groups }, new Set())
  expect(peers.peerOf(flow(address)).address).toBe(named)
})

test('a group does not change the scope', () => {
  const peers = new Peers({ public: 'aggregate', groups: { dns: ['8.8.8.8/32'] } }, new Set())
  expect(peers.peerOf(flow('8.8.8.8'))).toMatchObject({ scope: 'public', address: 'dns' })
})

test('the addresses of the interfaces are the host', () => {
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? [])
  expect([...readHostAddresses()].toSorted()).toEqual(
    [...new Set(own.map(({ address }) => address))].toSorted(),
  )
})

test('any IPv4 address has a scope, and private ones are never aggregated', () => {
  const peers = peersOf('aggregate')
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      const peer = peers.peerOf(flow(address))
      expect(peer.address).toBe(peer.scope === 'public' ? 'public' : address)
    }),
  )
})
