import { expect, test } from 'vitest'
import type { Signals } from '../../src/connection/signals.ts'
import { expectedOf, nothingReported } from '../../src/receiver/nettracer/coverage.ts'
import type { InetDiagSource } from '../../src/source/inet-diag.ts'
import { type Ends, payloadSent, sums } from '../support/ends.ts'
import { createNamespace, readNstat } from '../support/netns.ts'
import { watchDiag } from '../support/source.ts'
import { connectPair, startPair, type TcpInfo } from '../support/traffic.ts'

async function openEnds(address = '127.0.0.1', listenOn = address): Promise<Ends<InetDiagSource>> {
  const namespace = await createNamespace()
  const pair = await startPair({ from: namespace, address, listenOn })
  const seen = await watchDiag([namespace])
  await connectPair(pair)
  return { pair, seen }
}

const open = { opened: 1, active: 1, closed: 0, failed: 0 }
const once = { opened: 1, closed: 1, active: 0, failed: 0 }

test.each([
  { count: 0, address: '127.0.0.1', listenOn: '127.0.0.1', networkType: 'ipv4', send: 'send' },
  { count: 1, address: '127.0.0.1', listenOn: '127.0.0.1', networkType: 'ipv4', send: 'send' },
  { count: 100, address: '::1', listenOn: '::1', networkType: 'ipv6', send: 'send' },
  { count: 100, address: '127.0.0.1', listenOn: '::', networkType: 'ipv4', send: 'send' },
  { count: 100, address: '::ffff:127.0.0.1', listenOn: '::', networkType: 'ipv4', send: 'send' },
  { count: 5e9, address: '127.0.0.1', listenOn: '::', networkType: 'ipv4', send: 'send_file' },
] as const)(
  '$count bytes each way to $address, by $send, are counted to the byte as $networkType',
  async ({ count, address, listenOn, networkType, send }) => {
    const ends = await openEnds(address, listenOn)
    const { client, server } = ends.pair
    await ends.seen.collect()
    expect(sums(ends)).toMatchObject({ client: open, server: open })

    await Promise.all([client.run(`${send}(s, ${count})`), server.run(`receive(c, ${count})`)])
    await Promise.all([server.run(`${send}(c, ${count})`), client.run(`receive(s, ${count})`)])
    const clientInfo = await client.run<TcpInfo>('tcp_info(s)')
    const serverInfo = await server.run<TcpInfo>('tcp_info(c)')
    await ends.seen.collectUntil(() => sums(ends).server.bytesTx === count)
    const carried = { bytesTx: count, bytesRx: count }
    expect(sums(ends)).toMatchObject({
      client: { ...open, ...carried, pktsRx: clientInfo.segsIn },
      server: { ...open, ...carried, pktsRx: serverInfo.segsIn },
    })

    await client.run('s.close()')
    await server.run('receive(c); c.close()')
    await ends.seen.collectUntil(() => sums(ends).server.closed === 1)
    expect([payloadSent(clientInfo), clientInfo.bytesReceived]).toEqual([count, count])
    expect([payloadSent(serverInfo), serverInfo.bytesReceived]).toEqual([count, count])
    expect(sums(ends)).toMatchObject({
      client: { ...carried, ...once, closedBy: { local_fin: 1 } },
      server: { ...carried, ...once, closedBy: { remote_fin: 1 } },
    })
    const types = new Set(
      ends.seen.of({ port: ends.pair.port }).map(({ flow }) => flow.networkType),
    )
    expect([...types]).toEqual([networkType])
  },
)

test('what a connection did before the start is in no report, and what it does then is', async () => {
  const namespace = await createNamespace()
  const pair = await startPair({ from: namespace })
  await connectPair(pair)
  await Promise.all([pair.client.run('send(s, 70_000)'), pair.server.run('receive(c, 70_000)')])
  const ends = { pair, seen: await watchDiag([namespace]) }
  await ends.seen.collect()
  const adopted = {
    opened: 0,
    active: 1,
    bytesTx: 0,
    bytesRx: 0,
    pktsTx: 0,
    pktsRx: 0,
    pktsRetr: 0,
  }
  expect(sums(ends)).toMatchObject({ client: adopted, server: adopted })

  await Promise.all([pair.client.run('send(s, 123)'), pair.server.run('receive(c, 123)')])
  await pair.client.run('s.close()')
  await pair.server.run('receive(c); c.close()')
  await ends.seen.collectUntil(() => sums(ends).server.closed === 1)
  const ended = { opened: 0, active: 0, closed: 1 }
  expect(sums(ends)).toMatchObject({
    client: { ...ended, bytesTx: 123, bytesRx: 0 },
    server: { ...ended, bytesTx: 0, bytesRx: 123 },
  })
})

