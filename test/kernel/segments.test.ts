import { expect, test } from 'vitest'
import {
  addRule,
  createNamespace,
  createRoutedNamespaces,
  dropRules,
  readNstat,
  setSysctl,
} from '../support/netns.ts'
import { type Sum, type Watch, watch } from '../support/source.ts'
import {
  connectPair,
  type Pair,
  startPair,
  startTraffic,
  type TcpInfo,
} from '../support/traffic.ts'

interface Reading {
  readonly client: TcpInfo
  readonly server: TcpInfo
}

const readBoth = async ({ client, server }: Pair): Promise<Reading> => ({
  client: await client.run<TcpInfo>('tcp_info(s)'),
  server: await server.run<TcpInfo>('tcp_info(c)'),
})

/** Collects at a moment in which nothing moved: TCP_INFO is the same before and after. */
async function collectAtRest(seen: Watch, pair: Pair): Promise<Reading> {
  for (;;) {
    const before = await readBoth(pair)
    await seen.collect()
    const after = await readBoth(pair)
    if (JSON.stringify(before) === JSON.stringify(after)) return after
  }
}

/** What of a sum TCP_INFO has an equal of. */
const segments = ({ bytesTx, bytesRx, pktsTx, pktsRetr, pktsRx }: Sum) => ({
  bytesTx,
  bytesRx,
  segsOut: pktsTx + pktsRetr,
  totalRetrans: pktsRetr,
  segsIn: pktsRx,
})

const expectedSegments = (info: TcpInfo) => ({
  bytesTx: info.bytesSent - info.bytesRetrans,
  bytesRx: info.bytesReceived,
  segsOut: info.segsOut,
  totalRetrans: info.totalRetrans,
  segsIn: info.segsIn,
})

test.each(['input', 'forward'] as const)(
  'with 2 %% loss on the %s hook, segments are counted to the segment',
  async (hook) => {
    const { a, b, router, addressOfB } = await createRoutedNamespaces()
    const seen = await watch([a, b])
    const pair = await startPair({ from: a, to: b, address: addressOfB })
    const { client, server, port } = pair
    await connectPair(pair)
    if (hook === 'forward') {
      await addRule(router, 'forward', 'ip protocol tcp numgen random mod 100 < 2 drop')
    } else {
      await addRule(a, 'input', 'ip protocol tcp numgen random mod 100 < 2 drop')
      await addRule(b, 'input', 'ip protocol tcp numgen random mod 100 < 2 drop')
    }

    const count = 20_000_000
    await Promise.all([
      client.run(`in_thread(send, s, ${count}); receive(s, ${count})`),
      server.run(`in_thread(send, c, ${count}); receive(c, ${count})`),
    ])
    const info = await collectAtRest(seen, pair)

    const sums = {
      client: seen.sum({ netns: a.inode, pid: client.pid, port, role: 'client' }),
      server: seen.sum({ netns: b.inode, pid: server.pid, port, role: 'server' }),
    }
    expect(segments(sums.client)).toEqual(expectedSegments(info.client))
    expect(segments(sums.server)).toEqual(expectedSegments(info.server))
    expect([sums.client.bytesTx, sums.client.bytesRx]).toEqual([count, count])
    expect([sums.server.bytesTx, sums.server.bytesRx]).toEqual([count, count])
    expect(info.client.totalRetrans).toBeGreaterThan(0)
    expect(sums.client.pktsRetr).toBe((await readNstat(a))('TcpRetransSegs'))
    expect(sums.server.pktsRetr).toBe((await readNstat(b))('TcpRetransSegs'))
  },
)

test('payload that a local queue or filter refused, and that was sent again, counts once', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const pair = await startPair({ from: namespace })
  const { client, server, port } = pair
  await connectPair(pair)
  await addRule(namespace, 'output', 'ip protocol tcp numgen random mod 100 < 2 drop')
  const count = 10_000_000
  await Promise.all([client.run(`send(s, ${count})`), server.run(`receive(c, ${count})`)])
  await dropRules(namespace)
  await collectAtRest(seen, pair)

  expect(seen.sum({ pid: client.pid, port })).toMatchObject({ bytesTx: count })
  expect(seen.sum({ pid: server.pid, port })).toMatchObject({ bytesRx: count })
})

test('a SYN that was lost is counted as sent again, by the client', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const pair = await startPair({ from: namespace })
  const { client, server, port } = pair
  await addRule(
    namespace,
    'input',
    `tcp dport ${port} tcp flags syn / syn,ack quota until 100 bytes drop`,
  )

  await connectPair(pair)
  const info = await collectAtRest(seen, pair)
  const nstat = await readNstat(namespace)

  const clientSum = seen.sum({ pid: client.pid, port, role: 'client' })
  expect(nstat('TcpExtTCPSynRetrans')).toBeGreaterThan(0)
  expect(clientSum.pktsRetrSyn).toBe(nstat('TcpExtTCPSynRetrans'))
  expect(segments(clientSum)).toEqual(expectedSegments(info.client))
  expect(seen.sum({ pid: server.pid, port, role: 'server' })).toMatchObject({
    pktsRetr: 0,
    pktsRetrSyn: 0,
  })
})

test('a SYN-ACK that was lost is counted as sent again, by the listener', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const pair = await startPair({ from: namespace })
  const { client, server, port } = pair
  await addRule(
    namespace,
    'input',
    `tcp sport ${port} tcp flags syn,ack / syn,ack quota until 100 bytes drop`,
  )

  await connectPair(pair)
  const info = await collectAtRest(seen, pair)
  const nstat = await readNstat(namespace)

  const synAcks = seen
    .listeners({ pid: server.pid, port })
    .reduce((sum, { synAcksRetransmitted }) => sum + synAcksRetransmitted, 0)
  const clientSum = seen.sum({ pid: client.pid, port, role: 'client' })
  const serverSum = seen.sum({ pid: server.pid, port, role: 'server' })
  expect(synAcks).toBeGreaterThan(0)
  // The kernel's counter holds both kinds.
  expect(synAcks + clientSum.pktsRetrSyn).toBe(nstat('TcpExtTCPSynRetrans'))
  expect(segments(clientSum)).toEqual(expectedSegments(info.client))
  // total_retrans of an accepted socket begins with its SYN-ACKs, which the listener has.
  expect(serverSum.pktsRetr).toBe(info.server.totalRetrans - synAcks)
  expect(serverSum.pktsTx + serverSum.pktsRetr).toBe(info.server.segsOut)
  expect(serverSum.pktsRx).toBe(info.server.segsIn)
})

test('SYNs sent again count although the connection never came to be', async () => {
  const namespace = await createNamespace()
  await setSysctl(namespace, 'net.ipv4.tcp_syn_retries', '1')
  await addRule(namespace, 'input', 'tcp dport 9 drop')
  const seen = await watch([namespace])
  const client = startTraffic(namespace)

  await client.run("try_connect('127.0.0.1', 9)")
  await seen.collect()

  const sentAgain = (await readNstat(namespace))('TcpExtTCPSynRetrans')
  expect(sentAgain).toBeGreaterThan(0)
  expect(seen.sum({ pid: client.pid, port: 9 })).toMatchObject({
    failed: 1,
    opened: 0,
    active: 0,
    bytesTx: 0,
    pktsTx: 1,
    pktsRetr: sentAgain,
    pktsRetrSyn: sentAgain,
  })
})
