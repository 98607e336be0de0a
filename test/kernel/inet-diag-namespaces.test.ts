import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { InetDiagSource } from '../../src/source/inet-diag.ts'
import { cable, createNamespace, execIn, removeNamespace } from '../support/netns.ts'
import { RecordingSink, watchDiag } from '../support/source.ts'
import { connectPair, startPair, startTraffic, type TcpInfo } from '../support/traffic.ts'

const descriptors = (): number => readdirSync('/proc/self/fd').length

test('both ends of a connection between two namespaces are told, each in its own', async () => {
  const [a, b] = [await createNamespace(), await createNamespace()]
  await cable(a, b)
  const pair = await startPair({ from: a, to: b, address: '10.99.0.2' })
  const seen = await watchDiag([a, b])
  await connectPair(pair)
  await Promise.all([pair.client.run('send(s, 1234)'), pair.server.run('receive(c, 1234)')])
  const { client, server, port } = pair
  const ofClient = () => seen.sum({ netns: a.inode, role: 'client', pid: client.pid, port })
  await seen.collectUntil(() => ofClient().bytesTx === 1234)
  const rtt = (await client.run<TcpInfo>('tcp_info(s)')).rtt
  expect(ofClient()).toMatchObject({ opened: 1, active: 1 })
  expect(seen.of({ netns: a.inode, role: 'client' }).at(-1)?.srttUs).toBe(rtt)
  expect(seen.sum({ netns: b.inode, role: 'server', pid: server.pid, port })).toMatchObject({
    bytesRx: 1234,
    opened: 1,
    active: 1,
  })
})

test('a namespace that appears later is read from its beginning', async () => {
  const seen = await watchDiag([])
  const namespace = await createNamespace()
  const pair = await startPair({ from: namespace })
  await connectPair(pair)
  await Promise.all([pair.client.run('send(s, 99)'), pair.server.run('receive(c, 99)')])
  const of = () => seen.sum({ netns: namespace.inode, pid: pair.client.pid })
  await seen.collectUntil(() => of().bytesTx === 99)
  expect(of()).toMatchObject({ opened: 1, active: 1, bytesTx: 99 })
})

test('a namespace that is deleted while it is watched is left, and its connections end', async () => {
  const [namespace, other] = [await createNamespace(), await createNamespace()]
  const devices = await cable(namespace, other)
  const pair = await startPair({ from: namespace })
  const seen = await watchDiag([namespace])
  await connectPair(pair)
  await seen.collect()

  removeNamespace(namespace.name)
  await seen.collect()
  expect(seen.sum({ netns: namespace.inode })).toMatchObject({ opened: 2, closed: 0, active: 2 })
  await Promise.all([pair.client.kill(), pair.server.kill()])
  await seen.collectUntil(() => seen.sum({ netns: namespace.inode }).active === 0)
  expect(seen.sum({ netns: namespace.inode })).toMatchObject({ opened: 2, closed: 2 })
  // A cable goes with the namespace that has its other end, once nothing keeps that any more.
  await seen.collectUntil(
    () =>
      !execFileSync('ip', ['-n', other.name, '-o', 'link'], { encoding: 'utf8' }).includes(
        devices.b,
      ),
  )
})

test('a name that was left behind without its namespace is none', async () => {
  const named = mkdtempSync(join(tmpdir(), 'nettracer-names-'))
  onTestFinished(() => rmSync(named, { recursive: true }))
  writeFileSync(join(named, 'left-behind'), '')
  const seen = await watchDiag([], { namedRoot: named })
  await seen.collect()
  expect(seen.source.health().netlink).toMatchObject({ namespacesLeftOut: 0, failures: 0 })
})

test('more namespaces than are watched are counted', async () => {
  await createNamespace()
  const seen = await watchDiag([], { maxNamespaces: 1 })
  expect(seen.source.health().netlink?.namespaces).toBe(1)
  expect(seen.source.health().netlink?.namespacesLeftOut).toBeGreaterThan(0)
})

test('ends that did not fit the buffer are found by dumps, and counted', async () => {
  const namespace = await createNamespace()
  const pair = await startPair({ from: namespace })
  const seen = await watchDiag([namespace], { receiveBytes: 1 })
  const { client, server, port } = pair
  await Promise.all([
    client.run('many = [connect(*peer) for _ in range(500)]'),
    server.run('taken = [accept(l) for _ in range(500)]'),
  ])
  await seen.collectUntil(() => seen.sum({ port }).active === 1000)
  await client.run('for one in many: one.close()')
  await server.run('for one in taken: receive(one); one.close()')
  await seen.collectUntil(() => seen.sum({ port }).active === 0)
  expect(seen.sum({ port })).toMatchObject({ opened: 1000, closed: 1000, active: 0 })
  const { endsMissed, netlink } = seen.source.health()
  expect(netlink?.overruns).toBeGreaterThan(0)
  expect(endsMissed).toBeGreaterThan(0)
  expect(seen.sum({ port }).closedBy['error']).toBe(endsMissed)
})

test('listening sockets have their process, their queue and what did not fit it', async () => {
  const namespace = await createNamespace()
  const server = startTraffic(namespace)
  const client = startTraffic(namespace)
  const port = await server.run<number>(`l = listen('127.0.0.1', backlog=3); port_of(l)`)
  const seen = await watchDiag([namespace])
  await client.run(`held = [begin_connect('127.0.0.1', ${port}) for _ in range(8)]`)
  await client.run('time.sleep(0.1)')
  await seen.collect()
  const [listener] = seen.listeners({ port })
  expect(listener).toMatchObject({
    localAddress: '127.0.0.1',
    backlog: 4,
    backlogLimit: 3,
    isGrowthOnly: false,
    flow: { role: 'server', process: { pid: server.pid } },
  })
  const overflows = () => seen.listeners({ port }).reduce((sum, one) => sum + one.overflows, 0)
  const drops = Number(
    /\bd(\d+)\)/.exec(await execIn(namespace, 'ss', '-tlmHn', `sport = :${port}`))?.[1],
  )
  await seen.collectUntil(() => overflows() >= drops)
  expect(drops).toBeGreaterThan(0)
})

test('a server that forks is told by the process that has the connection', async () => {
  const namespace = await createNamespace()
  const pair = await startPair({ from: namespace })
  const seen = await watchDiag([namespace])
  await connectPair(pair)
  const child = await pair.server.run<number>(
    'child = os.fork()',
    'if child == 0: time.sleep(60); os._exit(0)',
    'c.close()',
    'child',
  )
  onTestFinished(() => {
    if (existsSync(`/proc/${child}`)) process.kill(child, 'SIGKILL')
  })
  await seen.collect()
  expect(seen.sum({ role: 'server', pid: child })).toMatchObject({ opened: 1, active: 1 })
})

test('a source that is stopped in the middle of a collection ends it, and leaves nothing open', async () => {
  const before = descriptors()
  for (let turns = 0; turns < 12; turns += 1) {
    const source = new InetDiagSource()
    await source.start(new RecordingSink())
    const collection = source.collect()
    for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate)
    await source.stop()
    await expect(collection).resolves.toBeUndefined()
  }
  expect(descriptors()).toBeLessThanOrEqual(before)
})
