import { expect, test } from 'vitest'
import {
  addRule,
  createNamespace,
  dropRules,
  removeNamespace,
  setSysctl,
} from '../support/netns.ts'
import { watch } from '../support/source.ts'
import { connectPair, startPair, startTraffic } from '../support/traffic.ts'

const once = { opened: 1, closed: 1, active: 0, failed: 0 }

test('a namespace that was made after the start is watched like the others', async () => {
  const seen = await watch([])
  const namespace = await createNamespace()
  const pair = await startPair({ from: namespace })
  await connectPair(pair)
  await Promise.all([pair.client.run('send(s, 123)'), pair.server.run('receive(c, 123)')])
  await seen.collect()

  const { inode: netns } = namespace
  expect(seen.sum({ netns, pid: pair.client.pid })).toMatchObject({ opened: 1, bytesTx: 123 })
  expect(seen.sum({ netns, pid: pair.server.pid })).toMatchObject({ opened: 1, bytesRx: 123 })
  expect(seen.listeners({ netns, port: pair.port })).not.toEqual([])
})

test('a namespace that is deleted with open connections loses none of them', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const pair = await startPair({ from: namespace })
  await connectPair(pair)
  removeNamespace(namespace.name)
  await Promise.all([pair.client.run('send(s, 55)'), pair.server.run('receive(c, 55)')])
  await seen.collect()
  expect(seen.sum({ pid: pair.client.pid })).toMatchObject({ bytesTx: 55, active: 1 })
  // The last process of the namespace takes it along.
  await pair.client.kill()
  await pair.server.kill()
  await seen.collectUntil(() => seen.sum({}).active === 0)
  expect(seen.sum({ pid: pair.client.pid })).toMatchObject({ bytesTx: 55, ...once })
  expect(seen.sum({ pid: pair.server.pid })).toMatchObject({ bytesRx: 55, ...once })
})

test('connections that use the same 4-tuple one after the other are counted each', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const { client, server, port } = await startPair({ from: namespace })
  await server.run(
    'def serve():',
    '    for _ in range(50):',
    '        c = accept(l)',
    '        try: receive(c)',
    '        except ConnectionResetError: pass',
    '        c.close()',
    'serving = in_thread(serve)',
  )
  await client.run(
    'for _ in range(50):',
    '    s = connect(*peer, ("127.0.0.1", 34567)); send(s, 10); reset(s)',
  )
  await server.run('serving.join()')
  await seen.collectUntil(() => seen.sum({ port, role: 'server' }).closed === 50)

  expect(seen.sum({ pid: client.pid, port, role: 'client' })).toMatchObject({
    opened: 50,
    closed: 50,
    active: 0,
    bytesTx: 500,
  })
  expect(seen.sum({ pid: server.pid, port, role: 'server' })).toMatchObject({
    opened: 50,
    closed: 50,
    active: 0,
    bytesRx: 500,
  })
})

test('a socket that connects again after a failure is a new connection', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const pair = await startPair({ from: namespace })
  const { client, server, port } = pair
  await client.run('s = socket.socket()', `assert s.connect_ex(('127.0.0.1', 9)) == 111`)
  await Promise.all([client.run('s.connect(peer); send(s, 40)'), server.run('c = accept(l)')])
  await server.run('receive(c, 40)')
  await seen.collect()
  expect(seen.sum({ pid: client.pid, port: 9 })).toMatchObject({ failed: 1, opened: 0, active: 0 })
  expect(seen.sum({ pid: client.pid, port })).toMatchObject({
    failed: 0,
    opened: 1,
    active: 1,
    bytesTx: 40,
    bytesRx: 0,
    resetsRx: 0,
  })
})

test('a socket that was disconnected and connects again is a new connection', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const pair = await startPair({ from: namespace })
  const { client, server, port } = pair
  for (const count of [30, 4, 500]) {
    await Promise.all([
      client.run(
        `s = s if 's' in globals() else socket.socket()`,
        `s.connect(peer); send(s, ${count}); receive(s, 1); disconnect(s)`,
      ),
      server.run(`c = accept(l); receive(c, ${count}); send(c, 1)`),
    ])
    if (count === 4) await seen.collect()
  }
  await seen.collect()

  const ended = { opened: 3, closed: 3, active: 0, failed: 0, closedBy: { local_reset: 3 } }
  expect(seen.sum({ pid: client.pid, port, role: 'client' })).toMatchObject({
    ...ended,
    bytesTx: 534,
    bytesRx: 3,
    resetsTx: 3,
  })
})

