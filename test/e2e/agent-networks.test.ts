import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Agent, agentConfig } from '../support/agent.ts'
import { Points } from '../support/agent-points.ts'
import { exchange, link } from '../support/agent-traffic.ts'
import { commandIn, createNamespace } from '../support/netns.ts'

/** Points of an agent that writes to a file, once it has ended. */
async function writing(): Promise<{ agent: Agent; finish: () => Promise<Points> }> {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-networks-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'metrics.jsonl')
  const agent = await Agent.start({ config: agentConfig({ file: { path } }) })
  const finish = async () => {
    await agent.stop()
    return Points.inFile(path)
  }
  return { agent, finish }
}

test.each([
  { name: 'IPv6', dials: '::1', listens: '::1', type: 'ipv6', client: '::1', server: '::1' },
  {
    name: 'IPv4 to a socket of both',
    dials: '127.0.0.1',
    listens: '::',
    type: 'ipv4',
    client: '127.0.0.1',
    server: '127.0.0.1',
  },
  {
    name: 'IPv4-mapped from an IPv6 socket',
    dials: '::ffff:127.0.0.1',
    listens: '0.0.0.0',
    type: 'ipv4',
    client: '127.0.0.1',
    server: '127.0.0.1',
  },
])('$name: type and address of both ends', async ({ dials, listens, type, client, server }) => {
  const { finish } = await writing()
  const namespace = { through: commandIn(await createNamespace()) }
  const traffic = await link(namespace, namespace, listens)
  await traffic.client.run(`peer = ('${dials}', ${traffic.port})`)
  await exchange(traffic, { sent: 1_000, received: 30_000 })
  const points = (await finish()).where({ 'server.port': String(traffic.port) })
  for (const [role, address, sent] of [
    ['client', client, 1_000],
    ['server', server, 30_000],
  ] as const) {
    const found = points.where({ 'nettracer.role': role, 'network.type': type })
    const bytes = found.named('nettracer.bytes_tx')
    expect(bytes.total('nettracer.bytes_tx'), role).toBe(sent)
    expect(bytes.all[0]?.attributes).toMatchObject({
      'network.peer.address': address,
      'nettracer.peer.scope': 'loopback',
    })
  }
  expect(points.total('nettracer.bytes_tx')).toBe(31_000)
})

test('a process in a pid namespace of its own has its pid outside, and its environment', async () => {
  const { finish } = await writing()
  const traffic = await link({
    env: { OTEL_SERVICE_NAME: 'boxed' },
    through: ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'],
  })
  await exchange(traffic, { sent: 1_000, received: 1 })
  const inside = await traffic.client.run<number>('os.getpid()')
  const points = (await finish()).where({ 'service.name': 'boxed' })
  expect(inside).toBe(1)
  expect(points.total('nettracer.bytes_tx')).toBe(1_000)
  const pids = points.resources().map((one) => Number(one['process.pid']))
  expect(pids).toHaveLength(1)
  expect(pids[0]).toBeGreaterThan(1)
})

test('a connection that is older than the agent counts from the start on', async () => {
  const traffic = await link({ env: { OTEL_SERVICE_NAME: 'old' } })
  await Promise.all([traffic.client.run('s = connect(*peer)'), traffic.server.run('c = accept(l)')])
  const send = async (bytes: number) => {
    await Promise.all([
      traffic.client.run(`send(s, ${bytes})`),
      traffic.server.run(`receive(c, ${bytes})`),
    ])
  }
  await send(5_000_000)
  const { finish } = await writing()
  await send(1_234_567)
  await traffic.client.run('s.close()')
  await traffic.server.run('receive(c); c.close()')
  const points = (await finish()).where({ 'server.port': String(traffic.port) })
  const client = points.where({ 'nettracer.role': 'client', 'service.name': 'old' })
  expect(client.total('nettracer.bytes_tx')).toBe(1_234_567)
  expect(client.total('nettracer.connections.opened')).toBe(0)
  expect(client.total('nettracer.connections.closed')).toBe(1)
  expect(client.total('nettracer.connections.active')).toBe(0)
  const server = points.where({ 'nettracer.role': 'server' })
  expect(server.total('nettracer.bytes_rx')).toBe(1_234_567)
})

test('a socket that a child inherits, and a process that becomes another program: bytes are there once', async () => {
  const { finish } = await writing()
  const traffic = await link({ env: { OTEL_SERVICE_NAME: 'parent' } })
  await Promise.all([traffic.client.run('s = connect(*peer)'), traffic.server.run('c = accept(l)')])
  await traffic.client.run(
    'send(s, 1000)',
    'if os.fork() == 0:',
    '    os.dup2(s.fileno(), 1)',
    "    os.execv('/bin/sh', ['sh', '-c', 'printf hello'])",
    'os.wait()',
    's.close()',
  )
  await traffic.server.run('receive(c); c.close()')
  const points = (await finish()).where({ 'server.port': String(traffic.port) })
  expect(points.where({ 'nettracer.role': 'client' }).total('nettracer.bytes_tx')).toBe(1_005)
  expect(points.where({ 'service.name': 'parent' }).total('nettracer.bytes_tx')).toBe(1_005)
})

test('a backend that takes connections and never answers does not keep the agent from ending', async () => {
  const silent = await link()
  const agent = await Agent.start({
    config: agentConfig({
      otlp: {
        endpoint: `http://127.0.0.1:${silent.port}`,
        timeout: '1s',
        retry_on_failure: { initial_interval: '100ms' },
      },
    }),
  })
  await agent.says('tried again')
  await agent.stop()
  expect(agent.stderr).toMatch(/WARN .*otlp .*unsent/)
})
