import { getSystemErrorName } from 'node:util'
import { expect, test } from 'vitest'
import type { EndedConnection } from '../../src/connection/ended.ts'
import { closeReasons, failureTypes } from '../../src/connection/increment.ts'
import {
  addRule,
  createNamespace,
  dropRules,
  execIn,
  type Namespace,
  setSysctl,
} from '../support/netns.ts'
import { EndsSink, type Watch, watch } from '../support/source.ts'
import {
  connectPair,
  exchangeQuietly,
  startPair,
  startTraffic,
  type TcpInfo,
} from '../support/traffic.ts'

interface Seen {
  readonly watch: Watch
  readonly sink: EndsSink
}

async function watchEnds(namespace: Namespace, ringBytes?: number): Promise<Seen> {
  const sink = new EndsSink([namespace.inode])
  const settings = ringBytes === undefined ? {} : { ringBytes }
  return { sink, watch: await watch([namespace], settings, sink) }
}

/** What of a record says how it ended. */
function how(end: EndedConnection | undefined): object | undefined {
  return (
    end && {
      reason: closeReasons[end.closeReason],
      failure: failureTypes[end.failureType],
      error: end.errno === 0 ? '' : getSystemErrorName(-end.errno),
      fins: [end.hasSentFin, end.hasReceivedFin].map(Number).join(''),
      resets: [end.hasSentReset, end.hasReceivedReset].map(Number).join(''),
    }
  )
}

const isOver = 'until(lambda: tcp_info(SOCKET)["state"] == 7)'
const clientIsOver = isOver.replace('SOCKET', 's')
const serverIsOver = isOver.replace('SOCKET', 'c')
const clean = { failure: 'none', error: '', fins: '11', resets: '00' }

/** How the two ends of one connection see its end; the lines run in this order, the client's first. */
const pairEnds = [
  {
    what: 'the client closes first',
    lines: [
      ['client', 's.close()'],
      ['server', 'receive(c); c.close()'],
    ],
    // Its socket is gone while the FIN of the other is to come: the kernel answers that without it.
    client: { ...clean, reason: 'local_fin', fins: '10' },
    server: { ...clean, reason: 'remote_fin' },
  },
  {
    what: 'the server closes first',
    lines: [
      ['server', 'c.close()'],
      ['client', 'receive(s); s.close()'],
    ],
    client: { ...clean, reason: 'remote_fin' },
    server: { ...clean, reason: 'local_fin', fins: '10' },
  },
  {
    what: 'the client shuts down and reads on',
    lines: [
      ['client', 's.shutdown(1)'],
      ['server', 'receive(c); c.close()'],
      ['client', 'receive(s); s.close()'],
    ],
    client: { ...clean, reason: 'local_fin' },
    server: { ...clean, reason: 'remote_fin' },
  },
  {
    what: 'the client resets',
    lines: [
      ['client', 'reset(s)'],
      ['server', serverIsOver],
    ],
    client: { ...clean, reason: 'local_reset', fins: '00', resets: '10' },
    server: { ...clean, reason: 'remote_reset', error: 'ECONNRESET', fins: '00', resets: '01' },
  },
  {
    what: 'the server resets',
    lines: [
      ['server', 'reset(c)'],
      ['client', clientIsOver],
    ],
    client: { ...clean, reason: 'remote_reset', error: 'ECONNRESET', fins: '00', resets: '01' },
    server: { ...clean, reason: 'local_reset', fins: '00', resets: '10' },
  },
  {
    what: 'the server closes with bytes unread',
    lines: [
      ['client', 'send(s, 100)'],
      ['server', 'until(lambda: tcp_info(c)["bytesReceived"] == 100); c.close()'],
      ['client', clientIsOver],
    ],
    client: { ...clean, reason: 'remote_reset', error: 'ECONNRESET', fins: '00', resets: '01' },
    server: { ...clean, reason: 'local_reset', fins: '00', resets: '10' },
  },
] as const

