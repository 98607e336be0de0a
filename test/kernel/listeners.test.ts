import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { createNamespace, execIn, type Namespace, readNstat, setSysctl } from '../support/netns.ts'
import { type Watch, watch } from '../support/source.ts'
import { startPair, startTraffic } from '../support/traffic.ts'

const rejects = (seen: Watch, netns: number, port: number) =>
  seen.sink.rejections
    .filter((one) => one.netns === netns && one.port === port)
    .reduce((sum, one) => sum + one.rejects, 0)

/** Resets that this machine sent, outside of the tests' namespaces. */
async function readHostResets(): Promise<number> {
  const { stdout } = await promisify(execFile)('nstat', ['-azsj', 'TcpOutRsts'])
  return (JSON.parse(stdout) as { kernel: { TcpOutRsts: number } }).kernel.TcpOutRsts
}

test.each([
  { address: '127.0.0.1', networkType: 'ipv4' },
  { address: '::1', networkType: 'ipv6' },
])(
  'SYNs to a port of $address without a listener are counted by port',
  async ({ address, networkType }) => {
    const namespace = await createNamespace()
    const seen = await watch([namespace])
    const client = startTraffic(namespace)
    await client.run(
      `for _ in range(3): try_connect('${address}', 4001)`,
      `try_connect('${address}', 4002)`,
    )
    await seen.collect()
    await client.run(`try_connect('${address}', 4001)`)
    await seen.collect()
    await seen.collect()

    const common = { netns: namespace.inode, networkType }
    expect(seen.sink.rejections.slice(0, 2).toSorted((a, b) => a.port - b.port)).toEqual([
      { ...common, port: 4001, rejects: 3, resets: 3 },
      { ...common, port: 4002, rejects: 1, resets: 1 },
    ])
    expect(seen.sink.rejections.slice(2)).toEqual([
      { ...common, port: 4001, rejects: 1, resets: 1 },
    ])
  },
)

test('a segment that no socket wants, but is no SYN, is a reset and not a rejection', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const client = startTraffic(namespace)
  await client.run(`send_segment(raw_socket(), 'ACK', '127.0.0.1', 5000, '127.0.0.1', 4003)`)
  await seen.collect()
  expect(seen.sink.rejections).toMatchObject([
    { netns: namespace.inode, port: 4003, rejects: 0, resets: 1 },
  ])
})

test('a scan of 6,000 ports is bounded, and its sum is exact', async () => {
  const namespace = await createNamespace()
  const elsewhere = await readHostResets()
  const seen = await watch([namespace])
  const client = startTraffic(namespace)
  await client.run(`for port in range(1000, 7000): try_connect('127.0.0.1', port)`)
  await seen.collect()

  const { rejections } = seen.sink
  expect(rejections.length).toBeLessThanOrEqual(4096)
  // The entry for what did not fit holds what the machine itself refused, too.
  const sum = rejections.reduce((sum, one) => sum + one.rejects, 0)
  expect(sum).toBeGreaterThanOrEqual(6000)
  expect(sum).toBeLessThanOrEqual(6000 + (await readHostResets()) - elsewhere)
  // What did not fit is told apart by its port 0.
  expect(rejects(seen, 0, 0)).toBeGreaterThan(0)
  expect(seen.source.health()).toMatchObject({ lost: 0 })

  // Both maps are empty again.
  for (const port of [2000, 6999]) {
    await client.run(`try_connect('127.0.0.1', ${port})`)
    await seen.collect()
    expect(seen.sink.rejections.at(-1)).toMatchObject({ port, rejects: 1 })
  }
  expect(seen.sum({ pid: client.pid })).toMatchObject({ failed: 6002, active: 0, opened: 0 })
})

/** Recv-Q and Send-Q of `ss -ltn`: how many wait, and how many may. */
async function readQueue(namespace: Namespace, port: number): Promise<number[]> {
  const output = await execIn(namespace, 'ss', '-ltnH', 'sport', '=', `:${port}`)
  const [, waiting, limit] = output.trim().split(/\s+/)
  return [Number(waiting), Number(limit)]
}

test('a full accept queue is reported as ss and nstat have it', async () => {
  const namespace = await createNamespace()
  await setSysctl(namespace, 'net.ipv4.tcp_syn_retries', '1')
  const seen = await watch([namespace])
  const { client, server, port } = await startPair({ from: namespace })
  await server.run('l.listen(1)')
  await seen.collect()
  expect(seen.listeners({ port })[0]).toMatchObject({ backlog: 0, backlogLimit: 1 })

  await client.run('many = [begin_connect(*peer) for _ in range(12)]', 'time.sleep(1.5)')
  // SYNs and handshakes are repeated by timers: read between them.
  for (;;) {
    const before = await readNstat(namespace)
    await seen.collect()
    const after = await readNstat(namespace)
    if (before('TcpExtListenDrops') !== after('TcpExtListenDrops')) continue
    const overflows = seen.listeners({ port }).reduce((sum, one) => sum + one.overflows, 0)
    expect(overflows).toBeGreaterThan(0)
    expect(overflows).toBe(after('TcpExtListenDrops'))
    break
  }
  const [backlog, backlogLimit] = await readQueue(namespace, port)
  const last = seen
    .listeners({ port })
    .filter((one) => !one.isGrowthOnly)
    .at(-1)
  expect(last).toMatchObject({ backlog, backlogLimit })
  expect(backlog).toBe(2)
  await server.run('taken = [accept(l), accept(l)]')
})

