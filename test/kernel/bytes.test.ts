import { expect, test } from 'vitest'
import type { EbpfSource } from '../../src/source/ebpf.ts'
import { type Ends, payloadSent, sums } from '../support/ends.ts'
import { createNamespace } from '../support/netns.ts'
import { watch } from '../support/source.ts'
import { connectPair, startPair, type TcpInfo } from '../support/traffic.ts'

async function openEnds(address = '127.0.0.1', listenOn = address): Promise<Ends<EbpfSource>> {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const pair = await startPair({ from: namespace, address, listenOn })
  await connectPair(pair)
  return { pair, seen }
}

const once = { opened: 1, closed: 1, active: 0, failed: 0 }

test.each([
  { count: 0, address: '127.0.0.1', listenOn: '127.0.0.1', networkType: 'ipv4', send: 'send' },
  { count: 1, address: '127.0.0.1', listenOn: '127.0.0.1', networkType: 'ipv4', send: 'send' },
  { count: 100, address: '::1', listenOn: '::1', networkType: 'ipv6', send: 'send' },
  { count: 100, address: '127.0.0.1', listenOn: '::', networkType: 'ipv4', send: 'send' },
  { count: 100, address: '::ffff:127.0.0.1', listenOn: '::', networkType: 'ipv4', send: 'send' },
  { count: 5e7, address: '127.0.0.1', listenOn: '127.0.0.1', networkType: 'ipv4', send: 'send' },
  { count: 5e7, address: '::1', listenOn: '::', networkType: 'ipv6', send: 'send_file' },
  { count: 5e9, address: '127.0.0.1', listenOn: '::', networkType: 'ipv4', send: 'send_file' },
] as const)(
  '$count bytes each way to $address, by $send, are counted to the byte as $networkType',
  async ({ count, address, listenOn, networkType, send }) => {
    const ends = await openEnds(address, listenOn)
    const { client, server } = ends.pair

    await Promise.all([client.run(`${send}(s, ${count})`), server.run(`receive(c, ${count})`)])
    await Promise.all([server.run(`${send}(c, ${count})`), client.run(`receive(s, ${count})`)])
    const clientInfo = await client.run<TcpInfo>('tcp_info(s)')
    const serverInfo = await server.run<TcpInfo>('tcp_info(c)')
    await client.run('s.close()')
    await server.run('receive(c); c.close()')
    await ends.seen.collect()

    expect([payloadSent(clientInfo), clientInfo.bytesReceived]).toEqual([count, count])
    expect([payloadSent(serverInfo), serverInfo.bytesReceived]).toEqual([count, count])
    const expected = { bytesTx: count, bytesRx: count, ...once }
    expect(sums(ends)).toMatchObject({ client: expected, server: expected })
    const types = new Set(
      ends.seen.of({ port: ends.pair.port }).map(({ flow }) => flow.networkType),
    )
    expect([...types]).toEqual([networkType])
  },
)

test('an end that shut down its writing side goes on receiving, and all of it counts', async () => {
  const ends = await openEnds()
  const { client, server } = ends.pair

  await client.run('send(s, 1000); s.shutdown(socket.SHUT_WR)')
  expect(await server.run('receive(c)')).toBe(1000)
  await ends.seen.collect()
  await Promise.all([server.run('send(c, 3_000_001)'), client.run('receive(s, 3_000_001)')])
  const clientInfo = await client.run<TcpInfo>('tcp_info(s)')
  const serverInfo = await server.run<TcpInfo>('tcp_info(c)')
  await ends.seen.collect()

  expect(clientInfo.bytesReceived).toBe(3_000_001)
  expect(serverInfo.bytesReceived).toBe(1000 + 1) // the FIN
  const open = { opened: 1, active: 1, closed: 0 }
  expect(sums(ends)).toMatchObject({
    client: { bytesTx: 1000, bytesRx: 3_000_001, ...open },
    server: { bytesTx: 3_000_001, bytesRx: 1000, ...open },
  })

  await server.run('c.close()')
  await client.run('receive(s); s.close()')
  await ends.seen.collect()
  expect(sums(ends)).toMatchObject({
    client: { bytesTx: 1000, bytesRx: 3_000_001, ...once, closedBy: { local_fin: 1 } },
    server: { bytesTx: 3_000_001, bytesRx: 1000, ...once, closedBy: { remote_fin: 1 } },
  })
})

