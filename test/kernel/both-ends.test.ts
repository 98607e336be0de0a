import { expect, test } from 'vitest'
import { call, edgesOf, serve } from '../support/edges.ts'
import { cable, createNamespace, type Namespace } from '../support/netns.ts'
import { type Watch, watch } from '../support/source.ts'
import { connectPair, startPair, startTraffic, type Traffic } from '../support/traffic.ts'

const perClientAndServer = 333
const answer = 7

interface Target {
  readonly process: Traffic
  readonly address: string
  readonly port: number
}

async function startServer(namespace: Namespace, address: string): Promise<Target> {
  const process = startTraffic(namespace)
  const port = await process.run<number>(`l = listen('${address}', backlog=1024); port_of(l)`)
  await serve(process, perClientAndServer * 3, answer)
  return { process, address, port }
}

/** Each client calls each server; bytes differ, so that none can stand for another. */
async function callAll(seen: Watch, clients: readonly Traffic[], servers: readonly Target[]) {
  const calls = clients.flatMap((client, at) =>
    servers.map((server, to) => ({ client, server, bytes: 100 + at * 10 + to })),
  )
  const work = Promise.all(
    clients.map(async (client) => {
      for (const { server, bytes } of calls.filter((one) => one.client === client)) {
        await call(client, server, perClientAndServer, bytes)
      }
    }),
  )
  await seen.collectDuring(work)
  await Promise.all(servers.map(({ process }) => process.run('serving.join()')))
  await seen.collectUntil(() => seen.sum({}).closed === calls.length * perClientAndServer * 2)
  return calls
}

test.each(['one namespace', 'two namespaces'])(
  '2,000 short connections in %s: every byte has the process at its other end, at both ends',
  async (where) => {
    const here = await createNamespace()
    const there = where === 'one namespace' ? here : await createNamespace()
    if (there !== here) await cable(here, there)
    const address = there === here ? '127.0.0.1' : '10.99.0.2'
    const seen = await watch([here, there])
    const clients = [startTraffic(here), startTraffic(here), startTraffic(here)]
    const servers = [await startServer(there, address), await startServer(there, address)]

    const calls = await callAll(seen, clients, servers)

    const all = seen.of({})
    const common = { opened: perClientAndServer, closed: perClientAndServer, active: 0 }
    for (const client of clients) {
      const expected = calls
        .filter((one) => one.client === client)
        .map(({ server, bytes }) => ({
          ...common,
          peer: server.process.pid,
          role: 'client',
          remote: address,
          reached: address,
          bytesTx: bytes * perClientAndServer,
          bytesRx: answer * perClientAndServer,
        }))
      expect(edgesOf(all, client.pid)).toEqual(expected)
    }
    for (const server of servers) {
      const from = there === here ? '127.0.0.1' : '10.99.0.1'
      const expected = calls
        .filter((one) => one.server === server)
        .map(({ client, bytes }) => ({
          ...common,
          peer: client.pid,
          role: 'server',
          remote: from,
          reached: from,
          bytesTx: answer * perClientAndServer,
          bytesRx: bytes * perClientAndServer,
        }))
      expect(edgesOf(all, server.process.pid)).toEqual(expected)
    }
    expect(seen.source.health().edges).toEqual({ untold: 0, leftOut: 0 })
  },
)

test('a connection is open under one name from its first report to its end', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const pair = await startPair({ from: namespace })
  await connectPair(pair)
  await pair.server.run('send(c, 1)')
  await pair.client.run('receive(s, 1)')
  await seen.collect()
  const { client, server } = pair
  const atClient = () => edgesOf(seen.of({}), client.pid)
  expect(atClient()).toMatchObject([{ peer: server.pid, active: 1, bytesRx: 1 }])
  expect(edgesOf(seen.of({}), server.pid)).toMatchObject([{ peer: client.pid, active: 1 }])

  for (let collection = 0; collection < 4; collection += 1) await seen.collect()
  await client.run('send(s, 30)')
  await server.run('receive(c, 30)')
  await seen.collect()
  await client.run('s.close()')
  await server.run('receive(c); c.close()')
  await seen.collectUntil(() => seen.sum({}).closed === 2)
  expect(atClient()).toMatchObject([{ peer: server.pid, active: 0, closed: 1, bytesTx: 30 }])
  expect(edgesOf(seen.of({}), server.pid)).toMatchObject([
    { peer: client.pid, active: 0, closed: 1, bytesRx: 30 },
  ])
})

test('connections that are older than the source have the process at their other end', async () => {
  const namespace = await createNamespace()
  const pair = await startPair({ from: namespace })
  await connectPair(pair)
  const seen = await watch([namespace])
  await pair.client.run('send(s, 5)')
  await pair.server.run('receive(c, 5)')
  await seen.collect()
  const { client, server } = pair
  expect(edgesOf(seen.of({}), client.pid)).toMatchObject([{ peer: server.pid, bytesTx: 5 }])
  expect(edgesOf(seen.of({}), server.pid)).toMatchObject([{ peer: client.pid, bytesRx: 5 }])
})

test('an attempt that nobody accepted is told without an other end, at once', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const client = startTraffic(namespace)
  await client.run("try_connect('127.0.0.1', 9)")
  await seen.collect()
  expect(seen.sum({ pid: client.pid })).toMatchObject({ failed: 1 })
  expect(seen.of({ pid: client.pid }).every(({ flow }) => !flow.peerProcess)).toBe(true)
  expect(seen.source.health().edges).toEqual({ untold: 0, leftOut: 0 })
})
