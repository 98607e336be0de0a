import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { Rejection, Total } from '../../src/generated/records.ts'
import { createTracer, objectPath, type Tracer } from '../../src/source/addon.ts'
import { RecordDecoder } from '../../src/source/decoder.ts'
import { FlowTable } from '../../src/source/flow-table.ts'
import { createNamespace } from '../support/netns.ts'
import { RecordingSink } from '../support/source.ts'
import { connectPair, type Pair, startPair } from '../support/traffic.ts'

/**
 * Makes the fixtures of test/source/decoder.test.ts: the bytes as the kernel gave them, and beside them what they
 * say, told by the traffic itself and /proc, not by the decoder. Written with NETTRACER_WRITE_FIXTURES=1; in any
 * run, what is decoded has to be what was done.
 */
const isWritten = process.env.NETTRACER_WRITE_FIXTURES === '1'

function write(name: string, bytes: Uint8Array, expected: object): void {
  if (!isWritten) return
  const path = (extension: string) =>
    fileURLToPath(new URL(`../source/fixtures/${name}.${extension}`, import.meta.url))
  writeFileSync(path('bin'), bytes)
  writeFileSync(path('json'), `${JSON.stringify(expected, undefined, 2)}\n`)
}

function openTracer(ringBytes?: number): Tracer {
  const tracer = createTracer()
  onTestFinished(() => tracer.close())
  tracer.open({ path: objectPath, ...(ringBytes === undefined ? {} : { ringBytes }) })
  return tracer
}

/** Cuts a buffer into its records. */
function* records(bytes: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  for (let at = 0; at < bytes.length; at += view.getUint32(at + 4, true)) {
    yield bytes.slice(at, at + view.getUint32(at + 4, true))
  }
}

function decode(bytes: Uint8Array, how: 'decode' | 'decodeTotals' | 'decodeRejections' = 'decode') {
  const sink = new RecordingSink()
  const decoder = new RecordDecoder(new FlowTable(), 1 << 20)
  decoder.bytes.set(bytes)
  decoder[how](bytes.length, sink)
  return sink
}

/** Of a buffer of records, those of some processes: the machine has others. */
function recordsOf(bytes: Uint8Array, pids: readonly number[]): Uint8Array {
  const sink = new RecordingSink()
  const decoder = new RecordDecoder(new FlowTable(), 512)
  const wanted = [...records(bytes)].filter((record) => {
    sink.clear()
    decoder.bytes.set(record)
    decoder.decode(record.length, sink)
    const { processes, increments, listeners } = sink
    const pid = processes[0]?.pid ?? (increments[0] ?? listeners[0])?.flow.process.pid
    return pid !== undefined && pids.includes(pid)
  })
  return Buffer.concat(wanted)
}

async function readPass(tracer: Tracer, program: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for (;;) {
    const into = new Uint8Array(1 << 20)
    const used = await tracer.readPass(program, into)
    if (used === 0) return Buffer.concat(parts)
    parts.push(into.subarray(0, used))
  }
}

function drain(tracer: Tracer): Uint8Array {
  const parts: Uint8Array[] = []
  for (;;) {
    const into = new Uint8Array(1 << 20)
    const used = tracer.drain(into)
    parts.push(into.subarray(0, used))
    if (used < into.length - 512) return Buffer.concat(parts)
  }
}

/** Clock ticks since boot, as /proc/PID/stat has it: the record has ns. */
function startTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
}

function describeProcess(pid: number, comm: string) {
  const cgroup = /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1] ?? '/'
  const mount = /^cgroup2 (\S+) cgroup2/m.exec(readFileSync('/proc/mounts', 'utf8'))?.[1]
  return {
    pid,
    uid: 0,
    comm,
    startTicks: startTicks(pid),
    // BigInts are text in JSON.
    cgroupId: String(mount ? statSync(`${mount}${cgroup}`).ino : 0),
  }
}

/** What a test may compare with `toMatchObject`. */
const plain = (sink: RecordingSink) => ({
  processes: sink.processes.map(({ startTime, cgroupId, pid, uid, comm }) => ({
    pid,
    uid,
    comm,
    startTicks: Number(startTime / 10_000_000n),
    cgroupId: String(cgroupId),
  })),
  listeners: sink.listeners,
  increments: sink.increments,
})

async function talk({ client, server }: Pair): Promise<void> {
  await client.run('send(s, 1234); assert try_connect(peer[0], 9) == 111')
  await server.run('receive(c, 1234); send(c, 77)')
  await client.run('receive(s, 77)')
}

