import { expect, test } from 'vitest'
import { type Capture, startCapture } from '../support/capture.ts'
import {
  addRule,
  createNamespace,
  createRoutedNamespaces,
  dropRules,
  execIn,
  type Namespace,
  readNstat,
  setSysctl,
} from '../support/netns.ts'
import { type SignalSum, type Watch, watch } from '../support/source.ts'
import { connectPair, type Pair, startPair, type TcpInfo } from '../support/traffic.ts'

/** A sender and a receiver behind a router that is slow: its queue is what makes the delay. */
async function slowRoute(rate = '80mbit burst 20kb') {
  const route = await createRoutedNamespaces()
  const shape = `qdisc add dev ${route.cableOfB.a} root tbf rate ${rate} latency 100ms`
  await execIn(route.router, 'tc', ...shape.split(' '))
  return route
}

interface Sending {
  readonly pair: Pair
  readonly seen: Watch
  readonly a: Namespace
}

async function openOverSlowRoute(rate?: string): Promise<Sending> {
  const { a, b } = await slowRoute(rate)
  const seen = await watch([a, b])
  const pair = await startPair({ from: a, to: b, address: '10.98.2.2' })
  await connectPair(pair)
  return { pair, seen, a }
}

const sent = ({ seen, pair, a }: Sending): SignalSum =>
  seen.signals({ netns: a.inode, pid: pair.client.pid, port: pair.port, role: 'client' })

/** TCP_INFO of the sender once all is acknowledged, and a collection made then. */
async function infoAtRest({ pair, seen }: Sending): Promise<TcpInfo> {
  for (;;) {
    const before = await pair.client.run<TcpInfo>('tcp_info(s)')
    await seen.collect()
    const after = await pair.client.run<TcpInfo>('tcp_info(s)')
    if (JSON.stringify(before) === JSON.stringify(after)) return after
  }
}

/** As TCP_INFO has it: `busyUs` is the sum of all three. */
const limitedOf = (info: TcpInfo) => ({
  limitedNetworkUs: info.busyUs - info.rwndLimitedUs - info.sndbufLimitedUs,
  limitedReceiverUs: info.rwndLimitedUs,
  limitedSenderUs: info.sndbufLimitedUs,
})

test.each([
  {
    limit: 'limitedNetworkUs',
    why: 'the way is slow',
    rate: '80mbit burst 20kb',
    client: 'send(s, 4_000_000)',
    server: 'receive(c, 4_000_000)',
  },
  {
    limit: 'limitedReceiverUs',
    why: 'the receiver does not read',
    rate: '80mbit burst 20kb',
    client: 'send(s, 8_000_000)',
    server: 'time.sleep(1); receive(c, 8_000_000)',
  },
  {
    limit: 'limitedSenderUs',
    why: 'the send buffer is small',
    rate: '20mbit burst 2kb',
    // First the congestion window grows, then less than half of it fits the buffer.
    client: [
      's.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)',
      'send(s, 300_000)',
      's.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 10_000)',
      'while tcp_info(s)["sndbufLimitedUs"] < 8_000:',
      '    for _ in range(100): send(s, 2000)',
      's.shutdown(socket.SHUT_WR)',
    ].join('\n'),
    server: 'receive(c)',
  },
] as const)('time limited because $why is that of TCP_INFO', async (how) => {
  const { limit, rate, client, server } = how
  const sending = await openOverSlowRoute(rate)
  const { pair, seen } = sending
  await seen.collectDuring(Promise.all([pair.client.run(client), pair.server.run(server)]))
  const info = await infoAtRest(sending)
  const sum = sent(sending)
  expect(sum).toMatchObject(limitedOf(info))
  expect(sum[limit]).toBeGreaterThan(0)
})

test('time limited is reported at the end of a connection that no pass saw, too', async () => {
  const sending = await openOverSlowRoute()
  const { pair, seen } = sending
  await Promise.all([
    pair.client.run('send(s, 4_000_000)'),
    pair.server.run('receive(c, 4_000_000)'),
  ])
  const info = await pair.client.run<TcpInfo>(
    'until(lambda: tcp_info(s)["bytesAcked"] > 4_000_000); tcp_info(s)',
  )
  await pair.client.run('s.close()')
  await pair.server.run('c.close()')
  await seen.collectUntil(() => seen.sum({ pid: pair.client.pid }).closed === 1)
  // The FIN is something to send as well: a jiffy more at most.
  const { limitedNetworkUs } = sent(sending)
  const expected = limitedOf(info).limitedNetworkUs
  expect(expected).toBeGreaterThan(0)
  expect(limitedNetworkUs).toBeGreaterThanOrEqual(expected)
  expect(limitedNetworkUs).toBeLessThanOrEqual(expected + 10_000)
})

