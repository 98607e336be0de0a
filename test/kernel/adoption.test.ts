import { expect, test } from 'vitest'
import { addRule, createNamespace, dropRules } from '../support/netns.ts'
import { watch } from '../support/source.ts'
import { connectPair, type Pair, startPair } from '../support/traffic.ts'

async function exchange({ client, server }: Pair, there: number, back: number): Promise<void> {
  await Promise.all([client.run(`send(s, ${there})`), server.run(`receive(c, ${there})`)])
  await Promise.all([server.run(`send(c, ${back})`), client.run(`receive(s, ${back})`)])
}

const none = {
  bytesTx: 0,
  bytesRx: 0,
  pktsTx: 0,
  pktsRx: 0,
  pktsRetr: 0,
  pktsRetrSyn: 0,
  opened: 0,
  closed: 0,
  failed: 0,
}

test.each([
  { what: 'no bind()', source: 'None' },
  { what: 'bind() to a port', source: "('127.0.0.1', 23456)" },
  { what: 'bind() to an address', source: "('127.0.0.1', 0)" },
])('an older connection, of a client with $what, begins with a baseline', async ({ source }) => {
  const namespace = await createNamespace()
  const pair = await startPair({ from: namespace })
  const { client, server, port } = pair
  await Promise.all([client.run(`s = connect(*peer, ${source})`), server.run('c = accept(l)')])
  await exchange(pair, 12_345, 54_321)

  const seen = await watch([namespace])
  await seen.collect()
  const ends = () => ({
    client: seen.sum({ pid: client.pid, role: 'client', port }),
    server: seen.sum({ pid: server.pid, role: 'server', port }),
  })
  const open = { ...none, active: 1 }
  expect(ends()).toMatchObject({ client: open, server: open })

  await exchange(pair, 111, 2222)
  await seen.collect()
  const grown = { opened: 0, closed: 0, active: 1 }
  expect(ends()).toMatchObject({
    client: { bytesTx: 111, bytesRx: 2222, ...grown },
    server: { bytesTx: 2222, bytesRx: 111, ...grown },
  })

  await exchange(pair, 7, 0)
  await client.run('s.close()')
  await server.run('receive(c); c.close()')
  await seen.collect()
  const ended = { opened: 0, closed: 1, active: 0, failed: 0 }
  expect(ends()).toMatchObject({
    client: { bytesTx: 118, bytesRx: 2222, ...ended, closedBy: { local_fin: 1 } },
    server: { bytesTx: 2222, bytesRx: 118, ...ended, closedBy: { remote_fin: 1 } },
  })
  const records = seen.of({ port })
  expect(new Set(records.map(({ flow }) => `${flow.process.pid} ${flow.role}`)).size).toBe(2)
  // How long it lived, and how long it took to connect, is not known.
  expect(
    records.every(({ durationNs, connectDurationNs }) => durationNs + connectDurationNs === -2),
  ).toBe(true)
})

test('an older connection that is active while the source starts counts only what came after', async () => {
  const namespace = await createNamespace()
  const pair = await startPair({ from: namespace })
  const { client, server, port } = pair
  await connectPair(pair)
  await client.run('before = send(s, 1_000_000)')
  await server.run('receive(c, 1_000_000)')
  await client.run(
    'running = True; sent = 0',
    'def stream():',
    '    global sent',
    '    while running: sent += send(s, 1000)',
    'sender = in_thread(stream)',
  )
  await server.run('receiver = in_thread(receive, c)')
  const seen = await watch([namespace])
  await seen.collect()
  await client.run('running = False; sender.join(); s.close()')
  await server.run('receiver.join(); c.close()')
  await seen.collect()

  const total = await client.run<number>('sent')
  const sent = seen.sum({ pid: client.pid, role: 'client', port })
  const received = seen.sum({ pid: server.pid, role: 'server', port })
  expect(sent).toMatchObject({ opened: 0, closed: 1, active: 0 })
  expect(received).toMatchObject({ opened: 0, closed: 1, active: 0 })
  expect(sent.bytesTx).toBeGreaterThan(0)
  expect(sent.bytesTx).toBeLessThanOrEqual(total)
  expect(received.bytesRx).toBeLessThanOrEqual(total)
})