test.each(pairEnds)('$what: the record of each end says how', async ({ lines, client, server }) => {
  const namespace = await createNamespace()
  const seen = await watchEnds(namespace)
  const pair = await startPair({ from: namespace })
  await connectPair(pair)
  for (const [end, line] of lines) await pair[end].run(line)
  await seen.watch.collectUntil(() => seen.sink.ends.length === 2)
  const ofRole = (role: string) => seen.sink.ends.find(({ flow }) => flow.role === role)
  expect(how(ofRole('client'))).toEqual(client)
  expect(how(ofRole('server'))).toEqual(server)
})

test('FINs that cross: each end closed first, and each had the FIN of the other', async () => {
  const namespace = await createNamespace()
  const seen = await watchEnds(namespace)
  const pair = await startPair({ from: namespace })
  await connectPair(pair)
  await addRule(namespace, 'input', 'ip protocol tcp drop')
  await pair.client.run('s.close()')
  await pair.server.run('c.close()')
  await dropRules(namespace)
  await seen.watch.collectUntil(() => seen.sink.ends.length === 2)
  const both = { ...clean, reason: 'local_fin' }
  expect(seen.sink.ends.map(how)).toEqual([both, both])
})

test('a killed process, and a connection that ss -K destroys', async () => {
  const namespace = await createNamespace()
  const seen = await watchEnds(namespace)
  const killed = await startPair({ from: namespace })
  await connectPair(killed)
  await killed.client.kill()
  await killed.server.run('receive(c); c.close()')
  const destroyed = await startPair({ from: namespace })
  await connectPair(destroyed)
  await execIn(namespace, 'ss', '-K', 'dport', '=', `:${destroyed.port}`)
  await destroyed.server.run(serverIsOver)
  await seen.watch.collectUntil(() => seen.sink.ends.length === 4)

  const of = (pid: number) => how(seen.sink.ends.find(({ flow }) => flow.process.pid === pid))
  expect(of(killed.client.pid)).toMatchObject({ reason: 'local_fin', resets: '00' })
  expect(of(killed.server.pid)).toMatchObject({ reason: 'remote_fin', resets: '00' })
  expect(of(destroyed.client.pid)).toMatchObject({ reason: 'local_reset', error: 'ECONNABORTED' })
  expect(of(destroyed.server.pid)).toMatchObject({ reason: 'remote_reset', error: 'ECONNRESET' })
})

test.each([
  { what: 'data that nobody acknowledges', act: 's.setsockopt(6, 18, 300); send(s, 100)' },
  {
    what: 'keepalive probes that nobody answers',
    act: [
      's.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)',
      's.setsockopt(6, socket.TCP_KEEPCNT, 1)',
      's.setsockopt(6, socket.TCP_KEEPINTVL, 1)',
      's.setsockopt(6, socket.TCP_KEEPIDLE, 1)',
    ].join('\n'),
  },
])('$what: a timeout with its errno', async ({ act }) => {
  const namespace = await createNamespace()
  const seen = await watchEnds(namespace)
  const pair = await startPair({ from: namespace })
  await connectPair(pair)
  await addRule(namespace, 'input', `tcp dport ${pair.port} drop`)
  await pair.client.run(act)
  await pair.client.run(clientIsOver, 's.close()')
  await seen.watch.collectUntil(() => seen.sink.ends.length === 1)
  expect(how(seen.sink.ends[0])).toMatchObject({ reason: 'timeout', error: 'ETIMEDOUT' })
})

const failing = [
  { failure: 'refused', error: 'ECONNREFUSED', resets: '01', line: `try_connect('127.0.0.1', 9)` },
  { failure: 'timed_out', error: 'ETIMEDOUT', resets: '00', line: `try_connect('127.0.0.1', 10)` },
  {
    failure: 'cancelled',
    error: '',
    resets: '00',
    line: `begin_connect('127.0.0.1', 10).close()`,
  },
  {
    failure: 'host_unreachable',
    error: 'EHOSTUNREACH',
    resets: '00',
    line: `try_connect('127.0.0.1', 11)`,
  },
  {
    failure: 'net_unreachable',
    error: 'ENETUNREACH',
    resets: '00',
    line: `try_connect('127.0.0.1', 12)`,
  },
]

