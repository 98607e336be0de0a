import { describe, expect, test } from 'vitest'
import { type MetricName, metrics } from '../../src/generated/metrics.ts'
import { type Claim, claimed, expectClaims } from '../support/claims.ts'
import { addRule, createNamespace, dropRules, execIn, setSysctl } from '../support/netns.ts'
import { Observed, type SourceName, sourceNames } from '../support/observed.ts'
import {
  connectPair,
  exchangeQuietly,
  type Pair,
  startPair,
  startTraffic,
  type TcpInfo,
} from '../support/traffic.ts'
import { udp } from '../support/udp.ts'

// One list for both sources: what absences.ts does not name must be right, and what it names must not be there.

type Role = 'client' | 'server'
const roles: readonly Role[] = ['client', 'server']

/** Nobody listens on it; another in each run at the same time. */
const nobody = 10_000 + (process.pid % 20_000)
const sent = { client: 300_000, server: 70_000 }

/** The points of one end. */
const end = (pair: Pair, role: Role) => ({
  'process.pid': pair[role].pid,
  'nettracer.role': role,
  'server.port': pair.port,
})

const closedAt = (seen: Observed, port: number): number =>
  seen.points.where({ 'server.port': String(port) }).total('nettracer.connections.closed')

function bytesClaims(pair: Pair, role: Role, isOver: boolean): Claim[] {
  const where = end(pair, role)
  const bytesTx = role === 'client' ? sent.client : sent.server
  const bytesRx = role === 'client' ? sent.server : sent.client
  const received = isOver ? { lessExact: [bytesRx - 1, bytesRx] as const } : {}
  return [
    { metric: 'nettracer.bytes_tx', where, value: bytesTx },
    { metric: 'nettracer.bytes_rx', where, value: bytesRx, ...received },
    { metric: 'nettracer.session.bytes_tx', where, value: bytesTx, ofSum: true },
    { metric: 'nettracer.session.bytes_rx', where, value: bytesRx, ofSum: true, ...received },
  ]
}

function openClaims(pair: Pair, role: Role, info: TcpInfo): Claim[] {
  const where = end(pair, role)
  const someRate = [1, 1e12] as const
  return [
    { metric: 'nettracer.pkts_tx', where, value: info.segsOut - info.totalRetrans },
    { metric: 'nettracer.pkts_rx', where, value: info.segsIn },
    { metric: 'nettracer.pkts_retr', where, value: info.totalRetrans },
    { metric: 'nettracer.rtt', where, value: info.rtt / 1e3, ofSum: true },
    { metric: 'nettracer.rtt_variance', where, value: info.rttVariance / 1e3, ofSum: true },
    { metric: 'nettracer.connections.opened', where, value: 1 },
    { metric: 'nettracer.connections.active', where, value: 1 },
    { metric: 'nettracer.connect.duration', where, value: role === 'client' ? 1 : 0 },
    // Not all kernels allow its program.
    { metric: 'nettracer.accept.duration', where, value: [0, role === 'client' ? 0 : 1] },
    { metric: 'nettracer.response.duration', where, value: 1 },
    { metric: 'nettracer.traffic_tx', where, value: someRate },
    { metric: 'nettracer.traffic_rx', where, value: someRate },
    { metric: 'nettracer.traffic', where, value: someRate },
  ]
}

function closedClaims(pair: Pair, role: Role, reason: string): Claim[] {
  const where = end(pair, role)
  const finSent = { 'nettracer.tcp.flag': 'fin', 'network.io.direction': 'transmit' }
  const closed = 'nettracer.connections.closed'
  return [
    { metric: closed, where: { ...where, 'nettracer.close.reason': reason }, value: 1 },
    { metric: closed, where, value: 1 },
    { metric: 'nettracer.connections.opened', where, value: 1 },
    { metric: 'nettracer.connections.failed', where, value: 0 },
    { metric: 'nettracer.connections.active', where, value: 0 },
    { metric: 'nettracer.connection.duration', where, value: 1 },
    { metric: 'nettracer.tcp.flags', where: { ...where, ...finSent }, value: 1 },
  ]
}

async function openAndClose(source: SourceName, address: string): Promise<void> {
  const pair = await startPair({ from: await createNamespace(), address })
  const seen = await Observed.start(source)
  await connectPair(pair)
  const info = await exchangeQuietly(pair, sent)
  await seen.collect()
  for (const role of roles) {
    expectClaims(seen, bytesClaims(pair, role, false))
    expectClaims(seen, openClaims(pair, role, info[role]))
  }
  await pair.client.run('s.close()')
  await pair.server.run('receive(c); c.close()')
  await seen.collectUntil(() => closedAt(seen, pair.port) === 2)
  for (const role of roles) {
    expectClaims(seen, bytesClaims(pair, role, true))
    expectClaims(seen, closedClaims(pair, role, role === 'client' ? 'local_fin' : 'remote_fin'))
  }
}