test('what a listener dropped before it closed is reported after it closed', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const { client, server, port } = await startPair({ from: namespace })
  await server.run('l.listen(1)')
  await seen.collect()
  await client.run('many = [begin_connect(*peer) for _ in range(12)]', 'for s in many: s.close()')
  await server.run('l.close()')
  await seen.collect()

  const overflows = seen.listeners({ port }).reduce((sum, one) => sum + one.overflows, 0)
  expect(overflows).toBeGreaterThan(0)
  expect(overflows).toBe((await readNstat(namespace))('TcpExtListenDrops'))
})

test('a listener is reported once by every collection, until it closes', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const server = startTraffic(namespace)
  const ports = await server.run<number[]>(
    "a = listen('127.0.0.1', backlog=5); b = listen('::', backlog=6); [port_of(a), port_of(b)]",
  )
  const [v4 = 0, v6 = 0] = ports
  /** Of one collection: reports with a backlog, and those that only tell what grew. */
  const reportsOf = async (port: number): Promise<boolean[]> => {
    const before = seen.listeners({ port, pid: server.pid }).length
    await seen.collect()
    const reports = seen.listeners({ port, pid: server.pid }).slice(before)
    return reports.map(({ isGrowthOnly }) => isGrowthOnly).filter((isGrowthOnly) => !isGrowthOnly)
  }
  expect(await reportsOf(v4)).toEqual([false])
  expect(await reportsOf(v4)).toEqual([false])
  expect(await reportsOf(v6)).toEqual([false])
  expect(seen.listeners({ port: v4 })[0]).toMatchObject({
    localAddress: '127.0.0.1',
    backlog: 0,
    backlogLimit: 5,
    flow: { networkType: 'ipv4', remoteAddress: '0.0.0.0', role: 'server' },
  })
  expect(seen.listeners({ port: v6 })[0]).toMatchObject({
    localAddress: '::',
    backlog: 0,
    backlogLimit: 6,
    flow: { networkType: 'ipv6', remoteAddress: '::', role: 'server' },
  })

  await server.run('a.close()')
  expect(await reportsOf(v4)).toEqual([])
  expect(await reportsOf(v6)).toEqual([false])
})

test('listeners that share a port by SO_REUSEPORT are each reported, with their own process', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const servers = [startTraffic(namespace), startTraffic(namespace)]
  const client = startTraffic(namespace)
  for (const server of servers) {
    await server.run(
      `l = listen('127.0.0.1', 8080, reuse_port=True)`,
      'def serve():',
      '    while True: accept(l).close()',
      'in_thread(serve)',
    )
  }
  await client.run(`for _ in range(40): s = connect('127.0.0.1', 8080); receive(s); s.close()`)
  await seen.collectUntil(() => seen.sum({ port: 8080, role: 'server' }).closed === 40)

  expect(new Set(seen.listeners({ port: 8080 }).map(({ flow }) => flow.process.pid))).toEqual(
    new Set(servers.map(({ pid }) => pid)),
  )
  const perServer = servers.map(({ pid }) => seen.sum({ pid, port: 8080, role: 'server' }).closed)
  expect(perServer[0]! + perServer[1]!).toBe(40)
  expect(Math.min(...perServer)).toBeGreaterThan(0)
})

test('a listener that stops listening and listens again is one listener', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const server = startTraffic(namespace)
  const port = await server.run<number>(`l = listen('127.0.0.1', 8081); port_of(l)`)
  await server.run(`disconnect(l)`)
  await seen.collect()
  const withBacklog = () => seen.listeners({ port }).filter((one) => !one.isGrowthOnly)
  expect(withBacklog()).toEqual([])
  await server.run('l.listen(9)')
  await seen.collect()
  expect(withBacklog()).toMatchObject([{ backlogLimit: 9, flow: { process: { pid: server.pid } } }])
})

test('the wait of the oldest connection in the accept queue is the time since it was established', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const { client, server, port } = await startPair({ from: namespace })
  const wait = () => seen.listeners({ port }).at(-1)?.oldestWaitMs
  await seen.collect()
  expect(wait()).toBe(0)

  const ageMs = '(time.monotonic() - established) * 1e3'
  await client.run('before = time.monotonic(); s = connect(*peer); established = time.monotonic()')
  await client.run('time.sleep(0.3); late = connect(*peer)')
  const atLeast = await client.run<number>(ageMs)
  await seen.collect()
  const atMost = await client.run<number>('(time.monotonic() - before) * 1e3')
  // A jiffy is at most 10 ms.
  expect(wait()).toBeGreaterThan(atLeast - 10)
  expect(wait()).toBeLessThan(atMost + 10)

  await server.run('first = accept(l)')
  await seen.collect()
  const ofSecond = wait()
  expect(ofSecond).toBeLessThan(await client.run<number>(`${ageMs} - 300 + 10`))
  await server.run('second = accept(l)')
  await seen.collect()
  expect(wait()).toBe(0)
})
