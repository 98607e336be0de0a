import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { commandIn, createNamespace, execIn, setSysctl } from '../support/netns.ts'
import { watch } from '../support/source.ts'
import { connectPair, startPair, startTraffic } from '../support/traffic.ts'

test('20,000 short connections are counted 20,000 times at both ends, with their processes', async () => {
  const namespace = await createNamespace()
  await setSysctl(namespace, 'net.ipv4.ip_local_port_range', '10000 65000')
  const seen = await watch([namespace])
  const { client, server, port } = await startPair({ from: namespace })
  const count = 20_000

  const traffic = Promise.all([
    client.run(
      `for _ in range(${count}): s = connect(*peer); s.send(b'hello'); s.recv(9); s.close()`,
    ),
    server.run(`for _ in range(${count}): c = accept(l); c.recv(5); c.send(b'me'); c.close()`),
  ])
  await seen.collectDuring(traffic)
  // The last acknowledgements may still be under way when close() returns.
  await seen.collectUntil(() =>
    [client, server].every(({ pid }) => seen.sum({ pid }).closed >= count),
  )

  const ends = seen.of({ netns: namespace.inode, port })
  expect(new Set(ends.map(({ flow }) => `${flow.process.pid} ${flow.role}`))).toEqual(
    new Set([`${client.pid} client`, `${server.pid} server`]),
  )
  const counts = { opened: count, closed: count, active: 0, failed: 0 }
  expect(seen.sum({ pid: client.pid })).toMatchObject({
    ...counts,
    bytesTx: 5 * count,
    bytesRx: 2 * count,
  })
  expect(seen.sum({ pid: server.pid })).toMatchObject({
    ...counts,
    bytesTx: 2 * count,
    bytesRx: 5 * count,
  })
  const clientOpenings = seen.of({ pid: client.pid }).filter(({ opened }) => opened > 0)
  expect(clientOpenings.every(({ connectDurationNs }) => connectDurationNs > 0)).toBe(true)
  const endings = ends.filter(({ closed }) => closed > 0)
  expect(endings.every(({ durationNs }) => durationNs > 0)).toBe(true)
  expect(seen.source.health()).toMatchObject({ ringFull: 0, lost: 0, unknownRecords: 0 })
})

test('only the client of a connection has a time to connect, and only once', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const pair = await startPair({ from: namespace })
  await connectPair(pair)
  for (let round = 0; round < 3; round += 1) {
    await Promise.all([pair.client.run('send(s, 1)'), pair.server.run('receive(c, 1)')])
    await seen.collect()
  }

  const times = (pid: number) => seen.of({ pid }).map(({ connectDurationNs }) => connectDurationNs)
  expect(times(pair.client.pid).filter((time) => time > 0)).toHaveLength(1)
  expect(times(pair.server.pid).every((time) => time === -1)).toBe(true)
})

test('the server of a connection has a time to accept, once, where the kernel lets us see it', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const { client, server, port } = await startPair({ from: namespace })
  const [dialled, established] = await client.run<[number, number]>(
    'start = time.monotonic_ns()',
    's = connect(*peer)',
    '[start, time.monotonic_ns()]',
  )
  // It is reported as open before it is accepted.
  for (let round = 0; round < 2; round += 1) await seen.collect()
  const [woken, accepted] = await server.run<[number, number]>(
    'start = time.monotonic_ns()',
    'c = accept(l)',
    '[start, time.monotonic_ns()]',
  )
  for (let round = 0; round < 2; round += 1) {
    await Promise.all([client.run('send(s, 1)'), server.run('receive(c, 1)')])
    await seen.collect()
  }

  const times = seen.of({ port }).map((one) => ({ role: one.flow.role, ns: one.acceptDurationNs }))
  const values = times.filter(({ ns }) => ns !== -1)
  const program = seen.source.health().programs.find(({ name }) => name === 'socket_accepted')
  expect(values.map(({ role }) => role)).toEqual(program?.attached ? ['server'] : [])
  for (const { ns } of values) {
    expect(ns).toBeGreaterThanOrEqual(woken - established)
    expect(ns).toBeLessThanOrEqual(accepted - dialled)
  }
})

/** The parent accepts, forks, and the child talks; `HOLD` lets the child live until stdin says so. */
const forkingServer = [
  'def serve_one():',
  '    c = accept(l)',
  '    child = os.fork()',
  '    if child == 0:',
  '        c.recv(3); c.send(b"reply")',
  '        c.recv(1)',
  '        c.close()',
  '        os._exit(0)',
  '    c.close()',
  '    return child',
]

test.each([
  { moment: 'while it is open', isCollectedOpen: true },
  { moment: 'only after its end', isCollectedOpen: false },
])(
  'a connection that a forking server handed to its child is the child’s, seen $moment',
  async ({ isCollectedOpen }) => {
    const namespace = await createNamespace()
    const seen = await watch([namespace])
    const { client, server, port } = await startPair({ from: namespace })
    await server.run(...forkingServer)
    const [child] = await Promise.all([
      server.run<number>('serve_one()'),
      client.run('s = connect(*peer); s.send(b"ask"); receive(s, 5)'),
    ])
    if (isCollectedOpen) await seen.collect()
    await client.run('s.send(b"x"); receive(s); s.close()')
    await server.run(`os.waitpid(${child}, 0)`)
    await seen.collect()

    const counts = { opened: 1, closed: 1, active: 0, bytesRx: 4, bytesTx: 5 }
    expect(seen.sum({ pid: child, port, role: 'server' })).toMatchObject(counts)
    expect(seen.sum({ pid: server.pid, port })).toMatchObject({ opened: 0, closed: 0, active: 0 })
  },
)

