import { expect, test } from 'vitest'
import { Agent, agentConfig } from '../support/agent.ts'
import { exchange, link } from '../support/agent-traffic.ts'
import { commandIn, createNamespace } from '../support/netns.ts'
import { rowsWith, startTop, type TopDocument } from '../support/top.ts'

const powerless = ['setpriv', '--inh-caps=-all', '--bounding-set=-all']
const parsed = (line: string) => JSON.parse(line) as TopDocument

/** Long enough for the traffic of a test on a busy machine. */
const once = ['--once', '--json', '--interval', '5s']

async function linkInNamespace() {
  const namespace = await createNamespace()
  const through = commandIn(namespace)
  return { namespace, ...(await link({ through }, { through })) }
}

/** The one document of a `--once --json` run. */
async function documentOf(top: Agent): Promise<TopDocument> {
  expect(await top.exitCode(), top.stderr).toBe(0)
  expect(top.stderr).toBe('')
  expect(top.stdout.trim().split('\n')).toHaveLength(1)
  return JSON.parse(top.stdout) as TopDocument
}

test('by process: what ended and what is open, equal to what was sent', async () => {
  const traffic = await linkInNamespace()
  const { client, server } = traffic
  const top = await startTop(once)
  await exchange(traffic, { sent: 1_234_567, received: 7_654_321 })
  await Promise.all([client.run('s = connect(*peer)'), server.run('c = accept(l)')])
  await Promise.all([client.run('send(s, 1000)'), server.run('receive(c, 1000)')])
  expect(await client.run("try_connect('127.0.0.1', 1)")).toBe(111)
  const document = await documentOf(top)
  expect(document).toMatchObject({ schema_version: 1, by: 'process' })
  expect(rowsWith(document, { pid: client.pid })).toMatchObject([
    {
      executable: expect.stringContaining('python3'),
      connections_open: 1,
      connections_opened: 2,
      connections_closed: 1,
      connections_failed: 1,
      tx_bytes: 1_235_567,
      rx_bytes: 7_654_321,
    },
  ])
  expect(rowsWith(document, { pid: server.pid })).toMatchObject([
    { connections_open: 1, connections_opened: 2, tx_bytes: 7_654_321, rx_bytes: 1_235_567 },
  ])
})

test('by connection, beside a running agent: both ends with both ports, older ones with what they did before', async () => {
  await Agent.start({ config: agentConfig({ debug: {} }) })
  const { client, server, port, namespace } = await linkInNamespace()
  await Promise.all([client.run('s = connect(*peer)'), server.run('c = accept(l)')])
  await Promise.all([client.run('send(s, 1000)'), server.run('receive(c, 1000)')])
  const top = await startTop(['--by', 'connection', ...once])
  await Promise.all([client.run('t = connect(*peer)'), server.run('d = accept(l)')])
  await Promise.all([client.run('send(t, 345)'), server.run('receive(d, 345)')])
  const [older, newer] = await client.run<number[]>('[one.getsockname()[1] for one in (s, t)]')
  const info = await client.run<{ rtt: number }>('tcp_info(t)')
  const document = await documentOf(top)
  const ends = { remote_address: '127.0.0.1', local_address: '127.0.0.1', netns: namespace.inode }
  expect(rowsWith(document, { netns: namespace.inode })).toHaveLength(4)
  expect(rowsWith(document, { pid: client.pid, local_port: older ?? 0 })).toMatchObject([
    { ...ends, remote_port: port, is_older: true, tx_bytes_since_begin: 1000, role: 'client' },
  ])
  expect(rowsWith(document, { pid: client.pid, local_port: newer ?? 0 })).toMatchObject([
    {
      ...ends,
      remote_port: port,
      state: 'established',
      is_older: false,
      tx_bytes: 345,
      tx_bytes_since_begin: 345,
      rtt_ms: info.rtt / 1000,
    },
  ])
  expect(rowsWith(document, { pid: server.pid, remote_port: newer ?? 0 })).toMatchObject([
    { ...ends, local_port: port, rx_bytes: 345, role: 'server' },
  ])
})

test('by peer: what was exchanged with it, over its port', async () => {
  const traffic = await linkInNamespace()
  const { client, port } = traffic
  const top = await startTop(['--by', 'peer', ...once])
  await exchange(traffic, { sent: 4_000, received: 5_000 })
  await client.run('all = [connect(*peer) for _ in range(3)]')
  expect(rowsWith(await documentOf(top), { service_port: port, role: 'client' })).toMatchObject([
    {
      peer_address: '127.0.0.1',
      tx_bytes: 4_000,
      rx_bytes: 5_000,
      connections_opened: 4,
      connections_open: 3,
    },
  ])
})