test.each(failing)('an attempt that failed, $failure', async ({ line, ...expected }) => {
  const namespace = await createNamespace()
  await setSysctl(namespace, 'net.ipv4.tcp_syn_retries', '1')
  await setSysctl(namespace, 'net.ipv4.tcp_syn_linear_timeouts', '0')
  await addRule(namespace, 'input', 'tcp dport 10 drop')
  await addRule(namespace, 'input', 'tcp dport 11 reject with icmp host-unreachable')
  await addRule(namespace, 'input', 'tcp dport 12 reject with icmp net-unreachable')
  const seen = await watchEnds(namespace)
  const client = startTraffic(namespace)
  await client.run(line)
  await seen.watch.collectUntil(() => seen.sink.ends.length === 1)

  const [end] = seen.sink.ends
  expect(how(end)).toEqual({ reason: 'none', fins: '00', ...expected })
  expect(end).toMatchObject({ localAddress: '127.0.0.1', bytesTx: 0, bytesRx: 0, rttMinUs: -1 })
  expect(end?.flow.process.pid).toBe(client.pid)
  expect(end?.localPort).toBeGreaterThanOrEqual(32_768)
  expect(end?.establishedTime).toBeUndefined()
  expect(end?.pktsRetrSyn).toBe(end?.pktsRetr)
  expect(end?.pktsTx).toBe(1)
})

const sent = { client: 3_000_000, server: 70_000 }

/** Holds a record against what TCP_INFO said just before the close. */
function expectFigures(end: EndedConnection, info: TcpInfo): void {
  const { pktsTx = 0, pktsRx = 0, pktsRetr = 0, pktsRetrSyn = 0 } = end
  const isClient = end.flow.role === 'client'
  expect(end).toMatchObject({
    bytesTx: isClient ? sent.client : sent.server,
    bytesRx: isClient ? sent.server : sent.client,
    pktsRetr: info.totalRetrans,
    rttMinUs: info.minRtt,
  })
  // The FIN, and the acknowledgement of the other's; a FIN may carry it.
  const synAcks = isClient ? 0 : pktsRetrSyn
  expect(pktsTx + pktsRetr - synAcks - info.segsOut).toBeOneOf([1, 2])
  expect(pktsRx - info.segsIn).toBeOneOf([1, 2])
  expect(end.srttUs).toBeGreaterThan(0)
}

test.each([
  { address: '127.0.0.1', loss: 0, isLate: false },
  { address: '127.0.0.1', loss: 5, isLate: false },
  { address: '::1', loss: 0, isLate: true },
])(
  'figures are those of TCP_INFO just before the close: $address, $loss % lost, adopted $isLate',
  async ({ address, loss, isLate }) => {
    const namespace = await createNamespace()
    const early = isLate ? undefined : await watchEnds(namespace)
    const pair = await startPair({ from: namespace, address })
    await addRule(namespace, 'input', `meta l4proto tcp numgen random mod 100 < ${loss} drop`)
    await connectPair(pair)
    const info = await exchangeQuietly(pair, sent)
    const seen = early ?? (await watchEnds(namespace))
    const clientPort = await pair.client.run<number>('port_of(s)')
    await execIn(namespace, 'nft', 'flush', 'ruleset')
    await pair.client.run('s.close()')
    await pair.server.run('receive(c); c.close()')
    await seen.watch.collectUntil(() => seen.sink.ends.length === 2)

    for (const end of seen.sink.ends) {
      const isClient = end.flow.role === 'client'
      const ports = isClient ? [clientPort, pair.port] : [pair.port, clientPort]
      expectFigures(end, isClient ? info.client : info.server)
      expect([end.localPort, end.remotePort]).toEqual(ports)
      expect(end.localAddress).toBe(address)
      expect(end.flow).toMatchObject({ remoteAddress: address, servicePort: pair.port })
      expect(end.startTime === undefined).toBe(isLate)
      expect(end.establishedTime === undefined).toBe(isLate)
      expect(end.pktsRetrSyn === undefined).toBe(isLate)
    }
  },
)

