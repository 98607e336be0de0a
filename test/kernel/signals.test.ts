import { expect, test } from 'vitest'
import { createRoutedNamespaces, execIn, type Namespace } from '../support/netns.ts'
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
      'send(s, 500_000)',
      's.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4608)',
      'while tcp_info(s)["sndbufLimitedUs"] < 8_000: send(s, 1000)',
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
