import { expect, test } from 'vitest'
import { createNamespace } from '../support/netns.ts'
import { watchDiag } from '../support/source.ts'
import { startTraffic } from '../support/traffic.ts'
import { udp } from '../support/udp.ts'

const uncounted = { bytesTx: 0, bytesRx: 0, pktsTx: 0, pktsRx: 0, opened: 0, closed: 0 }

test.each([
  {
    what: 'bound, not connected',
    family: 'AF_INET',
    line: "s.bind(('127.0.0.1', 5300))",
    flow: { networkType: 'ipv4', remoteAddress: '0.0.0.0', isSameHost: false },
  },
  {
    what: 'connected',
    family: 'AF_INET',
    line: "s.connect(('127.0.0.2', 5300))",
    flow: { networkType: 'ipv4', remoteAddress: '127.0.0.2', isSameHost: true },
  },
  {
    what: 'not connected, but written',
    family: 'AF_INET',
    line: "s.sendto(b'ab', ('127.0.0.1', 5300))",
    flow: { networkType: 'ipv4', remoteAddress: '0.0.0.0', isSameHost: false },
  },
  {
    what: 'bound, IPv6',
    family: 'AF_INET6',
    line: "s.bind(('::', 5300))",
    flow: { networkType: 'ipv6', remoteAddress: '::', isSameHost: false },
  },
  {
    what: 'connected, IPv6',
    family: 'AF_INET6',
    line: "s.connect(('::1', 5300))",
    flow: { networkType: 'ipv6', remoteAddress: '::1', isSameHost: true },
  },
  {
    what: 'connected to IPv4 through IPv6',
    family: 'AF_INET6',
    line: "s.connect(('::ffff:127.0.0.1', 5300))",
    flow: { networkType: 'ipv4', remoteAddress: '127.0.0.1', isSameHost: true },
  },
] as const)('a UDP socket, $what: open until it is closed, with its process', async (one) => {
  const namespace = await createNamespace()
  const seen = await watchDiag([namespace])
  const traffic = startTraffic(namespace)
  await traffic.run(`s = ${udp(one.family)}`, one.line)
  await seen.collect()
  const of = () => seen.sum({ transport: 'udp', pid: traffic.pid })
  expect(of()).toMatchObject({ ...uncounted, active: 1, increments: 1 })
  expect(seen.of({ transport: 'udp' })[0]?.flow).toMatchObject({
    ...one.flow,
    role: 'unknown',
    servicePort: 0,
  })
  await seen.collect()
  expect(of()).toMatchObject({ active: 1, increments: 1 })
  await traffic.run('s.close()')
  await seen.collectUntil(() => of().active === 0)
  expect(of()).toMatchObject({ ...uncounted, increments: 2 })
})

test('drops are those of the socket itself, of a socket older than us without the older ones', async () => {
  const namespace = await createNamespace()
  const traffic = startTraffic(namespace)
  const flood = "for _ in range(2000): s.sendto(b'x' * 1000, ('127.0.0.1', 5300))"
  await traffic.run(
    `u = ${udp('AF_INET')}; u.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)`,
    `u.bind(('127.0.0.1', 5300)); s = ${udp('AF_INET')}`,
    // SO_MEMINFO, its last word: sk_drops.
    "drops = lambda: struct.unpack('9I', u.getsockopt(socket.SOL_SOCKET, 55, 36))[8]",
    flood,
  )
  const before = await traffic.run<number>('drops()')
  const seen = await watchDiag([namespace])
  const of = () => seen.sum({ transport: 'udp', pid: traffic.pid })
  await seen.collect()
  expect(of()).toMatchObject({ drops: 0, active: 2 })
  await traffic.run(flood)
  await seen.collect()
  const after = await traffic.run<number>('drops()')
  expect(before).toBeGreaterThan(0)
  expect(after).toBeGreaterThan(before)
  expect(of().drops).toBe(after - before)
})

test('a socket that is connected to another address moves there', async () => {
  const namespace = await createNamespace()
  const seen = await watchDiag([namespace])
  const traffic = startTraffic(namespace)
  await traffic.run(`s = ${udp('AF_INET')}; s.connect(('127.0.0.1', 5301))`)
  await seen.collect()
  await traffic.run("s.connect(('127.0.0.2', 5302))")
  await seen.collect()
  const at = (remoteAddress: string) => seen.sum({ transport: 'udp', remoteAddress }).active
  expect([at('127.0.0.1'), at('127.0.0.2')]).toEqual([0, 1])
})

test('without the wish for it UDP is not read', async () => {
  const namespace = await createNamespace()
  const seen = await watchDiag([namespace], { hasDatagrams: false })
  await startTraffic(namespace).run(`s = ${udp('AF_INET')}; s.bind(('127.0.0.1', 0))`)
  await seen.collect()
  expect(seen.of({ transport: 'udp' })).toEqual([])
  expect(seen.source.remark).toBeUndefined()
})
