import { expect, test } from 'vitest'
import { SynCookieCounters } from '../../src/receiver/nettracer/syn-cookies.ts'
import { addRule, createNamespace, type Namespace, readNstat, setSysctl } from '../support/netns.ts'
import { type Watch, watch } from '../support/source.ts'
import { startPair } from '../support/traffic.ts'

const nstat = async (namespace: Namespace) => {
  const read = await readNstat(namespace)
  return {
    sent: read('TcpExtSyncookiesSent'),
    received: read('TcpExtSyncookiesRecv'),
    failed: read('TcpExtSyncookiesFailed'),
  }
}

async function collect(seen: Watch, counters: SynCookieCounters) {
  seen.sink.clear()
  await seen.collect()
  for (const { flow } of seen.sink.listeners) counters.listener(flow)
  return counters.collect()
}

test('a flood of SYNs: cookies sent, taken and refused, of the process that listens', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const counters = new SynCookieCounters()
  const { client, server, port } = await startPair({ from: namespace })
  await server.run('l.listen(4)')
  expect(await collect(seen, counters)).toEqual([])

  // Their SYN-ACKs get no answer, so that they fill the queue.
  await addRule(namespace, 'output', 'tcp flags & rst == rst drop')
  await client.run(
    'flood = raw_socket()',
    `for at in range(400): send_segment(flood, 'SYN', f'127.0.1.{at % 250}', 1024 + at, *peer)`,
  )
  const flooded = await nstat(namespace)
  expect(flooded.sent).toBeGreaterThan(300)
  const [first, ...others] = await collect(seen, counters)
  expect(others).toEqual([])
  expect(first).toMatchObject({ port, ...flooded })
  expect(first?.process?.pid).toBe(server.pid)

  await client.run(
    's = connect(*peer)',
    `for at in range(7): send_segment(flood, 'ACK', '127.0.2.1', 1024 + at, *peer)`,
  )
  const after = await nstat(namespace)
  const [second] = await collect(seen, counters)
  expect(after.failed).toBe(7)
  expect(second).toMatchObject({
    sent: after.sent - flooded.sent,
    received: after.received - flooded.received,
    failed: 7,
  })
})

test('with cookies for every SYN, each connection has one that came back', async () => {
  const namespace = await createNamespace()
  await setSysctl(namespace, 'net.ipv4.tcp_syncookies', '2')
  const seen = await watch([namespace])
  const counters = new SynCookieCounters()
  const { client, port } = await startPair({ from: namespace })
  await collect(seen, counters)
  await client.run('held = [connect(*peer) for _ in range(20)]')
  expect(await collect(seen, counters)).toMatchObject([{ port, sent: 20, received: 20, failed: 0 }])
})