test('a connection that ends by SO_LINGER 0 loses no byte', async () => {
  const ends = await openEnds()
  const { client, server } = ends.pair

  await Promise.all([client.run('send(s, 70_000)'), server.run('receive(c, 70_000)')])
  await client.run('reset(s)')
  await server.run('until(lambda: tcp_info(c)["state"] == 7); c.close()')
  await ends.seen.collect()

  expect(sums(ends)).toMatchObject({
    client: { bytesTx: 70_000, bytesRx: 0, ...once, resetsTx: 1, closedBy: { local_reset: 1 } },
    server: { bytesTx: 0, bytesRx: 70_000, ...once, resetsRx: 1, closedBy: { remote_reset: 1 } },
  })
})

test('bytes that the process left unread when it closed count as received', async () => {
  const ends = await openEnds()
  const { client, server } = ends.pair

  await client.run('send(s, 5000)')
  await server.run('until(lambda: tcp_info(c)["bytesReceived"] == 5000); c.close()')
  await client.run('until(lambda: tcp_info(s)["state"] == 7); s.close()')
  await ends.seen.collect()

  expect(sums(ends)).toMatchObject({
    client: { bytesTx: 5000, bytesRx: 0, ...once, closedBy: { remote_reset: 1 } },
    server: { bytesTx: 0, bytesRx: 5000, ...once, closedBy: { local_reset: 1 } },
  })
})

test('many collections during a transfer add up to the byte', async () => {
  const ends = await openEnds()
  const { client, server } = ends.pair
  const count = 400_000_000
  await ends.seen.collect()

  const transfer = Promise.all([
    client.run(`in_thread(send, s, ${count}); receive(s, ${count})`),
    server.run(`in_thread(send, c, ${count}); receive(c, ${count})`),
  ])
  const collections = await ends.seen.collectDuring(transfer)

  expect(collections).toBeGreaterThan(20)
  const expected = { bytesTx: count, bytesRx: count, opened: 1, active: 1, closed: 0 }
  expect(sums(ends)).toMatchObject({ client: expected, server: expected })
  const client0 = await client.run<TcpInfo>('tcp_info(s)')
  expect(client0.bytesReceived).toBe(count)
  await client.run('s.close()')
  await server.run('receive(c); c.close()')
  await ends.seen.collect()
  const ended = { bytesTx: count, bytesRx: count, ...once }
  expect(sums(ends)).toMatchObject({ client: ended, server: ended })
})

test('bytes that were sent while a collection ran are in the next one, without another segment', async () => {
  const ends = await openEnds()
  const { client, server } = ends.pair
  let sent = 0

  for (let round = 0; round < 60; round += 1) {
    const burst = Promise.all([
      client.run('for _ in range(40): send(s, 700)'),
      server.run('receive(c, 28_000)'),
    ])
    await ends.seen.collectDuring(burst)
    sent += 28_000
    const [clientInfo, serverInfo] = await Promise.all([
      client.run<TcpInfo>('tcp_info(s)'),
      server.run<TcpInfo>('tcp_info(c)'),
    ])
    expect([payloadSent(clientInfo), serverInfo.bytesReceived]).toEqual([sent, sent])
    await ends.seen.collect()
    expect(sums(ends)).toMatchObject({ client: { bytesTx: sent }, server: { bytesRx: sent } })
  }
})

test('2,000 connections that end while collections run are counted once, to the byte', async () => {
  const ends = await openEnds()
  const { client, server } = ends.pair

  await Promise.all([
    client.run('many = [connect(*peer) for _ in range(2000)]'),
    server.run('taken = [accept(l) for _ in range(2000)]'),
  ])
  await client.run('for one in many: send(one, 777)')
  await server.run('for one in taken: receive(one, 777); send(one, 333)')
  await client.run('for one in many: receive(one, 333)')

  const closing = Promise.all([
    client.run('for one in many: one.close()', 's.close()'),
    server.run('for one in taken: receive(one); one.close()', 'receive(c); c.close()'),
  ])
  await ends.seen.collectDuring(closing)
  // The last acknowledgements may still be under way when close() returns.
  await ends.seen.collectUntil(() => {
    const { client: one, server: other } = sums(ends)
    return one.closed >= 2001 && other.closed >= 2001
  })

  const counts = { opened: 2001, closed: 2001, active: 0, failed: 0 }
  expect(sums(ends)).toMatchObject({
    client: { bytesTx: 2000 * 777, bytesRx: 2000 * 333, ...counts },
    server: { bytesTx: 2000 * 333, bytesRx: 2000 * 777, ...counts },
  })
})
