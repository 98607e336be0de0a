import { expect, test } from 'vitest'
import {
  addRule,
  createNamespace,
  createRoutedNamespaces,
  execIn,
  setSysctl,
} from '../support/netns.ts'
import { watch } from '../support/source.ts'
import { startPair, startTraffic } from '../support/traffic.ts'

const errno = { EADDRNOTAVAIL: 99, ENETUNREACH: 101, ECONNREFUSED: 111, EHOSTUNREACH: 113 }

/** An attempt that never came to be: not opened, not closed, never active. */
const never = { failed: 1, opened: 0, closed: 0, active: 0, bytesTx: 0, bytesRx: 0 }

test.each([
  { address: '127.0.0.1', networkType: 'ipv4' },
  { address: '::1', networkType: 'ipv6' },
] as const)('a port of $address where nobody listens refuses', async ({ address, networkType }) => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const client = startTraffic(namespace)

  expect(await client.run(`try_connect('${address}', 9)`)).toBe(errno.ECONNREFUSED)
  await seen.collect()

  const attempts = { pid: client.pid, role: 'client', port: 9, networkType } as const
  expect(seen.sum(attempts)).toMatchObject({ ...never, failedBy: { refused: 1 }, resetsRx: 1 })
})

test("a refused attempt is the client's failure, and a rejection of the host that refused", async () => {
  const { a, b, addressOfB } = await createRoutedNamespaces()
  const seen = await watch([a, b])
  const client = startTraffic(a)
  expect(await client.run(`try_connect('${addressOfB}', 9)`)).toBe(errno.ECONNREFUSED)
  await seen.collect()
  expect(seen.sum({ netns: a.inode, pid: client.pid, port: 9 })).toMatchObject({
    ...never,
    failedBy: { refused: 1 },
    resetsRx: 1,
  })
  expect(seen.sink.rejections).toEqual([
    { netns: b.inode, networkType: 'ipv4', port: 9, rejects: 1, resets: 1 },
  ])
})

test('a firewall that rejects with a reset refuses', async () => {
  const namespace = await createNamespace()
  await addRule(namespace, 'input', 'tcp dport 9 reject with tcp reset')
  const seen = await watch([namespace])
  const client = startTraffic(namespace)
  expect(await client.run(`try_connect('127.0.0.1', 9)`)).toBe(errno.ECONNREFUSED)
  await seen.collect()
  expect(seen.sum({ pid: client.pid })).toMatchObject({ ...never, failedBy: { refused: 1 } })
})

test.each([
  { hook: 'input', why: 'nobody answers' },
  { hook: 'output', why: 'the SYN cannot leave' },
] as const)('an attempt times out when $why', async ({ hook }) => {
  const namespace = await createNamespace()
  await setSysctl(namespace, 'net.ipv4.tcp_syn_retries', '1')
  await setSysctl(namespace, 'net.ipv4.tcp_syn_linear_timeouts', '0')
  await addRule(namespace, hook, 'tcp dport 9 drop')
  const seen = await watch([namespace])
  const client = startTraffic(namespace)
  await client.run(`try_connect('127.0.0.1', 9)`)
  await seen.collect()
  expect(seen.sum({ pid: client.pid, port: 9 })).toMatchObject({
    ...never,
    failedBy: { timed_out: 1 },
  })
})

test('a neighbour that does not answer ARP is an unreachable host', async () => {
  const { a, cableOfA } = await createRoutedNamespaces()
  await execIn(a, 'ip', 'route', 'replace', '10.98.1.99', 'dev', cableOfA.b)
  await setSysctl(a, `net.ipv4.neigh.${cableOfA.b}.retrans_time_ms`, '50')
  const seen = await watch([a])
  const client = startTraffic(a)
  expect(await client.run(`try_connect('10.98.1.99', 9)`)).toBe(errno.EHOSTUNREACH)
  await seen.collect()
  expect(seen.sum({ pid: client.pid })).toMatchObject({
    ...never,
    failedBy: { host_unreachable: 1 },
  })
})

test.each([
  { route: ['unreachable'], code: errno.EHOSTUNREACH, failure: 'host_unreachable' },
  { route: ['prohibit'], code: errno.EHOSTUNREACH, failure: 'host_unreachable' },
  { route: undefined, code: errno.ENETUNREACH, failure: 'net_unreachable' },
])('a router that has the route $route says $failure', async ({ route, code, failure }) => {
  const { a, router } = await createRoutedNamespaces()
  if (route) await execIn(router, 'ip', 'route', 'add', ...route, '10.97.0.0/24')
  const seen = await watch([a])
  const client = startTraffic(a)
  expect(await client.run(`try_connect('10.97.0.1', 9)`)).toBe(code)
  await seen.collect()
  expect(seen.sum({ pid: client.pid, port: 9, remoteAddress: '10.97.0.1' })).toMatchObject({
    ...never,
    failedBy: { [failure]: 1 },
  })
})

test('without a route of its own, a process sends nothing and nothing is counted', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const client = startTraffic(namespace)
  expect(await client.run(`try_connect('10.97.0.1', 9)`)).toBe(errno.ENETUNREACH)
  await seen.collect()
  expect(seen.of({ pid: client.pid })).toEqual([])
})

test.each([
  { end: 'closes it', line: 's.close()' },
  { end: 'disconnects it', line: 'disconnect(s)' },
])('an attempt whose process $end is cancelled', async ({ line }) => {
  const namespace = await createNamespace()
  await addRule(namespace, 'input', 'tcp dport 9 drop')
  const seen = await watch([namespace])
  const client = startTraffic(namespace)
  await client.run(`s = begin_connect('127.0.0.1', 9)`)
  await seen.collect()
  await client.run(line)
  await seen.collect()
  expect(seen.sum({ pid: client.pid, port: 9 })).toMatchObject({
    ...never,
    failedBy: { cancelled: 1 },
  })
})

test('an attempt whose process is killed is cancelled', async () => {
  const namespace = await createNamespace()
  await addRule(namespace, 'input', 'tcp dport 9 drop')
  const seen = await watch([namespace])
  const client = startTraffic(namespace)
  await client.run(`s = begin_connect('127.0.0.1', 9)`)
  await client.kill()
  await seen.collect()
  expect(seen.sum({ pid: client.pid, port: 9 })).toMatchObject({
    ...never,
    failedBy: { cancelled: 1 },
  })
})

test('an attempt that finds no free port fails otherwise, without a segment', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const { client, port } = await startPair({ from: namespace })
  await setSysctl(namespace, 'net.ipv4.ip_local_port_range', '40000 40003')
  const held = await client.run<number>(
    'held = []',
    'try:',
    '    while True: held.append(connect(*peer))',
    'except OSError as error:',
    `    assert error.errno == ${errno.EADDRNOTAVAIL}, error`,
    'len(held)',
  )
  await seen.collect()

  const attempts = seen.of({ pid: client.pid, port }).filter(({ failed }) => failed > 0)
  expect(attempts).toMatchObject([{ ...never, failureType: '_OTHER', pktsTx: 0, pktsRx: 0 }])
  expect(held).toBeGreaterThan(0)
  expect(seen.sum({ pid: client.pid, port })).toMatchObject({
    opened: held,
    active: held,
    failed: 1,
  })
})
