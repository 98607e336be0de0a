import { expect, onTestFinished, test } from 'vitest'
import type { OpenConnection } from '../../src/connection/open-connection.ts'
import { EbpfSource } from '../../src/source/ebpf.ts'
import { createNamespace, type Namespace } from '../support/netns.ts'
import { RecordingSink, sumOf } from '../support/source.ts'
import { connectPair, startPair } from '../support/traffic.ts'

class OpenSink extends RecordingSink {
  readonly #inode: number
  opened: OpenConnection[] = []

  constructor(inode: number) {
    super([inode])
    this.#inode = inode
  }

  open(connection: OpenConnection): void {
    if (connection.flow.netns === this.#inode) this.opened.push(connection)
  }
}

async function watchEach(namespace: Namespace) {
  const sink = new OpenSink(namespace.inode)
  const source = new EbpfSource({ eachConnection: true })
  onTestFinished(() => source.stop())
  await source.start(sink)
  const collect = async (): Promise<OpenConnection[]> => {
    sink.opened = []
    await source.collect()
    return sink.opened
  }
  return { sink, source, collect }
}

test('each connection has its ports, its growth and its sum, and stays while it is idle', async () => {
  const namespace = await createNamespace()
  const pair = await startPair({ from: namespace })
  await connectPair(pair)
  await pair.client.run('send(s, 1000)')
  await pair.server.run('receive(c, 1000)')
  const { sink, collect } = await watchEach(namespace)
  const port = await pair.client.run<number>('s.getsockname()[1]')

  await pair.client.run('send(s, 234)')
  await pair.server.run('receive(c, 234)')
  const first = await collect()
  const client = first.find(({ flow }) => flow.role === 'client')
  expect(client).toMatchObject({
    localAddress: '127.0.0.1',
    localPort: port,
    remotePort: pair.port,
    state: 'established',
    isAdopted: true,
    bytesTx: 234,
    bytesRx: 0,
    allBytesTx: 1234,
    flow: { process: { pid: pair.client.pid }, remoteAddress: '127.0.0.1', servicePort: pair.port },
  })
  expect(first.find(({ flow }) => flow.role === 'server')).toMatchObject({
    localPort: pair.port,
    remotePort: port,
    bytesRx: 234,
    allBytesRx: 1234,
    flow: { process: { pid: pair.server.pid } },
  })
  expect(first).toHaveLength(2)
  const rtt = await pair.client.run<{ rtt: number }>('tcp_info(s)')
  expect(client?.srttUs).toBe(rtt.rtt)

  const idle = await collect()
  expect(idle.map(({ bytesTx, bytesRx, pktsTx }) => bytesTx + bytesRx + pktsTx)).toEqual([0, 0])
  expect(sumOf(sink.increments)).toMatchObject({ bytesTx: 234, bytesRx: 234, active: 2, opened: 0 })

  await pair.client.run('s.close()')
  await pair.server.run('c.close()')
  expect(await collect()).toEqual([])
})

test('the growth of single connections is that of the increments, over many buffers of records', async () => {
  const namespace = await createNamespace()
  const { sink, collect } = await watchEach(namespace)
  const pair = await startPair({ from: namespace })
  const count = 3_000
  await Promise.all([
    pair.client.run(`all = [connect(*peer) for _ in range(${count})]`),
    pair.server.run(`all = [accept(l) for _ in range(${count})]`),
  ])
  await pair.client.run('[send(one, 1 + at) for at, one in enumerate(all)]')
  await pair.server.run('[receive(one, 1 + at) for at, one in enumerate(all)]')
  const seen = await collect()
  const clients = seen.filter(({ flow }) => flow.role === 'client')
  expect(seen).toHaveLength(2 * count)
  expect(clients.map(({ bytesTx }) => bytesTx).toSorted((one, other) => one - other)).toEqual(
    Array.from({ length: count }, (_, at) => 1 + at),
  )
  expect(new Set(clients.map(({ localPort }) => localPort)).size).toBe(count)
  expect(new Set(seen.map(({ isAdopted }) => isAdopted))).toEqual(new Set([false]))
  expect(seen.filter(({ flow }) => flow.process.pid === pair.server.pid)).toHaveLength(count)
  const sum = sumOf(sink.increments)
  expect(sum).toMatchObject({ bytesTx: (count * (count + 1)) / 2, opened: 2 * count })
})

test('without connection_pass a source of single connections does not start, and says why', async () => {
  const source = new EbpfSource({ eachConnection: true, leaveOut: ['connection_pass'] })
  await expect(source.start(new RecordingSink())).rejects.toMatchObject({
    code: 'NETTRACER_ERR_SOURCE_UNUSABLE',
    message: expect.stringContaining('connection_pass'),
  })
})
