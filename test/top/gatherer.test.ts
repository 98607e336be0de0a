import { expect, test } from 'vitest'
import type { Listener } from '../../src/connection/listener.ts'
import { Gatherer } from '../../src/top/gatherer.ts'
import { flow, increment, listener, processKey } from '../support/increment.ts'
import { openConnection, owner } from './reading.ts'

function gathererOf(limit = 100) {
  const asked: number[] = []
  const ports: number[] = []
  const gatherer = new Gatherer({
    seen: () => {},
    listening: ({ flow: { servicePort } }) => ports.push(servicePort),
    peerOf: ({ servicePort }) => (servicePort === 443 ? 'shop/orders' : undefined),
    ownerOf({ pid }) {
      asked.push(pid)
      return owner(`service-${pid}`, pid)
    },
    limit,
  })
  return { gatherer, asked, ports }
}

const server = (remoteAddress: string, pid = 2) =>
  flow({ role: 'server', servicePort: 80, remoteAddress, process: processKey(pid) })

const listening = (part: Partial<Listener> = {}) =>
  listener({ flow: server('0.0.0.0'), backlog: 1, ...part })

test('increments add up by process and by peer, and begin anew with each interval', () => {
  const { gatherer, asked } = gathererOf()
  const web = flow()
  gatherer.connection(increment({ flow: web, bytesTx: 10, opened: 1, srttUs: 100 }))
  gatherer.connection(increment({ flow: web, bytesTx: 5, srttUs: 300 }))
  gatherer.connection(increment({ flow: flow({ servicePort: 80 }), bytesRx: 7, failed: 1 }))
  gatherer.connection(
    increment({ flow: flow({ process: processKey(200) }), bytesTx: 1, closed: 1 }),
  )
  const { processes, peers, total } = gatherer.take()
  expect(processes).toMatchObject([
    {
      owner: { pid: 100 },
      tally: { bytesTx: 15, bytesRx: 7, opened: 1, failed: 1, rttMaxUs: 300 },
    },
    { owner: { pid: 200 }, tally: { bytesTx: 1, closed: 1 } },
  ])
  expect(processes[0]?.tally.rttAverageMs).toBe(0.2)
  expect(peers).toMatchObject([
    {
      port: 443,
      role: 'client',
      address: '192.0.2.1',
      service: 'shop/orders',
      tally: { bytesTx: 16 },
    },
    { port: 80, tally: { bytesRx: 7 } },
  ])
  expect(total).toMatchObject({ bytesTx: 16, bytesRx: 7, opened: 1, closed: 1, failed: 1 })
  expect(asked).toEqual([100, 200])
  expect(gatherer.take()).toMatchObject({ processes: [], peers: [], total: { bytesTx: 0 } })
})

test('listening sockets are told to who names peers by them', () => {
  const { gatherer, ports } = gathererOf()
  gatherer.listener(listening())
  expect(ports).toEqual([80])
})

test('open connections are counted where they belong, and what others did has ended', () => {
  const { gatherer } = gathererOf()
  const open = flow()
  gatherer.connection(increment({ flow: open, bytesTx: 1_000, bytesRx: 2_000, pktsTx: 10 }))
  gatherer.open(openConnection({ flow: open }))
  gatherer.open(
    openConnection({ flow: open, state: 'syn-sent', bytesTx: 0, bytesRx: 0, pktsTx: 0 }),
  )
  gatherer.connection(increment({ flow: flow(), bytesTx: 34, pktsTx: 2, closed: 1 }))
  const { processes, connections, peers, total, ended } = gatherer.take()
  expect(processes[0]?.tally).toMatchObject({ open: 1, bytesTx: 1_034 })
  expect(peers[0]?.tally.open).toBe(1)
  expect(total.open).toBe(1)
  expect(connections.map(({ connection }) => connection.state)).toEqual(['established', 'syn-sent'])
  expect(connections.map(({ peerService }) => peerService)).toEqual(['shop/orders', 'shop/orders'])
  expect(ended).toMatchObject({ bytesTx: 34, bytesRx: 0, pktsTx: 2, closed: 1, open: 0 })
})