test('a source that starts again counts an open connection once in each life', async () => {
  const namespace = await createNamespace()
  const pair = await startPair({ from: namespace })
  const { client, port } = pair
  const first = await watch([namespace])
  await connectPair(pair)
  await exchange(pair, 100, 200)
  await first.collect()
  await first.source.stop()

  await exchange(pair, 1000, 2000)
  const second = await watch([namespace])
  await exchange(pair, 10, 20)
  await second.collect()

  expect(first.sum({ pid: client.pid, port })).toMatchObject({ opened: 1, bytesTx: 100, active: 1 })
  expect(second.sum({ pid: client.pid, port })).toMatchObject({ opened: 0, bytesTx: 10, active: 1 })
})

test('two sources at once each count all of it', async () => {
  const namespace = await createNamespace()
  const pair = await startPair({ from: namespace })
  const sources = [await watch([namespace]), await watch([namespace])]
  await connectPair(pair)
  await exchange(pair, 100, 200)
  for (const seen of sources) await seen.collect()
  for (const seen of sources) {
    expect(seen.sum({ pid: pair.client.pid })).toMatchObject({ opened: 1, bytesTx: 100, active: 1 })
  }
})

test('an older listener is known without a connection, and what it accepts is exact', async () => {
  const namespace = await createNamespace()
  const pair = await startPair({ from: namespace })
  const { client, server, port } = pair
  await server.run('l.listen(77)')
  const seen = await watch([namespace])
  await seen.collect()

  expect(seen.listeners({ port }).at(-1)).toMatchObject({
    flow: { process: { pid: server.pid }, role: 'server', netns: namespace.inode },
    localAddress: '127.0.0.1',
    backlog: 0,
    backlogLimit: 77,
    overflows: 0,
    synAcksRetransmitted: 0,
  })

  await connectPair(pair)
  await exchange(pair, 500, 600)
  await client.run('s.close()')
  await server.run('receive(c); c.close()')
  await seen.collect()
  const counts = { opened: 1, closed: 1, active: 0 }
  expect(seen.sum({ pid: client.pid, role: 'client', port })).toMatchObject({
    bytesTx: 500,
    ...counts,
  })
  expect(seen.sum({ pid: server.pid, role: 'server', port })).toMatchObject({
    bytesTx: 600,
    ...counts,
  })
})

test('an older connection whose listener is gone keeps its role', async () => {
  const namespace = await createNamespace()
  const pair = await startPair({ from: namespace })
  const { client, server, port } = pair
  await connectPair(pair)
  await server.run('l.close()')
  const seen = await watch([namespace])
  await exchange(pair, 5, 6)
  await seen.collect()

  expect(seen.sum({ pid: client.pid, role: 'client', port })).toMatchObject({
    bytesTx: 5,
    active: 1,
  })
  expect(seen.sum({ pid: server.pid, role: 'server', port })).toMatchObject({
    bytesTx: 6,
    active: 1,
  })
})

test('a connection that was being made when the source started is opened after it', async () => {
  const namespace = await createNamespace()
  const pair = await startPair({ from: namespace })
  const { client, server, port } = pair

  await addRule(namespace, 'input', `tcp dport ${port} drop`)
  await client.run('s = begin_connect(*peer)')
  const seen = await watch([namespace])
  await dropRules(namespace)
  await server.run('c = accept(l)')
  await client.run('until(lambda: tcp_info(s)["state"] == 1)')
  await seen.collect()

  expect(seen.sum({ pid: client.pid, role: 'client', port })).toMatchObject({
    opened: 1,
    active: 1,
  })
  expect(seen.sum({ pid: server.pid, role: 'server', port })).toMatchObject({
    opened: 1,
    active: 1,
  })
})