test('many dumps during a transfer add up to the byte, and none is negative', async () => {
  const ends = await openEnds()
  const { client, server } = ends.pair
  const count = 1_000_000_000
  await ends.seen.collect()
  const transfer = Promise.all([
    client.run(`in_thread(send, s, ${count}); receive(s, ${count})`),
    server.run(`in_thread(send, c, ${count}); receive(c, ${count})`),
  ])
  expect(await ends.seen.collectDuring(transfer)).toBeGreaterThan(3)
  await ends.seen.collectUntil(() => {
    const { client: one, server: other } = sums(ends)
    return one.bytesTx >= count && other.bytesTx >= count
  })
  const expected = { bytesTx: count, bytesRx: count, ...open }
  expect(sums(ends)).toMatchObject({ client: expected, server: expected })
  const grown = ends.seen.sink.increments.flatMap((one) => [one.bytesTx, one.bytesRx, one.pktsTx])
  expect(Math.min(...grown)).toBeGreaterThanOrEqual(0)
})

test('2,000 connections that begin and end between two dumps are counted once, to the byte', async () => {
  const namespace = await createNamespace()
  const pair = await startPair({ from: namespace })
  const seen = await watchDiag([namespace])
  const { client, server, port } = pair
  await Promise.all([
    client.run(
      'for _ in range(2000): s = connect(*peer); send(s, 777); receive(s, 333); s.close()',
    ),
    server.run(
      'for _ in range(2000): c = accept(l); receive(c, 777); send(c, 333); receive(c); c.close()',
    ),
  ])
  const ofServer = () => seen.sum({ role: 'server', port })
  await seen.collectUntil(() => ofServer().closed + seen.sum({ role: 'client' }).closed >= 4000)

  const counts = { opened: 2000, closed: 2000, active: 0, failed: 0 }
  expect(seen.sum({ pid: server.pid, role: 'server', port })).toMatchObject({
    bytesTx: 2000 * 333,
    bytesRx: 2000 * 777,
    ...counts,
    closedBy: { remote_fin: 2000 },
  })
  // Nobody tells any more whose the clients were.
  const clients = seen.sum({ pid: 0, role: 'client', port })
  expect(clients).toMatchObject({
    bytesTx: 2000 * 777,
    ...counts,
    closedBy: { local_fin: 2000 },
  })
  // Of a connection that closed first, nothing tells whether the remote FIN was still counted.
  expect(clients.bytesRx).toBeGreaterThanOrEqual(2000 * 332)
  expect(clients.bytesRx).toBeLessThanOrEqual(2000 * 333)
  expect(seen.source.health()).toMatchObject({ endsMissed: 0, lost: 0 })
})

test('what is reported covers what the namespace counted, as far as this source can tell', async () => {
  const namespace = await createNamespace()
  const pair = await startPair({ from: namespace })
  const seen = await watchDiag([namespace])
  const sums = nothingReported()
  for (let round = 0; round < 20; round += 1) {
    await connectPair(pair)
    await Promise.all([
      pair.client.run('send(s, 3_000_000); s.close()'),
      pair.server.run('receive(c); c.close()'),
    ])
    await seen.collect()
  }
  await seen.collectUntil(() => seen.sum({}).closed === 40)
  const read = await readNstat(namespace)
  for (const { flow, pktsTx, pktsRetr, opened } of seen.of({})) {
    sums.pktsTx += pktsTx
    sums.pktsRetr += pktsRetr
    if (flow.role === 'server') sums.accepted += opened
    else sums.attempts += opened
  }
  const ours = expectedOf(sums)
  expect(ours.opens).toBe(read('TcpActiveOpens') + read('TcpPassiveOpens'))
  expect(ours.retransmissions).toBe(read('TcpRetransSegs'))
  // Missing are the acknowledgements of a FIN that met a socket in time-wait: one a connection at most.
  expect(ours.segments).toBeLessThanOrEqual(read('TcpOutSegs'))
  expect(ours.segments).toBeGreaterThanOrEqual(read('TcpOutSegs') - 20)
})

test('how long a connection waited for the receiver, and for what else, is the kernel’s own count', async () => {
  const ends = await openEnds()
  const { client, server } = ends.pair
  const sending = client.run('send(s, 30_000_000)')
  await server.run('time.sleep(0.3); receive(c, 30_000_000)')
  await sending
  const [busy, receiver, sender] = await client.run<[number, number, number]>(
    'until(lambda: tcp_info(s)["bytesAcked"] == 30_000_001)',
    `list(struct.unpack_from('=3Q', s.getsockopt(6, socket.TCP_INFO, 280), 168))`,
  )
  await ends.seen.collect()
  await ends.seen.collect()
  const told = ends.seen.of({ pid: client.pid }).map(({ signals }) => signals)
  const total = (key: keyof Signals) => told.reduce((sum, one) => sum + (one?.[key] ?? 0), 0)
  expect(receiver).toBeGreaterThan(100_000)
  expect(total('limitedReceiverUs')).toBe(receiver)
  expect(total('limitedSenderUs')).toBe(sender)
  expect(total('limitedNetworkUs')).toBe(busy - receiver - sender)
})