/** Loss both ways while it is sent; then none, until all has come. */
async function loss(source: SourceName): Promise<void> {
  const namespace = await createNamespace()
  const pair = await startPair({ from: namespace })
  const seen = await Observed.start(source)
  await connectPair(pair)
  await addRule(namespace, 'input', 'meta l4proto tcp numgen random mod 100 < 5 drop')
  const info = await exchangeQuietly(pair, { client: 3_000_000, server: 1000 })
  await dropRules(namespace)
  await seen.collect()
  const at = info.client
  const where = end(pair, 'client')
  const limitedS = at.busyUs / 1e6
  const share = (100 * at.totalRetrans) / at.segsOut
  expect(at.totalRetrans).toBeGreaterThan(0)
  expectClaims(seen, [
    { metric: 'nettracer.bytes_tx', where, value: 3_000_000 },
    { metric: 'nettracer.pkts_retr', where, value: at.totalRetrans },
    { metric: 'nettracer.retr_percentage', where, value: [share - 1e-9, share + 1e-9] },
    { metric: 'nettracer.pkts_retr_spurious', where, value: at.dsackDups },
    { metric: 'nettracer.reorderings', where, value: at.reordSeen },
    { metric: 'nettracer.pkts_ecn_ce', where, value: at.deliveredCe },
    { metric: 'nettracer.retr_timeouts', where, value: at.totalRto },
    { metric: 'nettracer.send.limited', where, value: [limitedS - 1e-6, limitedS + 1e-6] },
    {
      metric: 'nettracer.pkts_rx_ooo',
      where: end(pair, 'server'),
      value: info.server.rcvOooPack,
    },
  ])
}

async function abort(source: SourceName): Promise<void> {
  const pair = await startPair({ from: await createNamespace() })
  const seen = await Observed.start(source)
  await connectPair(pair)
  await exchangeQuietly(pair, sent)
  await seen.collect()
  await pair.client.run('reset(s)')
  await pair.server.run('until(lambda: tcp_info(c)["state"] == 7); c.close()')
  await seen.collectUntil(() => closedAt(seen, pair.port) === 2)
  const directions = { client: 'transmit', server: 'receive' } as const
  for (const role of roles) {
    const where = end(pair, role)
    const isOwn = role === 'client'
    const reason = { 'nettracer.close.reason': isOwn ? 'local_reset' : 'remote_reset' }
    const resets = { ...where, 'network.io.direction': directions[role] }
    const told = isOwn ? {} : { lessExact: 0 }
    expectClaims(seen, bytesClaims(pair, role, false))
    expectClaims(seen, [
      { metric: 'nettracer.connections.closed', where, value: 1 },
      { metric: 'nettracer.connections.closed', where: { ...where, ...reason }, value: 1, ...told },
      { metric: 'nettracer.connections.active', where, value: 0 },
      { metric: 'nettracer.resets', where: resets, value: 1 },
    ])
  }
}

async function failures(source: SourceName): Promise<void> {
  const namespace = await createNamespace()
  await addRule(namespace, 'input', `tcp dport ${nobody + 1} drop`)
  await setSysctl(namespace, 'net.ipv4.tcp_syn_linear_timeouts', '0')
  const seen = await Observed.start(source)
  const client = startTraffic(namespace)
  const at = (port: number) => ({ 'nettracer.role': 'client', 'server.port': port })
  await client.run(`w = begin_connect('127.0.0.1', ${nobody + 1})`)
  await client.run(`q = begin_connect('127.0.0.1', ${nobody})`, 'time.sleep(1.3)', 'q.close()')
  await seen.collect()
  await client.run('w.close()')
  const failed = () =>
    [nobody, nobody + 1].reduce(
      (sum, port) =>
        sum +
        seen.points.where({ 'server.port': String(port) }).total('nettracer.connections.failed'),
      0,
    )
  await seen.collectUntil(() => failed() === 2)
  const metric = 'nettracer.connections.failed'
  const silent = { ...at(nobody + 1), 'process.pid': client.pid }
  expectClaims(seen, [
    { metric, where: { ...at(nobody), 'error.type': 'refused' }, value: 1 },
    { metric, where: silent, value: 1 },
    { metric, where: { ...silent, 'error.type': 'cancelled' }, value: 1, lessExact: 0 },
    { metric: 'nettracer.pkts_retr_syn', where: silent, value: 1 },
    { metric: 'nettracer.connections.opened', where: silent, value: 0 },
    { metric: 'nettracer.rejects', where: { 'server.port': nobody }, value: 1 },
  ])
}

