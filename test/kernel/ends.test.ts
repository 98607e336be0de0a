import { expect, test } from 'vitest'
import { addRule, createNamespace, dropRules, execIn } from '../support/netns.ts'
import { type Watch, watch } from '../support/source.ts'
import { connectPair, type Pair, startPair } from '../support/traffic.ts'

interface Ends {
  readonly pair: Pair
  readonly seen: Watch
  readonly namespace: Awaited<ReturnType<typeof createNamespace>>
}

async function openEnds(): Promise<Ends> {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const pair = await startPair({ from: namespace })
  await connectPair(pair)
  return { namespace, pair, seen }
}

const sums = ({ pair, seen }: Ends) => ({
  client: seen.sum({ pid: pair.client.pid, role: 'client', port: pair.port }),
  server: seen.sum({ pid: pair.server.pid, role: 'server', port: pair.port }),
})

const isOver = 'until(lambda: tcp_info(SOCKET)["state"] == 7)'
const closed = (reason: string) => ({
  opened: 1,
  closed: 1,
  active: 0,
  failed: 0,
  closedBy: { [reason]: 1 },
})

test.each([
  { first: 'client', client: 'local_fin', server: 'remote_fin' },
  { first: 'server', client: 'remote_fin', server: 'local_fin' },
])('the end that closes first, the $first, has local_fin', async ({ first, client, server }) => {
  const ends = await openEnds()
  if (first === 'client') {
    await ends.pair.client.run('s.close()')
    await ends.pair.server.run('receive(c); c.close()')
  } else {
    await ends.pair.server.run('c.close()')
    await ends.pair.client.run('receive(s); s.close()')
  }
  await ends.seen.collectUntil(() => sums(ends).client.closed + sums(ends).server.closed === 2)
  expect(sums(ends)).toMatchObject({ client: closed(client), server: closed(server) })
})

test('ends whose FINs cross have local_fin both', async () => {
  const ends = await openEnds()
  await addRule(ends.namespace, 'input', 'ip protocol tcp drop')
  await ends.pair.client.run('s.close()')
  await ends.pair.server.run('c.close()')
  await dropRules(ends.namespace)
  await ends.seen.collectUntil(() => sums(ends).client.closed + sums(ends).server.closed === 2)
  expect(sums(ends)).toMatchObject({ client: closed('local_fin'), server: closed('local_fin') })
})

test.each([
  { killed: 'client', other: 'server', line: 'receive(c); c.close()' },
  { killed: 'server', other: 'client', line: 'receive(s); s.close()' },
] as const)(
  'a $killed that is killed closes its connections as if it had closed them',
  async (how) => {
    const { killed, other, line } = how
    const ends = await openEnds()
    await ends.pair[killed].kill()
    await ends.pair[other].run(line)
    await ends.seen.collectUntil(() => sums(ends).client.closed + sums(ends).server.closed === 2)
    expect(sums(ends)).toMatchObject({
      [killed]: closed('local_fin'),
      [other]: closed('remote_fin'),
    })
  },
)

test.each([
  { by: 'client', client: 'local_reset', server: 'remote_reset' },
  { by: 'server', client: 'remote_reset', server: 'local_reset' },
])('the end that resets, the $by, has local_reset', async ({ by, client, server }) => {
  const ends = await openEnds()
  await ends.pair.client.run(by === 'client' ? 'reset(s)' : 'pass')
  await ends.pair.server.run(by === 'server' ? 'reset(c)' : isOver.replace('SOCKET', 'c'))
  await ends.pair.client.run(by === 'server' ? isOver.replace('SOCKET', 's') : 'pass')
  await ends.seen.collect()
  const resets = (isSender: boolean) => ({
    resetsTx: Number(isSender),
    resetsRx: Number(!isSender),
  })
  expect(sums(ends)).toMatchObject({
    client: { ...closed(client), ...resets(by === 'client') },
    server: { ...closed(server), ...resets(by === 'server') },
  })
})

