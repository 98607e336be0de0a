import { expect, onTestFinished, test } from 'vitest'
import { closeReasons, type Increment } from '../../src/connection/increment.ts'
import { createSocketDiag, type SocketDiag } from '../../src/source/inet-diag-addon.ts'
import { DiagFlows } from '../../src/source/inet-diag-flows.ts'
import { WatchedNamespace } from '../../src/source/inet-diag-namespace.ts'
import { destroyGroups } from '../../src/source/inet-diag-requests.ts'
import { createNamespace, type Namespace } from '../support/netns.ts'
import { connectPair, startPair } from '../support/traffic.ts'

interface Watched {
  readonly namespace: WatchedNamespace
  readonly increments: Increment[]
}

async function watchNamespace({ inode }: Namespace, pid: number): Promise<Watched & Faulty> {
  const diag = createSocketDiag()
  onTestFinished(() => diag.close())
  const path = `/proc/${pid}/ns/net`
  expect(diag.open({ path, receiveBytes: 1 << 20, groups: destroyGroups }).netns).toBe(inode)
  const faults = { room: 64 << 10, isDumpFailing: false }
  const increments: Increment[] = []
  const namespace = new WatchedNamespace({
    diag: withFaults(diag, faults),
    netns: inode,
    flows: new DiagFlows(1024),
    capacity: 100,
    hasDatagrams: true,
    events: new Uint8Array(64 << 10),
    dumps: new Uint8Array(64 << 10),
    answers: new Uint8Array(64 << 10),
    onConnection: (increment) => increments.push({ ...increment }),
    onListener: () => {},
  })
  await namespace.dump(true)
  return { namespace, increments, faults }
}

interface Faults {
  /** Of the buffer for answers. */
  room: number
  isDumpFailing: boolean
}

interface Faulty {
  readonly faults: Faults
}

/** The real netlink sockets, with less room for answers, or with dumps that end in the middle. */
function withFaults(diag: SocketDiag, faults: Faults): SocketDiag {
  return {
    open: (settings) => diag.open(settings),
    dump: async (request, into) => {
      const length = await diag.dump(request, into)
      if (faults.isDumpFailing) throw new Error('no more of it')
      return length
    },
    ask: (requests, count, into) => diag.ask(requests, count, into.subarray(0, faults.room)),
    drain: (into) => diag.drain(into),
    overruns: () => diag.overruns(),
    close: () => diag.close(),
  }
}

async function drainUntil({ namespace, increments }: Watched, closed: number): Promise<void> {
  const drained = () => {
    while (namespace.drain());
    return increments.reduce((sum, one) => sum + one.closed, 0)
  }
  await expect.poll(drained, { timeout: 10_000 }).toBe(closed)
}

test('an end whose remains cannot be looked up is counted, and the next look gets its own answers', async () => {
  const inside = await createNamespace()
  const pair = await startPair({ from: inside, address: '127.0.0.1' })
  const watched = await watchNamespace(inside, pair.client.pid)
  await connectPair(pair)
  await pair.server.run('c.close()')
  await pair.client.run('receive(s); s.close()')
  // The kernel answers, but nobody takes the answers.
  watched.faults.room = 0
  await drainUntil(watched, 2)
  expect(watched.namespace.lookUpsFailed).toBeGreaterThan(0)

  watched.faults.room = 64 << 10
  watched.increments.length = 0
  await connectPair(pair)
  await pair.client.run('s.close()')
  await pair.server.run('receive(c); c.close()')
  await drainUntil(watched, 2)
  const reasons = watched.increments.map(({ closeReason }) => closeReasons[closeReason])
  expect(new Set(reasons)).toEqual(new Set(['local_fin', 'remote_fin']))
})

test('dumps that fail close no connection, and leave no listening socket out', async () => {
  const inside = await createNamespace()
  const pair = await startPair({ from: inside, address: '127.0.0.1' })
  const watched = await watchNamespace(inside, pair.client.pid)
  await connectPair(pair)
  const { namespace, increments, faults } = watched
  const sum = (key: 'active' | 'closed' | 'opened') =>
    increments.reduce((total, one) => total + one[key], 0)
  await namespace.dump(false)
  namespace.report()
  faults.isDumpFailing = true
  for (let dumps = 0; dumps < 5; dumps += 1) {
    await expect(namespace.dump(false)).rejects.toThrow('no more of it')
    namespace.report()
  }
  faults.isDumpFailing = false
  await namespace.dump(false)
  namespace.report()
  expect([sum('opened'), sum('active'), sum('closed')]).toEqual([2, 2, 0])
  expect(namespace.listeners.size).toBe(1)
})