async function listener(source: SourceName): Promise<void> {
  const namespace = await createNamespace()
  const server = startTraffic(namespace)
  const client = startTraffic(namespace)
  const port = await server.run<number>(`l = listen('127.0.0.1', backlog=3); port_of(l)`)
  const seen = await Observed.start(source)
  await client.run(`held = [begin_connect('127.0.0.1', ${port}) for _ in range(8)]`)
  await client.run('time.sleep(0.1)')
  await seen.collect()
  const told = await execIn(namespace, 'ss', '-tlmHn', `sport = :${port}`)
  const drops = Number(/\bd(\d+)\)/.exec(told)?.[1])
  const where = { 'process.pid': server.pid, 'server.port': port }
  expect(drops).toBeGreaterThan(0)
  expectClaims(seen, [
    { metric: 'nettracer.listen.backlog', where, value: 4 },
    { metric: 'nettracer.listen.backlog_limit', where, value: 3 },
    { metric: 'nettracer.listen.oldest_wait', where, value: [0.05, 20] },
    // Clients go on trying while it is read.
    { metric: 'nettracer.listen.overflows', where, value: [1, drops] },
  ])
}

async function datagrams(source: SourceName): Promise<void> {
  const namespace = await createNamespace()
  const seen = await Observed.start(source)
  const { pid, run } = (() => {
    const traffic = startTraffic(namespace)
    return { pid: traffic.pid, run: traffic.run.bind(traffic) }
  })()
  await run(
    `u = ${udp('AF_INET')}; u.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)`,
    `u.bind(('127.0.0.1', 0)); s = ${udp('AF_INET6')}`,
    "s.connect(('::ffff:127.0.0.1', port_of(u)))",
    "for _ in range(500): s.send(b'x' * 1000)",
    'u.recv(2000)',
  )
  // SO_MEMINFO, its last word: sk_drops.
  const drops = await run<number>("struct.unpack('9I', u.getsockopt(socket.SOL_SOCKET, 55, 36))[8]")
  await seen.collect()
  const where = { 'process.pid': pid }
  const transport = 'udp'
  const someRate = [1, 1e12] as const
  expect(drops).toBeGreaterThan(0)
  expectClaims(seen, [
    { metric: 'nettracer.connections.active', transport, where, value: 2 },
    { metric: 'nettracer.udp.drops', transport, where, value: drops },
    { metric: 'nettracer.bytes_tx', transport, where, value: 500_000 },
    { metric: 'nettracer.bytes_rx', transport, where, value: 1000 },
    { metric: 'nettracer.pkts_tx', transport, where, value: 500 },
    { metric: 'nettracer.pkts_rx', transport, where, value: 1 },
    { metric: 'nettracer.session.bytes_tx', transport, where, value: 500_000, ofSum: true },
    { metric: 'nettracer.session.bytes_rx', transport, where, value: 1000, ofSum: true },
    { metric: 'nettracer.traffic', transport, where, value: someRate },
    { metric: 'nettracer.traffic_tx', transport, where, value: someRate },
    { metric: 'nettracer.traffic_rx', transport, where, value: someRate },
  ])
}

/** What was before the start, or while nobody looked, is in no report; a restart makes no spike. */
async function baselines(source: SourceName): Promise<void> {
  const pair = await startPair({ from: await createNamespace() })
  await connectPair(pair)
  await exchangeQuietly(pair, sent)
  const claims = (role: Role, bytesTx: number, bytesRx: number): Claim[] => [
    { metric: 'nettracer.bytes_tx', where: end(pair, role), value: bytesTx },
    { metric: 'nettracer.bytes_rx', where: end(pair, role), value: bytesRx },
    { metric: 'nettracer.connections.opened', where: end(pair, role), value: 0 },
    { metric: 'nettracer.connections.active', where: end(pair, role), value: 1 },
  ]
  for (const more of [123, 4567]) {
    const seen = await Observed.start(source)
    await seen.collect()
    for (const role of roles) expectClaims(seen, claims(role, 0, 0))
    await exchangeQuietly(pair, { client: more, server: 1 })
    await seen.collect()
    expectClaims(seen, [...claims('client', more, 1), ...claims('server', 1, more)])
    await seen.stop()
    await exchangeQuietly(pair, { client: 1000, server: 1000 })
  }
}

const scenarios: readonly { what: string; run: (source: SourceName) => Promise<void> }[] = [
  { what: 'a connection over IPv4, and its end', run: (one) => openAndClose(one, '127.0.0.1') },
  { what: 'a connection over IPv6, and its end', run: (one) => openAndClose(one, '::1') },
  { what: 'loss, and who is the brake', run: loss },
  { what: 'a connection that is aborted', run: abort },
  { what: 'attempts that fail', run: failures },
  { what: 'a listening socket whose queue is full', run: listener },
  { what: 'UDP', run: datagrams },
  { what: 'a connection older than the start, and than a restart', run: baselines },
]

/** Matters of the moment or of the whole namespace, which have tests of their own. */
const elsewhere: readonly MetricName[] = [
  'nettracer.zero_windows',
  'nettracer.listen.syn_cookies',
  'nettracer.listen.syn_cookies_failed',
]

describe.each(sourceNames)('%s', (source) => {
  test.each(scenarios)('$what', async ({ run }) => {
    await expect(run(source)).resolves.toBeUndefined()
  })

  test('each metric of the catalogue was claimed', () => {
    const names = Object.keys(metrics).filter((name) => !elsewhere.includes(name as MetricName))
    expect([...claimed[source]].toSorted()).toEqual(names.toSorted())
  })
})
