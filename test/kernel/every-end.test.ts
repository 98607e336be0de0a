import { readFileSync } from 'node:fs'
import { getSystemErrorName } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import type { EndedConnection } from '../../src/connection/ended.ts'
import { closeReasons, failureTypes } from '../../src/connection/increment.ts'
import { addRule, createRoutedNamespaces, dropRules, setSysctl } from '../support/netns.ts'
import { EndsSink, type Sum, type Watch, watch } from '../support/source.ts'
import { connectPair, type Pair, startPair } from '../support/traffic.ts'

/** A client in `a` and a server in `b`, with a router between them. */
interface Ways extends Pair {
  readonly net: Awaited<ReturnType<typeof createRoutedNamespaces>>
  readonly seen: Watch
}

interface End {
  /** As `nettracer.close.reason` or `error.type`; nothing else may be counted. */
  readonly metric: { readonly closed?: string; readonly failed?: string }
  /** FIN sent, FIN received, reset sent, reset received. */
  readonly flags: string
  readonly error?: string
}

const closed = (reason: string, flags: string, error = ''): End => ({
  metric: { closed: reason },
  flags,
  error,
})
const failed = (type: string, flags = '----', error = ''): End => ({
  metric: { failed: type },
  flags,
  error,
})

interface Way {
  readonly way: string
  readonly act: (ways: Ways) => Promise<unknown>
  readonly client: End
  /** Absent where no socket of the other end ever had a part in it. */
  readonly server?: End
  readonly rejections?: readonly object[]
}

const cut = ({ net }: Ways) => addRule(net.router, 'forward', 'ip protocol tcp drop')
const mend = ({ net }: Ways) => dropRules(net.router)
const isOver = (socket: string) => `until(lambda: tcp_info(${socket})["state"] == 7)`
const keepAlive = (socket: string) =>
  [
    `${socket}.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)`,
    ...[4, 5, 6].map((option) => `${socket}.setsockopt(6, ${option}, 1)`),
    isOver(socket),
  ].join('\n')
const tryConnect = ({ client }: Ways) => client.run('try_connect(*peer)')

const established: readonly Way[] = [
  {
    way: 'FIN from the client',
    act: async ({ client, server }) => {
      await client.run('s.close()')
      await server.run('receive(c); c.close()')
    },
    // Its socket is gone when the FIN of the other comes: the kernel answers that without it.
    client: closed('local_fin', 'F---'),
    server: closed('remote_fin', 'Ff--'),
  },
  {
    way: 'FIN from the server',
    act: async ({ client, server }) => {
      await server.run('c.close()')
      await client.run('receive(s); s.close()')
    },
    client: closed('remote_fin', 'Ff--'),
    server: closed('local_fin', 'F---'),
  },
  {
    way: 'FINs that cross',
    act: async (ways) => {
      await cut(ways)
      await ways.client.run('s.close()')
      await ways.server.run('c.close()')
      await mend(ways)
    },
    client: closed('local_fin', 'Ff--'),
    server: closed('local_fin', 'Ff--'),
  },
  {
    way: 'RST from the client',
    act: async ({ client, server }) => {
      await client.run('reset(s)')
      await server.run(isOver('c'))
    },
    client: closed('local_reset', '--R-'),
    server: closed('remote_reset', '---r', 'ECONNRESET'),
  },
  {
    way: 'RST from the server',
    act: async ({ client, server }) => {
      await server.run('reset(c)')
      await client.run(isOver('s'))
    },
    client: closed('remote_reset', '---r', 'ECONNRESET'),
    server: closed('local_reset', '--R-'),
  },
  {
    way: 'keepalive probes that nobody answers',
    act: async (ways) => {
      await cut(ways)
      await Promise.all([ways.client.run(keepAlive('s')), ways.server.run(keepAlive('c'))])
    },
    client: closed('timeout', '--R-', 'ETIMEDOUT'),
    server: closed('timeout', '--R-', 'ETIMEDOUT'),
  },
  {
    way: 'a process that is killed',
    act: async ({ client, server }) => {
      await client.kill()
      await server.run('receive(c); c.close()')
    },
    client: closed('local_fin', 'F---'),
    server: closed('remote_fin', 'Ff--'),
  },
  {
    way: 'a process that is killed with bytes unread',
    act: async ({ client, server }) => {
      await server.run('send(c, 100)')
      await client.run('until(lambda: tcp_info(s)["bytesReceived"] == 100)')
      await client.kill()
      await server.run(isOver('c'))
    },
    client: closed('local_reset', '--R-'),
    server: closed('remote_reset', '---r', 'ECONNRESET'),
  },
]

