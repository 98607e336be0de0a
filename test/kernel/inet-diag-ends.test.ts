import { expect, test } from 'vitest'
import type { InetDiagSource } from '../../src/source/inet-diag.ts'
import { createNamespace } from '../support/netns.ts'
import { type Watch, watchDiag } from '../support/source.ts'
import { connectPair, type Pair, startPair } from '../support/traffic.ts'

const counted = { opened: 1, closed: 1, active: 0, failed: 0 }

async function open(isMet: boolean): Promise<{ pair: Pair; seen: Watch<InetDiagSource> }> {
  const namespace = await createNamespace()
  const pair = await startPair({ from: namespace })
  const seen = await watchDiag([namespace])
  await connectPair(pair)
  if (isMet) await seen.collect()
  await Promise.all([pair.client.run('send(s, 5000)'), pair.server.run('receive(c, 5000)')])
  if (isMet) await seen.collect()
  return { pair, seen }
}

const ends = [
  {
    what: 'the client closes first',
    client: 's.close()',
    server: 'receive(c); c.close()',
    reasons: { client: 'local_fin', server: 'remote_fin' },
  },
  {
    what: 'the client closes first, the server much later',
    client: 's.close()',
    server: 'receive(c); time.sleep(0.3); c.close()',
    reasons: { client: 'local_fin', server: 'remote_fin' },
  },
  {
    what: 'the server closes first',
    client: 'receive(s); s.close()',
    server: 'c.close()',
    reasons: { client: 'remote_fin', server: 'local_fin' },
  },
  {
    what: 'the client shuts down, the server answers and closes',
    client: 's.shutdown(socket.SHUT_WR); receive(s); s.close()',
    server: 'receive(c); send(c, 77); c.close()',
    reasons: { client: 'local_fin', server: 'remote_fin' },
    answer: 77,
  },
  {
    what: 'the server aborts',
    client: 'until(lambda: tcp_info(s)["state"] == 7); s.close()',
    server: 'reset(c)',
    reasons: { client: 'error', server: 'local_reset' },
  },
  {
    what: 'the client aborts',
    client: 'reset(s)',
    server: 'until(lambda: tcp_info(c)["state"] == 7); c.close()',
    reasons: { client: 'local_reset', server: 'error' },
  },
]

test.each(ends)('$what, met by dumps: both ends are told with their process', async (one) => {
  const { client, server, reasons, answer = 0 } = one
  const { pair, seen } = await open(true)
  await Promise.all([pair.client.run(client), pair.server.run(server)])
  const of = (role: 'client' | 'server') => seen.sum({ role, port: pair.port, pid: pair[role].pid })
  await seen.collectUntil(() => of('client').closed + of('server').closed === 2)
  expect(of('client')).toMatchObject({
    ...counted,
    bytesTx: 5000,
    bytesRx: answer,
    closedBy: { [reasons.client]: 1 },
  })
  expect(of('server')).toMatchObject({
    ...counted,
    bytesTx: answer,
    bytesRx: 5000,
    closedBy: { [reasons.server]: 1 },
  })
})

test.each(ends.slice(0, 4))('$what, met by no dump: both ends are told', async (one) => {
  const { client, server, reasons, answer = 0 } = one
  const { pair, seen } = await open(false)
  await Promise.all([pair.client.run(client), pair.server.run(server)])
  const of = (role: 'client' | 'server') => seen.sum({ role, port: pair.port })
  await seen.collectUntil(() => of('client').closed + of('server').closed === 2)
  const told = [
    { sum: of('client'), bytesTx: 5000, bytesRx: answer, reason: reasons.client },
    { sum: of('server'), bytesTx: answer, bytesRx: 5000, reason: reasons.server },
  ]
  for (const { sum, bytesTx, bytesRx, reason } of told) {
    expect(sum).toMatchObject({ ...counted, bytesTx, closedBy: { [reason]: 1 } })
    // Who closed first may have left the remote FIN to a socket in time-wait: nothing tells.
    const least = reason === 'local_fin' ? bytesRx - 1 : bytesRx
    expect(sum.bytesRx).toBeGreaterThanOrEqual(Math.max(least, 0))
    expect(sum.bytesRx).toBeLessThanOrEqual(bytesRx)
  }
})

test('a connection that was aborted between two dumps is counted, without its bytes', async () => {
  const { pair, seen } = await open(false)
  await pair.server.run('reset(c)')
  await pair.client.run('until(lambda: tcp_info(s)["state"] == 7); s.close()')
  await seen.collectUntil(() => seen.sum({}).closed === 2)
  const { port } = pair
  expect(seen.sum({ role: 'server', port })).toMatchObject({
    ...counted,
    closedBy: { local_reset: 1 },
  })
  // A client without FIN, or the server of a listener that nobody met: the kernel does not tell.
  expect(seen.sum({ role: 'unknown', port: 0 })).toMatchObject({ ...counted, bytesTx: 5000 })
})

test.each([
  { how: 'begin_connect', port: 1, type: 'refused', told: 1 },
  { how: 'try_connect', port: 0, type: '_OTHER', told: 1 },
])('an attempt by $how that is refused failed: $type', async ({ how, port, type, told }) => {
  const namespace = await createNamespace()
  const seen = await watchDiag([namespace])
  const { client } = await startPair({ from: namespace })
  await client.run(`q = ${how}('127.0.0.1', 1)`)
  await client.run('time.sleep(0.05); del q')
  await seen.collectUntil(() => seen.sum({}).failed === told)
  const sum = seen.sum({ role: 'client', port })
  expect(sum).toMatchObject({ failed: 1, opened: 0, active: 0, failedBy: { [type]: 1 } })
})

test('a connection whose file stays open after it was reset is closed once', async () => {
  const { pair, seen } = await open(true)
  await pair.server.run('reset(c)')
  await pair.client.run('until(lambda: tcp_info(s)["state"] == 7)')
  const of = () => seen.sum({ role: 'client', port: pair.port })
  await seen.collectUntil(() => of().closed === 1)
  expect(of()).toMatchObject({ ...counted, closedBy: { error: 1 } })
  expect(seen.source.health().endsMissed).toBe(1)
  await pair.client.run('s.close()')
  await seen.collectUntil(() => seen.sum({ role: 'server' }).closed === 1)
  await seen.collect()
  expect(of()).toMatchObject({ ...counted, bytesTx: 5000 })
})