test('by listener: its queue, and the connections that came through it', async () => {
  const { client, server, port, namespace } = await linkInNamespace()
  const top = await startTop(['--by', 'listener', ...once])
  await client.run('all = [connect(*peer) for _ in range(3)]')
  await server.run('c = accept(l)')
  const mine = { local_port: port, netns: namespace.inode }
  expect(rowsWith(await documentOf(top), mine)).toMatchObject([
    {
      local_address: '127.0.0.1',
      pid: server.pid,
      sockets: 1,
      connections_open: 3,
      backlog: 2,
      backlog_limit: 128,
      overflows: 0,
    },
  ])
})

test('--json without --once: a line each interval, whose sum is what was sent, until SIGTERM', async () => {
  const traffic = await linkInNamespace()
  const top = await startTop(['--json', '--interval', '200ms', '--filter', `${traffic.client.pid}`])
  await exchange(traffic, { sent: 123_456, received: 1 })
  const documents = () => top.stdout.split('\n').slice(0, -1).map(parsed)
  const sent = () =>
    documents()
      .flatMap((one) => rowsWith(one, { pid: traffic.client.pid }))
      .reduce((sum, row) => sum + Number(row['tx_bytes']), 0)
  await expect.poll(sent, { timeout: 20_000 }).toBe(123_456)
  const before = documents().length
  await expect.poll(() => documents().length, { timeout: 20_000 }).toBeGreaterThan(before + 1)
  expect(sent()).toBe(123_456)
  top.signal('SIGTERM')
  expect(await top.exitCode(), top.stderr).toBe(0)
})

test('--json without --once ends with its reader', async () => {
  const through = ['bash', '-c', 'set -o pipefail; "$@" | head -1', 'bash']
  const top = Agent.spawn({ through, args: ['top', '--json', '--interval', '200ms'] })
  expect(await top.exitCode(), top.stderr).toBe(0)
  expect(top.stdout.trim().split('\n')).toHaveLength(1)
})

test('with --source ebpf and without capabilities it says why in one line and ends with 2', async () => {
  const top = Agent.spawn({ through: powerless, args: ['top', '--once', '--source', 'ebpf'] })
  expect(await top.exitCode()).toBe(2)
  expect(top.stdout).toBe('')
  expect(top.stderr).toMatch(/^nettracer top needs CAP_BPF and CAP_PERFMON \(or root\).*\n$/)
})

test('without capabilities it reads what netlink tells, and says why', async () => {
  const top = Agent.spawn({ through: powerless, args: ['top', ...once] })
  expect(await top.exitCode(), top.stderr).toBe(0)
  expect(top.stderr).toMatch(/^nettracer top: the ebpf source cannot run here: .*\n$/)
  expect(JSON.parse(top.stdout)).toMatchObject({
    source: 'inet_diag',
    totals: { connections_rejected: null },
  })
})

test('with --source inet_diag: both ends of a connection, what they sent in all and in the intervals', async () => {
  const { client, server, port, namespace } = await linkInNamespace()
  await Promise.all([client.run('s = connect(*peer)'), server.run('c = accept(l)')])
  await Promise.all([client.run('send(s, 1000)'), server.run('receive(c, 1000)')])
  const filter = ['--filter', `${client.pid}`]
  const args = ['top', '--by', 'connection', '--json', '--interval', '500ms', ...filter]
  const top = Agent.spawn({ args: [...args, '--source', 'inet_diag'] })
  const documents = () => top.stdout.split('\n').slice(0, -1).map(parsed)
  await expect.poll(() => documents().length, { timeout: 30_000 }).toBeGreaterThan(0)
  await Promise.all([client.run('send(s, 234)'), server.run('receive(c, 234)')])
  const rows = () => documents().flatMap((one) => rowsWith(one, { pid: client.pid }))
  const sent = () => rows().reduce((sum, row) => sum + Number(row['tx_bytes']), 0)
  await expect.poll(sent, { timeout: 30_000 }).toBe(234)
  const { rtt } = await client.run<{ rtt: number }>('tcp_info(s)')
  expect(documents()[0]).toMatchObject({ source: 'inet_diag' })
  await expect.poll(() => rows().at(-1)?.['tx_bytes_since_begin'], { timeout: 30_000 }).toBe(1234)
  expect(rows().at(-1)).toMatchObject({
    ...{ remote_address: '127.0.0.1', remote_port: port, netns: namespace.inode },
    ...{ role: 'client', state: 'established', is_older: true, rtt_ms: rtt / 1000 },
  })
})