test('a connection that ss -K destroys is reset by this host', async () => {
  const ends = await openEnds()
  const { pair, namespace, seen } = ends
  await execIn(namespace, 'ss', '-K', 'dport', '=', `:${pair.port}`)
  await pair.server.run(isOver.replace('SOCKET', 'c'))
  await seen.collect()
  expect(sums(ends)).toMatchObject({
    client: { ...closed('local_reset'), resetsTx: 1, resetsRx: 0 },
    server: { ...closed('remote_reset'), resetsTx: 0, resetsRx: 1 },
  })
})

test('an end that closed while the other one was still sending reset it, not the other way round', async () => {
  const ends = await openEnds()
  const { pair, seen, namespace } = ends
  // The FIN is on its way when more comes: as with `curl | head`.
  await addRule(namespace, 'input', `tcp dport ${pair.port} drop`)
  await pair.client.run('s.close()')
  await pair.server.run('send(c, 1000)')
  await dropRules(namespace)
  await seen.collectUntil(() => sums(ends).client.closed + sums(ends).server.closed === 2)
  expect(sums(ends)).toMatchObject({
    client: { ...closed('local_reset'), resetsTx: 1, resetsRx: 0 },
    server: { ...closed('remote_reset'), resetsTx: 0, resetsRx: 1 },
  })
})

test.each([
  { what: 'data is not acknowledged', act: 's.setsockopt(6, 18, 300); send(s, 100)' },
  {
    what: 'keepalive probes are not answered',
    act: [
      's.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)',
      's.setsockopt(6, socket.TCP_KEEPCNT, 1)',
      's.setsockopt(6, socket.TCP_KEEPINTVL, 1)',
      's.setsockopt(6, socket.TCP_KEEPIDLE, 1)',
    ].join('\n'),
  },
])('an established connection where $what ends by timeout', async ({ act }) => {
  const ends = await openEnds()
  const { pair, namespace, seen } = ends
  await addRule(namespace, 'input', `tcp dport ${pair.port} drop`)
  await pair.client.run(act)
  await pair.client.run(isOver.replace('SOCKET', 's'), 's.close()')
  await seen.collectUntil(() => sums(ends).client.closed === 1)
  expect(sums(ends).client).toMatchObject(closed('timeout'))
  expect(sums(ends).server).toMatchObject({ opened: 1, closed: 0, active: 1 })
})

test('connections that were never accepted are reset when their listener closes', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const { client, server, port } = await startPair({ from: namespace })
  await client.run('held = [connect(*peer) for _ in range(5)]')
  await seen.collect()
  expect(seen.sum({ port, role: 'server' })).toMatchObject({ opened: 5, active: 5 })
  await server.run('l.close()')
  await client.run('until(lambda: all(tcp_info(one)["state"] == 7 for one in held))')
  await seen.collect()

  const counts = { opened: 5, closed: 5, active: 0 }
  expect(seen.sum({ pid: client.pid, port })).toMatchObject({
    ...counts,
    closedBy: { remote_reset: 5 },
    resetsRx: 5,
  })
  // Nobody but the listener's process had them.
  expect(seen.sum({ pid: server.pid, port })).toMatchObject({
    ...counts,
    closedBy: { local_reset: 5 },
    resetsTx: 5,
  })
})

test('keepalive probes that nobody answers end a connection by timeout at both ends', async () => {
  const ends = await openEnds()
  const { pair, namespace, seen } = ends
  await addRule(namespace, 'input', 'ip protocol tcp drop')
  const probe = (socket: string) =>
    [
      `${socket}.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)`,
      `${socket}.setsockopt(6, socket.TCP_KEEPCNT, 1)`,
      `${socket}.setsockopt(6, socket.TCP_KEEPINTVL, 1)`,
      `${socket}.setsockopt(6, socket.TCP_KEEPIDLE, 1)`,
      isOver.replace('SOCKET', socket),
    ].join('\n')
  await Promise.all([pair.client.run(probe('s')), pair.server.run(probe('c'))])
  await seen.collectUntil(() => sums(ends).client.closed + sums(ends).server.closed === 2)
  expect(sums(ends)).toMatchObject({ client: closed('timeout'), server: closed('timeout') })
})
