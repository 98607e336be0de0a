import { expect, onTestFinished, test } from 'vitest'
import { startDocker } from '../support/docker.ts'
import { call, edgesOf } from '../support/edges.ts'
import { enginesAreThere } from '../support/engine-room.ts'
import { cable, createNamespace, execIn } from '../support/netns.ts'
import { type Watch, watch } from '../support/source.ts'
import { startTraffic, type Traffic } from '../support/traffic.ts'

const calls = 5
const request = 1234
const published = 8080

/** A container that sends back what it gets, by a process for each connection, published on a host that another reaches. */
async function publish(userlandProxy: boolean) {
  const [host, outside] = [await createNamespace(), await createNamespace()]
  await cable(host, outside, '10.94.0')
  const docker = await startDocker({ namespace: host, userlandProxy, bridge: '10.93.0.1' })
  onTestFinished(() => docker[Symbol.asyncDispose]())
  await docker.importImage('nat.test/echo:1')
  const id = await docker.run({
    network: 'bridge',
    ports: { '80/tcp': published },
    command: ['/bin/busybox', 'nc', '-ll', '-p', '80', '-e', '/bin/busybox', 'cat'],
  })
  const { NetworkSettings, State } = await docker.inspect(id)
  const address = NetworkSettings.IPAddress || NetworkSettings.Networks.bridge?.IPAddress
  const seen = await watch([])
  return { host, outside, seen, address, pid: State.Pid }
}

/** All that a client did is told, and all that its servers did. */
async function callFrom(seen: Watch, client: Traffic, address: string, ends: number) {
  const closed = () => seen.of({ pid: client.pid }).reduce((sum, one) => sum + one.closed, 0)
  // A collection between a handshake and accept() would meet a server without a process.
  await call(client, { address, port: published }, calls, request)
  await seen.collectUntil(() => closed() === calls && edgeEnds(seen, client.pid) >= ends)
}

/** Ends of connections that have the process at their other end. */
const edgeEnds = (seen: Watch, pid: number): number =>
  seen.sink.increments
    .filter(({ flow }) => flow.peerProcess?.pid === pid)
    .reduce((sum, { closed }) => sum + closed, 0)

const once = {
  role: 'client',
  opened: calls,
  closed: calls,
  active: 0,
  bytesTx: calls * request,
  bytesRx: calls * request,
}

/** Over the processes at the other end: each connection has its own. */
function summed(seen: Watch, pid: number) {
  const edges = edgesOf(seen.of({ role: 'client' }), pid)
  const add = (read: (edge: (typeof edges)[number]) => number) =>
    edges.reduce((sum, edge) => sum + read(edge), 0)
  return {
    role: edges[0]?.role,
    addresses: [...new Set(edges.map(({ remote, reached }) => `${remote} ${reached}`))],
    unnamed: edges.filter(({ peer }) => peer === 0).length,
    opened: add(({ opened }) => opened),
    closed: add(({ closed }) => closed),
    active: add(({ active }) => active),
    bytesTx: add(({ bytesTx }) => bytesTx),
    bytesRx: add(({ bytesRx }) => bytesRx),
  }
}

test.skipIf(!enginesAreThere()).each([{ proxy: true }, { proxy: false }])(
  'a published port of Docker, from another host and from its own (userland proxy: $proxy)',
  async ({ proxy }) => {
    const { host, outside, seen, address } = await publish(proxy)

    const remote = startTraffic(outside)
    await callFrom(seen, remote, '10.94.0.1', calls)
    expect(summed(seen, remote.pid)).toEqual({
      ...once,
      unnamed: 0,
      addresses: [`10.94.0.1 ${address}`],
    })

    const local = startTraffic(host)
    await callFrom(seen, local, '127.0.0.1', calls)
    const atLocal = summed(seen, local.pid)
    expect(atLocal).toEqual({
      ...once,
      unnamed: 0,
      addresses: [proxy ? '127.0.0.1 127.0.0.1' : `127.0.0.1 ${address}`],
    })
    if (!proxy) return
    const proxyPid = edgesOf(seen.of({ role: 'client' }), local.pid)[0]?.peer ?? 0
    expect(await execIn(host, 'cat', `/proc/${proxyPid}/comm`)).toBe('docker-proxy\n')
    await seen.collectUntil(() => summed(seen, proxyPid).closed === calls)
    expect(summed(seen, proxyPid)).toEqual({
      ...once,
      unnamed: 0,
      addresses: [`${address} ${address}`],
    })
  },
)