test('a connection to itself is opened and closed once, by a client', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const client = startTraffic(namespace)
  await client.run(
    "s = connect('127.0.0.1', 45678, ('127.0.0.1', 45678))",
    'send(s, 10); receive(s, 10)',
  )
  await seen.collect()
  expect(seen.sum({ pid: client.pid, role: 'client', port: 45678 })).toMatchObject({
    opened: 1,
    active: 1,
    bytesTx: 10,
    bytesRx: 10,
  })
  await client.run('s.close()')
  await seen.collectUntil(() => seen.sum({}).closed > 0)
  expect(seen.sum({})).toMatchObject({ ...once, bytesTx: 10, bytesRx: 10 })
})

test('two that connect to each other at once are one connection with two clients', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const [a, b] = [startTraffic(namespace), startTraffic(namespace)]
  await addRule(namespace, 'input', 'tcp flags syn / syn,ack tcp dport { 45001, 45002 } drop')
  const begin = (from: number, to: number) => [
    's = socket.socket(); s.setblocking(False)',
    `s.bind(('127.0.0.1', ${from})); s.connect_ex(('127.0.0.1', ${to}))`,
  ]
  await a.run(...begin(45001, 45002))
  await b.run(...begin(45002, 45001))
  await dropRules(namespace)
  for (const end of [a, b]) {
    await end.run('until(lambda: tcp_info(s)["state"] == 1); s.setblocking(True)')
  }
  await a.run('send(s, 99)')
  await b.run('receive(s, 99)')
  // Nobody is the server: each end waits for one, some seconds.
  await seen.collectUntil(() => seen.sum({ port: 45001 }).opened === 1)
  expect(seen.sum({ pid: a.pid, role: 'client', port: 45002 })).toMatchObject({
    opened: 1,
    active: 1,
    bytesTx: 99,
    bytesRx: 0,
    failed: 0,
  })
  expect(seen.sum({ pid: b.pid, role: 'client', port: 45001 })).toMatchObject({
    opened: 1,
    active: 1,
    bytesTx: 0,
    bytesRx: 99,
    failed: 0,
  })
})

test('TCP Fast Open: what came with the SYN counts, on both ends', async () => {
  const namespace = await createNamespace()
  await setSysctl(namespace, 'net.ipv4.tcp_fastopen', '3')
  const seen = await watch([namespace])
  const { client, server, port } = await startPair({ from: namespace })
  await server.run('l.setsockopt(6, socket.TCP_FASTOPEN, 16)')
  const rounds = 3 // the first one fetches the cookie
  const serving = server.run(
    `for _ in range(${rounds}): c = accept(l); receive(c, 300); send(c, 20); receive(c); c.close()`,
  )
  const synData = await client.run<number>(
    'with_syn = 0',
    `for _ in range(${rounds}):`,
    '    s = socket.socket()',
    '    assert s.sendto(ZEROS[:300], socket.MSG_FASTOPEN, peer) == 300',
    '    receive(s, 20)',
    '    with_syn += bool(s.getsockopt(6, socket.TCP_INFO, 8)[5] & 32)', // TCPI_OPT_SYN_DATA
    '    s.close()',
    'with_syn',
  )
  await serving
  await seen.collectUntil(() => seen.sum({ port }).closed === 2 * rounds)

  expect(synData).toBe(rounds - 1)
  const counts = { opened: rounds, closed: rounds, active: 0, failed: 0 }
  expect(seen.sum({ pid: client.pid, port, role: 'client' })).toMatchObject({
    ...counts,
    bytesTx: rounds * 300,
    bytesRx: rounds * 20,
  })
  expect(seen.sum({ pid: server.pid, port, role: 'server' })).toMatchObject({
    ...counts,
    bytesTx: rounds * 20,
    bytesRx: rounds * 300,
  })
})

test('of an MPTCP connection, its subflows are counted', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const client = startTraffic(namespace)
  const server = startTraffic(namespace)
  const port = await server.run<number>(
    'l = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)',
    "l.bind(('127.0.0.1', 0)); l.listen(5); port_of(l)",
  )
  await Promise.all([
    client.run(
      's = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)',
      `s.connect(('127.0.0.1', ${port})); send(s, 1000); receive(s, 50)`,
    ),
    server.run('c = accept(l); receive(c, 1000); send(c, 50)'),
  ])
  await seen.collect()
  await client.run('s.close()')
  await server.run('receive(c); c.close(); l.close()')
  await seen.collectUntil(() => seen.sum({ port }).active === 0)

  expect(seen.sum({ port, role: 'client' })).toMatchObject({ ...once, bytesTx: 1000, bytesRx: 50 })
  expect(seen.sum({ port, role: 'server' })).toMatchObject({ ...once, bytesTx: 50, bytesRx: 1000 })
  expect(seen.sum({ port, role: 'client', pid: client.pid })).toMatchObject(once)
})