test('times are those of the wall clock, in order', async () => {
  const namespace = await createNamespace()
  const seen = await watchEnds(namespace)
  const pair = await startPair({ from: namespace })
  const begin = BigInt(Date.now()) * 1_000_000n
  await connectPair(pair)
  await pair.client.run('s.close()')
  await pair.server.run('receive(c); c.close()')
  const end = BigInt(Date.now() + 1) * 1_000_000n
  await seen.watch.collectUntil(() => seen.sink.ends.length === 2)
  for (const { startTime = 0n, establishedTime = 0n, endTime } of seen.sink.ends) {
    const times = [begin, startTime, establishedTime, endTime, end]
    expect(times).toEqual(times.toSorted((one, other) => Number(one - other)))
  }
})

const churn = (count: number) => ({
  client: `for _ in range(${count}): s = connect(*peer); send(s, 10); receive(s); s.close()`,
  server: `for _ in range(${count}): c = accept(l); receive(c, 10); send(c, 20); c.close()`,
})

test('10,000 short connections give 10,000 records at each end, none twice', async () => {
  const count = 10_000
  const namespace = await createNamespace()
  const seen = await watchEnds(namespace)
  const { client, server, port } = await startPair({ from: namespace })
  const lines = churn(count)
  const work = Promise.all([client.run(lines.client), server.run(lines.server)])
  await seen.watch.collectDuring(work)
  await seen.watch.collectUntil(() => seen.sink.ends.length >= 2 * count)

  expect(seen.watch.source.health()).toMatchObject({ untoldEnds: 0, ringFull: 0 })
  for (const [role, bytesTx, bytesRx] of [
    ['client', 10, 20],
    ['server', 20, 10],
  ] as const) {
    const ends = seen.sink.ends.filter(({ flow }) => flow.role === role)
    const distinct = new Set(
      ends.map(({ startTime, localPort, remotePort }) => `${startTime} ${localPort} ${remotePort}`),
    )
    expect(distinct.size).toBe(count)
    expect(ends).toHaveLength(count)
    expect(ends.every((end) => end.bytesTx === bytesTx && end.bytesRx === bytesRx)).toBe(true)
    const { closed, opened } = seen.watch.sum({ port, role })
    expect({ closed, opened }).toEqual({ closed: count, opened: count })
  }
})

test('records that the ring has no room for are counted, and the sums stay exact', async () => {
  const count = 500
  const namespace = await createNamespace()
  const seen = await watchEnds(namespace, 4096)
  const { client, server, port } = await startPair({ from: namespace })
  const lines = churn(count)
  await Promise.all([client.run(lines.client), server.run(lines.server)])
  await seen.watch.collectUntil(() => seen.watch.sum({ port }).closed === 2 * count)
  const { untoldEnds = 0 } = seen.watch.source.health()
  expect(untoldEnds).toBeGreaterThan(0)
  expect(seen.sink.ends.length + untoldEnds).toBe(2 * count)
})

test('a sink that does not ask is told of no single end', async () => {
  const namespace = await createNamespace()
  const asking = await watchEnds(namespace)
  const other = await watch([namespace])
  const { client, server, port } = await startPair({ from: namespace })
  const lines = churn(10)
  await Promise.all([client.run(lines.client), server.run(lines.server)])
  await other.collectUntil(() => other.sum({ port }).closed === 20)
  await asking.watch.collectUntil(() => asking.sink.ends.length === 20)
  const growth = asking.watch.source.health().records - other.source.health().records
  expect(growth).toBeGreaterThanOrEqual(20)
})