test('what limited a connection is not reported again of the next one on its socket', async () => {
  const sending = await openOverSlowRoute()
  const { pair, seen } = sending
  await Promise.all([
    pair.client.run('send(s, 4_000_000)'),
    pair.server.run('receive(c, 4_000_000)'),
  ])
  await pair.client.run('until(lambda: tcp_info(s)["bytesAcked"] > 4_000_000)')
  // The kernel goes on counting where it was.
  await pair.client.run('disconnect(s)')
  const { busyUs } = await pair.client.run<TcpInfo>('tcp_info(s)')
  await seen.collectUntil(() => seen.sum({ pid: pair.client.pid }).closed === 1)
  const once = sent(sending)
  await pair.client.run(`s.connect(('10.98.2.2', ${pair.port}))`)
  await seen.collectUntil(() => seen.sum({ pid: pair.client.pid }).opened === 2)
  expect(busyUs).toBeGreaterThan(0)
  expect(sent(sending)).toEqual(once)
})

test('what limited a connection before the source started is not reported', async () => {
  const { a, b } = await slowRoute()
  const pair = await startPair({ from: a, to: b, address: '10.98.2.2' })
  await connectPair(pair)
  await Promise.all([
    pair.client.run('send(s, 4_000_000)'),
    pair.server.run('receive(c, 4_000_000)'),
  ])
  const before = await pair.client.run<TcpInfo>(
    'until(lambda: tcp_info(s)["bytesAcked"] > 4_000_000); tcp_info(s)',
  )
  const sending = { pair, a, seen: await watch([a, b]) }
  await Promise.all([
    pair.client.run('send(s, 4_000_000)'),
    pair.server.run('receive(c, 4_000_000)'),
  ])
  const after = await infoAtRest(sending)
  const { limitedNetworkUs } = sent(sending)
  expect(limitedOf(before).limitedNetworkUs).toBeGreaterThan(0)
  expect(limitedNetworkUs).toBe(
    limitedOf(after).limitedNetworkUs - limitedOf(before).limitedNetworkUs,
  )
})

/** The counts of the kernel for the whole namespace, in which there is no other connection. */
async function causesByNstat(namespace: Namespace) {
  const nstat = await readNstat(namespace)
  return {
    all: nstat('TcpRetransSegs'),
    syn: nstat('TcpExtTCPSynRetrans'),
    fast: nstat('TcpExtTCPFastRetrans'),
    /** Those of the timer itself are in none but the sum. */
    afterTimeout: nstat('TcpExtTCPSlowStartRetrans'),
    timeouts: nstat('TcpExtTCPTimeouts'),
    probes: nstat('TcpExtTCPLossProbes'),
  }
}

const told = ({ timeouts, pktsRxOutOfOrder, pktsSpurious, pktsCe, reorderings }: SignalSum) => ({
  timeouts,
  pktsRxOutOfOrder,
  pktsSpurious,
  pktsCe,
  reorderings,
})

const expectedOf = (info: TcpInfo) => ({
  timeouts: info.totalRto,
  pktsRxOutOfOrder: info.rcvOooPack,
  pktsSpurious: info.dsackDups,
  pktsCe: info.deliveredCe,
  reorderings: info.reordSeen,
})

test('retransmissions are told by cause as nstat counts them, and other signals are those of TCP_INFO', async () => {
  const { a, b, router } = await createRoutedNamespaces()
  await setSysctl(a, 'net.ipv4.tcp_ecn', '1')
  const seen = await watch([a, b])
  const pair = await startPair({ from: a, to: b, address: '10.98.2.2' })
  const { client, server, port } = pair
  await connectPair(pair)
  // Enough that whole windows are lost, and tails.
  await addRule(router, 'forward', 'ip protocol tcp numgen random mod 100 < 12 drop')
  await addRule(router, 'forward', 'ip ecn ect0 numgen random mod 100 < 10 ip ecn set ce')
  const filter = { netns: a.inode, pid: client.pid, port, role: 'client' } as const
  const isCauseMissing = () => {
    const { retrFast, retrTimeout, retrTailProbe, pktsCe } = seen.signals(filter)
    return Math.min(retrFast, retrTimeout, retrTailProbe, pktsCe) === 0
  }
  do {
    await seen.collectDuring(
      Promise.all([
        client.run('for _ in range(30): send(s, 30_000); receive(s, 10)'),
        server.run('for _ in range(30): receive(c, 30_000); send(c, 10)'),
      ]),
    )
  } while (isCauseMissing())
  await dropRules(router)
  const info = await infoAtRest({ pair, seen, a })
  const nstat = await causesByNstat(a)

  const causes = seen.signals(filter)
  expect(seen.sum(filter).pktsRetr).toBe(nstat.all)
  const { retrFast, retrTimeout, retrTailProbe, retrOther } = causes
  expect(retrFast + retrTimeout + retrTailProbe + retrOther).toBe(nstat.all)
  expect(retrFast).toBe(nstat.fast)
  // Each timeout sends one segment again.
  expect(retrTimeout).toBe(nstat.afterTimeout + nstat.timeouts)
  // A probe may be a segment that was never sent before.
  expect(retrTailProbe).toBeLessThanOrEqual(nstat.probes)
  expect(retrOther).toBe(0)
  expect(told(causes)).toEqual(expectedOf(info))
  const ofServer = { netns: b.inode, pid: server.pid, port, role: 'server' } as const
  const received = await server.run<TcpInfo>('tcp_info(c)')
  expect(told(seen.signals(ofServer))).toEqual(expectedOf(received))
  expect(received.rcvOooPack).toBeGreaterThan(0)
  expect(causes.timeouts).toBe(nstat.timeouts)
})