test('beyond the limit the most active connections are kept, and the sum of all rows stays true', () => {
  const { gatherer } = gathererOf(10)
  for (let at = 0; at < 1_000; at += 1) {
    const one = flow({ process: processKey(1 + at), remoteAddress: `10.0.${at >> 8}.${at & 255}` })
    gatherer.connection(increment({ flow: one, bytesTx: at }))
    gatherer.open(openConnection({ flow: one, bytesTx: at, bytesRx: 0 }))
  }
  const { connections, processes, peers, rest, total } = gatherer.take()
  expect(connections.map(({ connection }) => connection.bytesTx)).toEqual(
    Array.from({ length: 10 }, (_, at) => 999 - at),
  )
  expect(rest.connection.rows).toBe(990)
  const shown = connections.reduce((sum, { connection }) => sum + connection.bytesTx, 0)
  expect(shown + rest.connection.tally.bytesTx).toBe(total.bytesTx)
  for (const [rows, beyond] of [
    [processes, rest.process],
    [peers, rest.peer],
  ] as const) {
    expect(rows).toHaveLength(10)
    const sum = rows.reduce((before, { tally }) => before + tally.bytesTx, 0)
    expect(sum + beyond.tally.bytesTx).toBe(total.bytesTx)
    // Rows beyond the limit are told apart up to the limit again.
    expect(beyond.rows).toBe(10)
  }
})

test('a connection stands at the nearest address that is listened on', () => {
  const { gatherer } = gathererOf()
  for (const localAddress of ['0.0.0.0', '10.0.0.1', '::'])
    gatherer.listener(listening({ localAddress }))
  const at = { localPort: 80 }
  gatherer.open(openConnection({ ...at, flow: server('192.0.2.1'), localAddress: '10.0.0.1' }))
  gatherer.open(openConnection({ ...at, flow: server('192.0.2.2'), localAddress: '10.0.0.2' }))
  gatherer.open(openConnection({ ...at, flow: server('192.0.2.3', 9), localAddress: '10.0.0.2' }))
  gatherer.open(openConnection({ ...at, flow: server('2001:db8::1'), localAddress: '2001:db8::2' }))
  gatherer.open(openConnection({ ...at, flow: flow(), localAddress: '10.0.0.1' }))
  const open = Object.fromEntries(gatherer.take().listeners.map((row) => [row.address, row.open]))
  expect(open).toEqual({ '0.0.0.0': 2, '10.0.0.1': 1, '::': 1 })
})

test('sockets that share an address and port are one row; one that has closed shows only if it overflowed', () => {
  const { gatherer } = gathererOf()
  gatherer.listener(listening({ overflows: 2 }))
  gatherer.listener(listening({ backlog: 4, flow: server('::', 3) }))
  gatherer.listener(listening({ overflows: 5, isGrowthOnly: true }))
  gatherer.listener(listening({ isGrowthOnly: true, localAddress: '10.0.0.9' }))
  gatherer.listener(listening({ isGrowthOnly: true, localAddress: '10.0.0.8', overflows: 1 }))
  expect(gatherer.take().listeners).toMatchObject([
    { owner: { pid: 2 }, sockets: 2, backlog: 5, backlogLimit: 256, overflows: 7 },
    { address: '10.0.0.8', sockets: 0, overflows: 1 },
  ])
})

test('rejected connection attempts are counted', () => {
  const { gatherer } = gathererOf()
  const rejection = { netns: 1, networkType: 'ipv4', port: 9, resets: 8 } as const
  gatherer.rejection({ ...rejection, rejects: 3 })
  gatherer.rejection({ ...rejection, rejects: 4 })
  expect(gatherer.take().rejected).toBe(7)
  expect(gatherer.take().rejected).toBe(0)
})