test('a connection of a pre-forked server belongs to the worker that accepted it', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const { client, server, port } = await startPair({ from: namespace })
  const workers = await server.run<number[]>(
    'def work():',
    '    while True:',
    '        c = accept(l); c.recv(3); c.send(str(os.getpid()).encode()); c.recv(1); c.close()',
    'workers = []',
    'for _ in range(3):',
    '    workers.append(os.fork() or work())',
    'workers',
  )
  const [open, ended] = await client.run<[number, number]>(
    'def ask():',
    '    s = connect(*peer); s.send(b"who"); return s, int(s.recv(20))',
    's, open_at = ask()',
    't, ended_at = ask()',
    't.close()',
    '[open_at, ended_at]',
  )
  await seen.collectUntil(() => seen.sum({ port, role: 'server' }).closed === 1)
  await server.run('for w in workers: os.kill(w, 9); os.waitpid(w, 0)')
  await client.run('s.close()')
  await seen.collect()

  expect(workers).toEqual(expect.arrayContaining([open, ended]))
  const byWorker = (pid: number) => seen.sum({ pid, port, role: 'server' }).opened
  const expected = new Map<number, number>(workers.map((pid) => [pid, 0]))
  for (const pid of [open, ended]) expected.set(pid, (expected.get(pid) ?? 0) + 1)
  expect(new Map(workers.map((pid) => [pid, byWorker(pid)]))).toEqual(expected)
  expect(seen.sum({ port, role: 'server' })).toMatchObject({ opened: 2, closed: 2, active: 0 })
  expect(seen.sum({ pid: server.pid, port })).toMatchObject({ opened: 0, closed: 0, active: 0 })
})

test('a process that lived for milliseconds still has its executable name', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const { server, port } = await startPair({ from: namespace })
  const accepting = server.run('c = accept(l); receive(c); c.close()')
  const [command, ...args] = commandIn(
    namespace,
    'bash',
    '-c',
    `echo hi >/dev/tcp/127.0.0.1/${port}`,
  )
  const shell = spawn(command as string, args, { stdio: 'inherit' })
  await once(shell, 'exit')
  await accepting
  await seen.collectUntil(() => seen.sum({ role: 'client', port }).closed === 1)

  expect(seen.sink.processes.find(({ pid }) => pid === shell.pid)).toMatchObject({
    executableName: 'bash',
    comm: 'bash',
    uid: 0,
  })
  expect(seen.sum({ pid: shell.pid ?? 0, role: 'client', port })).toMatchObject({
    opened: 1,
    closed: 1,
    active: 0,
    bytesTx: 3,
  })
})

test('a process is described before the first increment that names it, and once', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const pair = await startPair({ from: namespace })
  for (let round = 0; round < 3; round += 1) {
    await connectPair(pair)
    await seen.collect()
    await pair.client.run('s.close()')
    await pair.server.run('c.close()')
    await seen.collect()
  }

  const { order } = seen.sink
  for (const { pid } of [pair.client, pair.server]) {
    expect(order.filter((line) => line === `process ${pid}`)).toHaveLength(1)
    expect(order.indexOf(`process ${pid}`)).toBeLessThan(order.indexOf(`increment ${pid}`))
    const described = seen.sink.processes.find((one) => one.pid === pid)
    const running = seen.of({ pid }).at(0)?.flow.process
    expect(described).toMatchObject({ startTime: running?.startTime })
  }
})

test('a process is described with who started it, as far as nothing lies between them', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const { server, port } = await startPair({ from: namespace })
  const starter = startTraffic(namespace)
  const dial = `bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port}; echo $$ $PPID'; true`
  const printed = await starter.run<string>(
    'import subprocess',
    `subprocess.run(['bash', '-c', ${JSON.stringify(dial)}], check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout`,
  )
  await server.run('c = accept(l)')
  await seen.collect()
  const [pid, shell] = printed.trim().split(' ').map(Number)
  const described = seen.sink.processes.find((one) => one.pid === pid)
  expect(described?.ancestors?.map((one) => one.pid)).toEqual([shell, starter.pid])
  const { startTime = 0n } = described?.ancestors?.[1] ?? {}
  const stat = readFileSync(`/proc/${starter.pid}/stat`, 'latin1')
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  expect(String(startTime / 10_000_000n)).toBe(ticks)
  // What runs in a namespace was started from outside of its mount namespace.
  const ofServer = seen.sink.processes.find((one) => one.pid === server.pid)
  expect(ofServer?.ancestors).toEqual([])
})

test('any bytes may be the name of a process', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const { server, port } = await startPair({ from: namespace })
  const client = startTraffic(namespace)
  await client.run(
    'import ctypes',
    String.raw`ctypes.CDLL(None).prctl(15, b'\xff"\n\\{}\x01\xc3\xa4\x1b[31m0123456789', 0, 0, 0)`,
  )
  await Promise.all([client.run(`s = connect('127.0.0.1', ${port})`), server.run('c = accept(l)')])
  await seen.collect()

  // 15 bytes are kept; what is not UTF-8 becomes U+FFFD.
  expect(seen.sink.processes.find(({ pid }) => pid === client.pid)?.comm).toBe(
    '\ufffd"\n\\{}\u0001ä\u001b[31m0',
  )
  const executable = await execIn(namespace, 'readlink', `/proc/${client.pid}/exe`)
  expect(seen.sink.processes.find(({ pid }) => pid === client.pid)?.executableName).toBe(
    executable.trim().split('/').at(-1),
  )
})