test('a window that stays closed is found once, at both ends', async () => {
  const { a, b } = await createRoutedNamespaces()
  const seen = await watch([a, b])
  const pair = await startPair({ from: a, to: b, address: '10.98.2.2' })
  const { client, server, port } = pair
  await connectPair(pair)
  const count = 20_000_000
  const closed = () => ({
    client: seen.signals({ pid: client.pid, port }),
    server: seen.signals({ pid: server.pid, port }),
  })
  const sending = client.run(`send(s, ${count})`)
  await seen.collectUntil(() => closed().client.windowsClosedRx > 0)
  await seen.collectUntil(() => closed().server.windowsClosedTx > 0)
  await seen.collect()
  await Promise.all([sending, server.run(`receive(c, ${count})`)])
  await seen.collect()
  expect(closed()).toMatchObject({
    client: { windowsClosedRx: 1, windowsClosedTx: 0 },
    server: { windowsClosedRx: 0, windowsClosedTx: 1 },
  })
})

/** Segments of a capture that a filter takes. On loopback each is there once, dropped by a filter or not. */
async function count(capture: Capture, filter: string): Promise<number> {
  const output = await execIn(
    capture.namespace,
    'tcpdump',
    '-nr',
    capture.file,
    `tcp and ${filter}`,
  )
  return output.split('\n').filter((line) => line !== '').length
}

const flagsOf = (port: number) => {
  const [syn, synAck] = ['tcp[13] & 18 = 2', 'tcp[13] & 18 = 18']
  const [fin, rst] = ['tcp[13] & 1 = 1', 'tcp[13] & 4 = 4']
  return {
    client: { syn, fin, rst, where: `dst port ${port}` },
    server: { synAck, fin, where: `src port ${port}` },
  }
}

test('what the flags are made of is what tcpdump saw', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const pair = await startPair({ from: namespace })
  const { client, server, port } = pair
  const capture = await startCapture(namespace)
  const input = (rule: string) => addRule(namespace, 'input', `tcp ${rule} drop`)
  await input(`dport ${port} tcp flags syn / syn,ack quota until 100 bytes`)
  await input(`sport ${port} tcp flags syn,ack / syn,ack quota until 100 bytes`)
  await input(`dport ${port} tcp flags & fin == fin quota until 60 bytes`)
  await input(`sport ${port} tcp flags & fin == fin quota until 60 bytes`)

  for (const end of ['s.close()', 's.shutdown(1); receive(s); s.close()', 'reset(s)']) {
    await connectPair(pair)
    const ended = server.run('try: receive(c)\nexcept OSError: pass\nc.close()')
    await client.run(end)
    await ended
  }
  await seen.collectUntil(() => seen.sum({ port }).closed === 6)
  await capture.stop()

  const { client: sent, server: answered } = flagsOf(port)
  const clientSum = seen.sum({ pid: client.pid, port })
  const serverSum = seen.sum({ pid: server.pid, port })
  const synAcksAgain = seen
    .listeners({ port })
    .reduce((sum, one) => sum + one.synAcksRetransmitted, 0)
  const by = (flag: string, where: string) => count(capture, `${where} and ${flag}`)
  const counts = {
    synTx: clientSum.attempts + clientSum.pktsRetrSyn,
    finTx: clientSum.finsTx,
    rstTx: clientSum.resetsTx,
    synAckTx: serverSum.opened + synAcksAgain,
    serverFinTx: serverSum.finsTx,
  }
  expect(counts).toEqual({
    synTx: await by(sent.syn, sent.where),
    finTx: await by(sent.fin, sent.where),
    rstTx: await by(sent.rst, sent.where),
    synAckTx: await by(answered.synAck, answered.where),
    serverFinTx: await by(answered.fin, answered.where),
  })
  // Each was dropped, so each was sent more often than there were connections.
  expect(Math.min(counts.synTx, counts.synAckTx)).toBeGreaterThan(3)
  expect(Math.min(counts.finTx, counts.serverFinTx)).toBeGreaterThan(2)
  // Received: once for each connection, however often it came.
  expect(clientSum).toMatchObject({ opened: 3, resetsRx: 0 })
  expect(serverSum).toMatchObject({ opened: 3, finsRx: 2, resetsRx: 1 })
  expect(clientSum.finsRx + clientSum.handedOver).toBe(2)
})