test.each([
  { name: 'records-ipv4', address: '127.0.0.1', any: '0.0.0.0', networkType: 'ipv4' },
  { name: 'records-ipv6', address: '::1', any: '::', networkType: 'ipv6' },
])('$name says what was done', async ({ name, address, any, networkType }) => {
  const namespace = await createNamespace()
  const tracer = openTracer()
  await readPass(tracer, 'file_pass')
  drain(tracer)
  const pair = await startPair({ from: namespace, address })
  const { client, server, port } = pair
  for (const end of [client, server]) {
    await end.run('import pathlib; pathlib.Path("/proc/self/comm").write_text("fixture-process")')
  }
  await connectPair(pair)
  await talk(pair)
  await readPass(tracer, 'file_pass')
  const pids = [client.pid, server.pid]
  // The server was described when it listened, before it had its new name.
  const described = recordsOf(drain(tracer), pids)
  const open = recordsOf(await readPass(tracer, 'socket_pass'), pids)
  const processes = [describeProcess(client.pid, 'fixture-process')]
  await client.run('reset(s)')
  await server.run('until(lambda: tcp_info(c)["state"] == 7); c.close()')
  const ended = recordsOf(drain(tracer), pids)
  const bytes = Buffer.concat([described, open, ended])

  const flow = { netns: namespace.inode, transport: 'tcp', networkType, isSameHost: true }
  const ofClient = { ...flow, process: { pid: client.pid }, role: 'client', remoteAddress: address }
  const ofServer = { ...flow, process: { pid: server.pid }, role: 'server', servicePort: port }
  const none = { opened: 0, closed: 0, failed: 0, active: 0 }
  const expected = {
    processes,
    listeners: [
      {
        flow: { ...ofServer, remoteAddress: any, isSameHost: false },
        localAddress: address,
        backlog: 0,
        backlogLimit: 128,
        overflows: 0,
        synAcksRetransmitted: 0,
        oldestWaitMs: 0,
      },
    ],
    increments: [
      { flow: { ...ofClient, servicePort: 9 }, ...none, failed: 1, failureType: 'refused' },
      {
        flow: { ...ofServer, remoteAddress: address },
        ...none,
        opened: 1,
        active: 1,
        bytesTx: 77,
        bytesRx: 1234,
        closeReason: 'none',
      },
      {
        flow: { ...ofClient, servicePort: port },
        ...none,
        opened: 1,
        active: 1,
        bytesTx: 1234,
        bytesRx: 77,
        closeReason: 'none',
      },
      {
        flow: { ...ofClient, servicePort: port },
        ...none,
        closed: 1,
        active: -1,
        bytesTx: 0,
        bytesRx: 0,
        closeReason: 'local_reset',
      },
      // The reset itself leaves after the end.
      { flow: { ...ofClient, servicePort: port }, ...none, resetsTx: 1, isMerged: true },
      {
        flow: { ...ofServer, remoteAddress: address },
        ...none,
        closed: 1,
        active: -1,
        bytesTx: 0,
        resetsRx: 1,
        closeReason: 'remote_reset',
      },
    ],
  }
  const decoded = plain(decode(bytes))
  const clientOnly = decoded.processes.filter(({ pid }) => pid === client.pid)
  expect(clientOnly).toEqual(expected.processes)
  expect(decoded.listeners).toMatchObject(expected.listeners)
  for (const one of expected.increments) {
    expect(decoded.increments).toContainEqual(
      expect.objectContaining({
        ...one,
        flow: expect.objectContaining({
          ...one.flow,
          process: expect.objectContaining(one.flow.process),
        }),
      }),
    )
  }
  write(name, bytes, expected)
})

test('totals and rejections say what was done', async () => {
  const namespace = await createNamespace()
  const tracer = openTracer(4096)
  tracer.update('rejections_0', new Uint8Array(8), new Uint8Array(16))
  const pair = await startPair({ from: namespace })
  const { client, server, port } = pair
  await server.run(
    'def serve():',
    '    for _ in range(300): c = accept(l); receive(c); c.close()',
    'serving = in_thread(serve)',
  )
  await client.run(
    'for _ in range(100): connect(*peer).close()',
    'for _ in range(200): s = connect(*peer); send(s, 50); s.close()',
    "for _ in range(5): try_connect('127.0.0.1', 4001)",
    "try_connect('127.0.0.1', 4002)",
  )
  await server.run('serving.join()')
  const take = (map: string, size: number, netnsAt: number): Uint8Array => {
    const into = new Uint8Array(1 << 20)
    const used = tracer.takeMap(map, into)
    const view = new DataView(into.buffer)
    const entries: Uint8Array[] = []
    for (let at = 0; at < used; at += size) {
      if (view.getUint32(at + netnsAt, true) === namespace.inode) {
        entries.push(into.slice(at, at + size))
      }
    }
    return Buffer.concat(entries)
  }
  const totals = take('remainder_0', Total.size, 36)
  const rejections = take('rejections_0', Rejection.size, 0)

  const common = { netns: namespace.inode, networkType: 'ipv4' }
  const expectedRejections = [
    { ...common, port: 4001, rejects: 5, resets: 5 },
    { ...common, port: 4002, rejects: 1, resets: 1 },
  ]
  const decoded = decode(rejections, 'decodeRejections').rejections
  expect(decoded.toSorted((a, b) => a.port - b.port)).toEqual(expectedRejections)
  write('rejections', rejections, expectedRejections)

  // What came before the ring was full is not in the totals, which are all that is in the fixture.
  const sums = decode(totals, 'decodeTotals').increments
  const ofClient = sums.find(({ flow, closed }) => flow.role === 'client' && closed > 0)
  expect(ofClient).toMatchObject({
    flow: { process: { pid: client.pid }, servicePort: port, remoteAddress: '127.0.0.1' },
    isMerged: true,
    closeReason: 'local_fin',
    failureType: 'none',
  })
  expect(ofClient?.closed).toBe(ofClient?.opened)
  expect(ofClient?.bytesTx).toBe(50 * 200)
  expect(new Set(sums.map(({ flow }) => flow.process.pid))).toEqual(
    new Set([client.pid, server.pid]),
  )
  write('totals', totals, [
    {
      flow: { ...common, role: 'client', servicePort: port, process: { pid: client.pid } },
      bytesTx: 50 * 200,
      bytesRx: 0,
      failed: 0,
      isMerged: true,
      closeReason: 'local_fin',
      failureType: 'none',
    },
  ])
})
