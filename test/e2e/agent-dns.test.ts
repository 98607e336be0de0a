import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Agent, agentConfig, until } from '../support/agent.ts'
import { Points } from '../support/agent-points.ts'
import { startProgram } from '../support/agent-traffic.ts'
import { type DnsServerSettings, startDnsServer, useResolver } from '../support/dns-server.ts'
import { cable, commandIn, createNamespace, execIn } from '../support/netns.ts'

const far = '10.96.1.2'
const hosts = [`shop.test,${far}`, `stock.test,${far}`]

interface WorldSettings {
  readonly dns?: DnsServerSettings
  /** Of the namespace itself, which asks the far one. */
  readonly hasOwnResolver?: boolean
}

/** Clients here; far away a resolver, and a server that sends back what it gets. */
async function world({ dns = {}, hasOwnResolver = false }: WorldSettings = {}) {
  const here = await createNamespace()
  const there = await createNamespace()
  await cable(here, there, '10.96.1')
  const upstream = await startDnsServer(there, { listens: far, hosts, ...dns })
  if (hasOwnResolver) await startDnsServer(here, { upstream: far })
  useResolver(here, hasOwnResolver ? '127.0.0.1' : far)
  const server = startProgram({ through: commandIn(there) })
  const port = await server.run<number>(
    `l = listen('${far}')`,
    'def echo(c):',
    '    with c:',
    '        while m := c.recv(65536): c.sendall(m)',
    'def serve():',
    '    while True: in_thread(lambda c=accept(l): echo(c))',
    'in_thread(serve)',
    'port_of(l)',
  )
  const client = () => startProgram({ through: commandIn(here) })
  return { here, there, upstream, port, client }
}

/** An agent that writes to a file, and what that has of clients of a port. */
async function observe(port: number, receiver: object = {}, through: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-dns-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'metrics.jsonl')
  const agent = await Agent.start({ config: agentConfig({ file: { path } }, receiver), through })
  const clients = () =>
    Points.inFile(path).where({ 'server.port': String(port), 'nettracer.role': 'client' })
  /** Bytes sent, by `server.address`. */
  const sentTo = (points = clients()) => {
    const names = new Set(points.all.map(({ attributes }) => attributes['server.address'] ?? ''))
    const total = (name: string) =>
      points.where({ 'server.address': name }).total('nettracer.bytes_tx')
    return Object.fromEntries([...names].map((name) => [name, total(name)]))
  }
  return { agent, clients, sentTo }
}

const dial = (name: string, port: number) => `s = socket.create_connection(('${name}', ${port}))`
const say = (bytes: number) => `s.sendall(b'x' * ${bytes}); receive(s, ${bytes})`

test('curl by a name: series have the name, and the address that was reached', async () => {
  const { here, there, upstream } = await world()
  const web = startProgram({ through: commandIn(there) })
  const port = await web.run<number>(
    'import http.server',
    `h = http.server.ThreadingHTTPServer(('${far}', 0), http.server.SimpleHTTPRequestHandler)`,
    'in_thread(h.serve_forever)',
    'h.server_port',
  )
  const { agent, clients, sentTo } = await observe(port)
  await execIn(here, 'curl', '-s', '-o', '/dev/null', `http://shop.test:${port}/`)
  await agent.stop()
  const byCurl = clients().where({ 'process.executable.name': 'curl' })
  expect(Object.keys(sentTo(byCurl))).toEqual(['shop.test'])
  expect(byCurl.all[0]?.attributes).toMatchObject({ 'network.peer.address': far })
  expect(byCurl.total('nettracer.connections.opened')).toBe(1)
  expect(upstream.output).not.toContain('query[PTR]')
})

test('two processes at once that know one address by two names: each has its own', async () => {
  const { port, client } = await world()
  const { agent, clients, sentTo } = await observe(port)
  const [shop, stock, neither] = [client(), client(), client()]
  await Promise.all([shop.run(dial('shop.test', port)), stock.run(dial('stock.test', port))])
  await neither.run(dial(far, port))
  await Promise.all([shop.run(say(100)), stock.run(say(2_000)), neither.run(say(30_000))])
  await Promise.all([shop, stock, neither].map((one) => one.run('s.close()')))
  await agent.stop()
  const of = (pid: number) => sentTo(clients().where({ 'process.pid': String(pid) }))
  expect(of(shop.pid)).toEqual({ 'shop.test': 100 })
  expect(of(stock.pid)).toEqual({ 'stock.test': 2_000 })
  expect(of(neither.pid)).toEqual({ [far]: 30_000 })
})

test('a resolver on the namespace’s own loopback tells names as any other', async () => {
  const { port, client } = await world({ hasOwnResolver: true })
  const { agent, sentTo } = await observe(port)
  await client().run(dial('shop.test', port), say(1_000), 's.close()')
  await agent.stop()
  expect(sentTo()).toEqual({ 'shop.test': 1_000 })
})

test('a name that was told before the agent started is not guessed', async () => {
  const { port, client } = await world()
  const early = client()
  await early.run("a = socket.getaddrinfo('shop.test', 0)[0][4][0]")
  const { agent, sentTo } = await observe(port)
  await early.run(`s = socket.create_connection((a, ${port}))`, say(1_000), 's.close()')
  await agent.stop()
  expect(sentTo()).toEqual({ [far]: 1_000 })
})

test('with a TTL of 0 a name holds as long as its connection', async () => {
  const { port, client } = await world({ dns: { ttlSeconds: 0 } })
  const { agent, clients, sentTo } = await observe(port)
  const one = client()
  await one.run(dial('shop.test', port))
  for (let round = 1; round <= 4; round += 1) {
    await one.run(say(1_000))
    await until('another collection', () => clients().total('nettracer.bytes_tx') >= round * 1_000)
  }
  await one.run('s.close()')
  await agent.stop()
  expect(sentTo()).toEqual({ 'shop.test': 4_000 })
})

test('names are off if the configuration says so', async () => {
  const { port, client } = await world()
  const { agent, sentTo } = await observe(port, { peers: { dns: { enabled: false } } })
  await client().run(dial('shop.test', port), say(1_000), 's.close()')
  await agent.stop()
  expect(sentTo()).toEqual({ [far]: 1_000 })
})

test('a name of /etc/hosts is no name', async () => {
  const { here, port } = await world()
  const { agent, sentTo } = await observe(port)
  const one = startProgram({
    through: [
      ...commandIn(here, 'unshare', '--mount', 'sh', '-c'),
      `printf '${far} shop.test\\n' > /tmp/$0 && mount --bind /tmp/$0 /etc/hosts && rm /tmp/$0; exec "$@"`,
      `nettracer-hosts-${process.pid}`,
    ],
  })
  await one.run(dial('shop.test', port), say(1_000), 's.close()')
  await agent.stop()
  expect(sentTo()).toEqual({ [far]: 1_000 })
})

test('reverse look-ups, if they are on, name what nobody asked for, by one question', async () => {
  const { here, upstream, port, client } = await world()
  const reverse = { enabled: true, private_addresses: true, per_second: 50 }
  const { agent, sentTo } = await observe(
    port,
    { peers: { dns: { reverse_lookups: reverse } } },
    commandIn(here),
  )
  const one = client()
  await one.run(dial(far, port))
  await until('the name of the address', async () => {
    await one.run(say(10))
    return 'shop.test' in sentTo() || 'stock.test' in sentTo()
  })
  await one.run('s.close()')
  await agent.stop()
  const questions = upstream.output.match(/query\[PTR\] 2\.1\.96\.10\.in-addr\.arpa/g)
  expect(questions).toHaveLength(1)
})
