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

async function watchNamespace({ inode }: Namespace, pid: number): Promise<Watched & Asking> {
  const diag = createSocketDiag()
  onTestFinished(() => diag.close())
  const path = `/proc/${pid}/ns/net`
  expect(diag.open({ path, receiveBytes: 1 << 20, groups: destroyGroups }).netns).toBe(inode)
  const asking = { room: 64 << 10 }
  const increments: Increment[] = []
  const namespace = new WatchedNamespace({
    diag: withRoom(diag, asking),
    netns: inode,
    flows: new DiagFlows(1024),
    capacity: 100,
    events: new Uint8Array(64 << 10),
    dumps: new Uint8Array(64 << 10),
    answers: new Uint8Array(64 << 10),
    onConnection: (increment) => increments.push({ ...increment }),
    onListener: () => {},
  })
  await namespace.dump(true)
  return { namespace, increments, asking }
}

interface Asking {
  /** Of the buffer for answers. */
  readonly asking: { room: number }
}

/** The real netlink sockets, with less room for answers. */
function withRoom(diag: SocketDiag, asking: { room: number }): SocketDiag {
  return {
    open: (settings) => diag.open(settings),
    dump: (request, into) => diag.dump(request, into),
    ask: (requests, count, into) => diag.ask(requests, count, into.subarray(0, asking.room)),
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
  watched.asking.room = 0
  await drainUntil(watched, 2)
  expect(watched.namespace.lookUpsFailed).toBeGreaterThan(0)

  watched.asking.room = 64 << 10
  watched.increments.length = 0
  await connectPair(pair)
  await pair.client.run('s.close()')
  await pair.server.run('receive(c); c.close()')
  await drainUntil(watched, 2)
  const reasons = watched.increments.map(({ closeReason }) => closeReasons[closeReason])
  expect(new Set(reasons)).toEqual(new Set(['local_fin', 'remote_fin']))
})
