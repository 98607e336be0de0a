import { expect, test } from 'vitest'
import type { Traffic } from '../../../src/exporter/console/traffic.ts'
import { emptyTraffic, foldPeers, sortTraffic } from '../../../src/exporter/console/traffic.ts'

function row(service: string, changes: Partial<Traffic> = {}): Traffic {
  const { role = 'client', port = '80', peer = 'p' } = changes
  return { ...emptyTraffic({ service, role, port, peer, process: '' }), ...changes }
}

const named = (rows: readonly Traffic[]) => rows.map(({ service, peer }) => `${service}>${peer}`)

test('the clients of a port are one row, whoever they are', () => {
  const server = (peer: string, open: number) => row('db', { role: 'server', peer, open })
  const [folded, ...others] = foldPeers([server('a', 1), server('b', 2), server('c', 4)])
  expect(others).toEqual([])
  expect(folded).toMatchObject({ peer: '3 peers', peers: 3, open: 7 })
})

test('a single client keeps its name', () => {
  expect(named(foldPeers([row('db', { role: 'server', peer: 'a' })]))).toEqual(['db>a'])
})

test('the servers of a client stay apart until they are many', () => {
  const client = (count: number) =>
    Array.from({ length: count }, (_, at) => row('api', { peer: String(at), bytesTx: 1 }))
  expect(foldPeers(client(5))).toHaveLength(5)
  expect(foldPeers(client(6))).toMatchObject([{ peer: '6 peers', bytesTx: 6 }])
})

test('ports, roles and services are never put together', () => {
  const rows = [
    row('a', { role: 'server', port: '1' }),
    row('a', { role: 'server', port: '2' }),
    row('a', { role: 'client', port: '1' }),
    row('b', { role: 'server', port: '1' }),
  ]
  expect(foldPeers(rows)).toHaveLength(4)
})

test('folding does not change the rows it is given', () => {
  const rows = [
    row('a', { role: 'server', peer: 'x', open: 1 }),
    row('a', { role: 'server', peer: 'y', open: 1 }),
  ]
  foldPeers(rows)
  expect(rows.map(({ open }) => open)).toEqual([1, 1])
})

test('rows are sorted by what was asked for, then by name', () => {
  const rows = [
    row('quiet'),
    row('also-quiet'),
    row('heavy', { bytesRx: 100 }),
    row('busy', { opened: 50 }),
    row('lossy', { pktsRetr: 9, bytesTx: 1 }),
  ]
  const first = (by: Parameters<typeof sortTraffic>[1]) => named(sortTraffic(rows, by))[0]
  expect(first('traffic')).toBe('heavy>p')
  expect(first('connections')).toBe('busy>p')
  expect(first('retransmissions')).toBe('lossy>p')
  expect(named(sortTraffic(rows, 'traffic')).slice(-2)).toEqual(['also-quiet>p', 'quiet>p'])
})