const attempted: readonly Way[] = [
  {
    way: 'RST in SYN_SENT, from a router',
    act: async (ways) => {
      await addRule(ways.net.router, 'forward', 'tcp flags syn reject with tcp reset')
      await tryConnect(ways)
    },
    client: failed('refused', '---r', 'ECONNREFUSED'),
  },
  {
    way: 'refused: nobody listens',
    act: async (ways) => {
      await ways.server.run('l.close()')
      await tryConnect(ways)
    },
    client: failed('refused', '---r', 'ECONNREFUSED'),
    rejections: [{ rejects: 1, resets: 1 }],
  },
  {
    way: 'a SYN that nobody answers',
    act: async (ways) => {
      await cut(ways)
      await tryConnect(ways)
    },
    client: failed('timed_out', '----', 'ETIMEDOUT'),
  },
  {
    way: 'host unreachable',
    act: async (ways) => {
      await addRule(ways.net.router, 'forward', 'reject with icmp host-unreachable')
      await tryConnect(ways)
    },
    client: failed('host_unreachable', '----', 'EHOSTUNREACH'),
  },
  {
    way: 'network unreachable',
    act: async (ways) => {
      await addRule(ways.net.router, 'forward', 'reject with icmp net-unreachable')
      await tryConnect(ways)
    },
    client: failed('net_unreachable', '----', 'ENETUNREACH'),
  },
  {
    way: 'a connect that is cancelled',
    act: async (ways) => {
      await cut(ways)
      await ways.client.run('s = begin_connect(*peer)', 's.close()')
    },
    client: failed('cancelled'),
  },
  {
    // Both connect, each to the other. One of them gives up when the other has answered already.
    way: 'RST in SYN_RECV of connects that cross',
    act: async (ways) => {
      const { client, server, net, port } = ways
      await cut(ways)
      await server.run('l.close()')
      const crossing = (socket: string, own: number, address: string, other: number) =>
        [
          `${socket} = socket.socket()`,
          `${socket}.bind(('', ${own}))`,
          `${socket}.setblocking(False)`,
          `${socket}.connect_ex(('${address}', ${other}))`,
        ].join('\n')
      await client.run(crossing('s', 4001, net.addressOfB, port))
      await server.run(crossing('c', port, net.addressOfA, 4001))
      await mend(ways)
      await addRule(net.router, 'forward', `ip saddr ${net.addressOfB} drop`)
      await server.run('until(lambda: tcp_info(c)["state"] == 3)')
      await client.run('s.close()')
      await mend(ways)
      await server.run(isOver('c'))
    },
    client: failed('cancelled'),
    server: failed('reset', '---r', 'ECONNRESET'),
    rejections: [{ rejects: 0, resets: 1 }],
  },
]

/** What of a record says how it ended. */
function told(end: EndedConnection): End {
  const flags = [end.hasSentFin, end.hasReceivedFin, end.hasSentReset, end.hasReceivedReset]
  const reason = closeReasons[end.closeReason] ?? 'none'
  const failure = failureTypes[end.failureType] ?? 'none'
  return {
    metric: {
      ...(reason !== 'none' && { closed: reason }),
      ...(failure !== 'none' && { failed: failure }),
    },
    flags: flags.map((isSet, at) => (isSet ? 'FfRr'[at] : '-')).join(''),
    error: end.errno === 0 ? '' : getSystemErrorName(-end.errno),
  }
}

/** The counters that go with it. */
function counted({ metric, flags }: End): Partial<Sum> {
  const { closed: reason, failed: type } = metric
  return {
    opened: Number(reason !== undefined),
    closed: Number(reason !== undefined),
    failed: Number(type !== undefined),
    active: 0,
    closedBy: reason === undefined ? {} : { [reason]: 1 },
    failedBy: type === undefined ? {} : { [type]: 1 },
    resetsTx: Number(flags.includes('R')),
    resetsRx: Number(flags.includes('r')),
  }
}

const ways: readonly (Way & { readonly isConnected: boolean })[] = [
  ...established.map((way) => ({ ...way, isConnected: true })),
  ...attempted.map((way) => ({ ...way, isConnected: false })),
]

const page = readFileSync(new URL('../../docs/ends.md', import.meta.url), 'utf8')

/** A cell of the page's table. */
function written(end: End | undefined): string {
  if (end === undefined) return '-'
  const { closed: reason, failed: type } = end.metric
  const what = reason === undefined ? `failed: \`${type}\`` : `closed: \`${reason}\``
  return end.error === '' ? what : `${what}, ${end.error}`
}

test('docs/ends.md has these ways and no others', () => {
  const rows = page.split('\n').filter((line) => /^\|.*(closed|failed):/.test(line))
  expect(rows).toEqual(
    ways.map(({ way, client, server }) => `| ${way} | ${written(client)} | ${written(server)} |`),
  )
})

test.each(ways)('$way: each end counts and tells it', async (given) => {
  const { isConnected, act, rejections = [] } = given
  const net = await createRoutedNamespaces()
  await setSysctl(net.a, 'net.ipv4.tcp_syn_retries', '2')
  await setSysctl(net.a, 'net.ipv4.tcp_syn_linear_timeouts', '0')
  const sink = new EndsSink([net.a.inode, net.b.inode])
  const seen = await watch([net.a, net.b], { ringBytes: 32 << 20 }, sink)
  const pair = await startPair({ from: net.a, to: net.b, address: net.addressOfB })
  if (isConnected) await connectPair(pair)
  // What else goes on here must not fill the ring: a record that has no room is not told.
  const drains = setInterval(() => seen.source.drain(), 50)
  onTestFinished(() => clearInterval(drains))
  await act({ ...pair, net, seen })

  const expected = [
    { pid: pair.client.pid, end: given.client },
    ...(given.server ? [{ pid: pair.server.pid, end: given.server }] : []),
  ]
  await seen.collectUntil(() => sink.ends.length >= expected.length)
  expect(sink.ends).toHaveLength(expected.length)
  for (const { pid, end } of expected) {
    expect(sink.ends.filter(({ flow }) => flow.process.pid === pid).map(told)).toEqual([end])
    expect(seen.sum({ pid })).toMatchObject(counted(end))
  }
  expect(seen.sink.rejections).toMatchObject(rejections)
})
