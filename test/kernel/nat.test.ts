import { expect, test } from 'vitest'
import { call, edgesOf, serve } from '../support/edges.ts'
import {
  cable,
  createNamespace,
  createRoutedNamespaces,
  execIn,
  type Namespace,
} from '../support/netns.ts'
import { type Watch, watch } from '../support/source.ts'
import { startTraffic, type Traffic } from '../support/traffic.ts'

const calls = 20
const request = 1234
const answer = 77

interface Topology {
  readonly clientIn: Namespace
  readonly serverIn: Namespace
  readonly namespaces: readonly Namespace[]
  /** What the server listens on. */
  readonly listenOn: string
  /** What the client dials; port 0 is the server's own. */
  readonly dialled: { readonly address: string; readonly port: number }
  /** What the server's socket has, and the client's own address. */
  readonly seenFrom: string
  readonly from: string
  /** Makes the rules once the server's port is known. */
  readonly translate: (port: number) => Promise<unknown>
}

async function nft(namespace: Namespace, ...rules: string[]): Promise<void> {
  await execIn(namespace, 'nft', rules.join('; '))
}

const natChain = (hook: string, priority: string) =>
  `add chain ip nat ${hook} { type nat hook ${hook} priority ${priority}; }`

async function routed(): Promise<
  Omit<Topology, 'dialled' | 'translate' | 'seenFrom'> & { router: Namespace }
> {
  const { a, b, router, addressOfA, addressOfB } = await createRoutedNamespaces()
  await nft(
    router,
    'add table ip nat',
    natChain('prerouting', '-100'),
    natChain('postrouting', '100'),
  )
  const namespaces = [a, b, router]
  return { clientIn: a, serverIn: b, namespaces, router, listenOn: addressOfB, from: addressOfA }
}

const topologies: Record<string, () => Promise<Topology>> = {
  'the target, by nftables on the way': async () => {
    const { router, ...rest } = await routed()
    const dialled = { address: '10.98.1.1', port: 8080 }
    const translate = (port: number) =>
      nft(router, `add rule ip nat prerouting tcp dport 8080 dnat to 10.98.2.2:${port}`)
    return { ...rest, dialled, seenFrom: rest.from, translate }
  },
  'the target, by iptables on the way': async () => {
    const { router, ...rest } = await routed()
    await nft(router, 'delete table ip nat')
    const dialled = { address: '10.98.1.1', port: 8080 }
    const rule = ['-t', 'nat', '-A', 'PREROUTING', '-p', 'tcp', '--dport', '8080', '-j', 'DNAT']
    const translate = (port: number) =>
      execIn(router, 'iptables-nft', ...rule, '--to-destination', `10.98.2.2:${port}`)
    return { ...rest, dialled, seenFrom: rest.from, translate }
  },
  'the source, by masquerading on the way': async () => {
    const { router, ...rest } = await routed()
    const dialled = { address: rest.listenOn, port: 0 }
    const translate = () =>
      nft(router, 'add rule ip nat postrouting ip saddr 10.98.1.0/24 masquerade')
    return { ...rest, dialled, seenFrom: '10.98.2.1', translate }
  },
  'both, on the way': async () => {
    const { router, ...rest } = await routed()
    const dialled = { address: '10.98.1.1', port: 8080 }
    const translate = (port: number) =>
      nft(
        router,
        `add rule ip nat prerouting tcp dport 8080 dnat to 10.98.2.2:${port}`,
        'add rule ip nat postrouting ip saddr 10.98.1.0/24 masquerade',
      )
    return { ...rest, dialled, seenFrom: '10.98.2.1', translate }
  },
  'the target, inside the namespace of both (a sidecar)': async () => {
    const pod = await createNamespace()
    const outside = await createNamespace()
    await cable(pod, outside, '10.96.0')
    await nft(pod, 'add table ip nat', natChain('output', '-100'))
    return {
      clientIn: pod,
      serverIn: pod,
      namespaces: [pod, outside],
      listenOn: '127.0.0.1',
      dialled: { address: '10.96.0.2', port: 80 },
      from: '10.96.0.1',
      seenFrom: '10.96.0.1',
      translate: (port) => nft(pod, `add rule ip nat output tcp dport 80 redirect to :${port}`),
    }
  },
  'both, in a container that calls its own published port': async () => {
    const host = await createNamespace()
    const container = await createNamespace()
    await cable(host, container, '10.95.0')
    await execIn(container, 'ip', 'route', 'add', 'default', 'via', '10.95.0.1')
    await execIn(host, 'sysctl', '-qw', 'net.ipv4.ip_forward=1')
    await nft(
      host,
      'add table ip nat',
      natChain('prerouting', '-100'),
      natChain('postrouting', '100'),
    )
    return {
      clientIn: container,
      serverIn: container,
      namespaces: [host, container],
      listenOn: '10.95.0.2',
      dialled: { address: '10.95.0.1', port: 8080 },
      from: '10.95.0.2',
      seenFrom: '10.95.0.1',
      translate: (port) =>
        nft(
          host,
          `add rule ip nat prerouting tcp dport 8080 dnat to 10.95.0.2:${port}`,
          'add rule ip nat postrouting ip saddr 10.95.0.0/24 ip daddr 10.95.0.2 masquerade',
        ),
    }
  },
}

interface Room {
  readonly seen: Watch
  readonly client: Traffic
  readonly server: Traffic
  readonly topology: Topology
  readonly target: { readonly address: string; readonly port: number }
}

async function furnish(name: string): Promise<Room> {
  const topology = await (topologies[name] as () => Promise<Topology>)()
  const { clientIn, serverIn, listenOn, dialled, namespaces } = topology
  const client = startTraffic(clientIn)
  const server = startTraffic(serverIn)
  const port = await server.run<number>(`l = listen('${listenOn}'); port_of(l)`)
  await topology.translate(port)
  const seen = await watch(namespaces)
  const target = { address: dialled.address, port: dialled.port || port }
  return { seen, client, server, topology, target }
}

test.each(Object.keys(topologies))(
  '%s: one edge with both addresses, every byte once',
  async (name) => {
    const { seen, client, server, topology, target } = await furnish(name)
    await serve(server, calls, answer)
    await seen.collectDuring(call(client, target, calls, request))
    await seen.collectUntil(() => seen.sum({}).closed === 2 * calls)

    const all = { opened: calls, closed: calls, active: 0 }
    expect(edgesOf(seen.of({}), client.pid)).toEqual([
      {
        ...all,
        peer: server.pid,
        role: 'client',
        remote: target.address,
        reached: topology.listenOn,
        bytesTx: calls * request,
        bytesRx: calls * answer,
      },
    ])
    expect(edgesOf(seen.of({}), server.pid)).toEqual([
      {
        ...all,
        peer: client.pid,
        role: 'server',
        remote: topology.seenFrom,
        reached: topology.from,
        bytesTx: calls * answer,
        bytesRx: calls * request,
      },
    ])
    // What was sent is in the series of clients once.
    expect(seen.sum({ role: 'client' })).toMatchObject({ bytesTx: calls * request, opened: calls })
    const { edges, nat } = seen.source.health()
    expect({ ...edges, ...nat }).toMatchObject({ untold: 0, leftOut: 0, missed: 0, overruns: 0 })
  },
)

test('a translated connection is open under one name from its first report to its end', async () => {
  const { seen, client, server, target } = await furnish('both, on the way')
  const [, accepted] = await Promise.all([
    client.run(`s = connect('${target.address}', ${target.port})`),
    server.run('c = accept(l)'),
  ])
  expect(accepted ?? undefined).toBeUndefined()
  await client.run('send(s, 10)')
  await server.run('receive(c, 10)')
  await seen.collect()
  const both = () => [edgesOf(seen.of({}), client.pid), edgesOf(seen.of({}), server.pid)]
  expect(both()).toMatchObject([
    [{ peer: server.pid, reached: '10.98.2.2', active: 1, bytesTx: 10 }],
    [{ peer: client.pid, reached: '10.98.1.2', active: 1, bytesRx: 10 }],
  ])
  await client.run('send(s, 5); s.close()')
  await server.run('receive(c); c.close()')
  await seen.collectUntil(() => seen.sum({}).closed === 2)
  expect(both()).toMatchObject([
    [{ peer: server.pid, reached: '10.98.2.2', active: 0, closed: 1, bytesTx: 15 }],
    [{ peer: client.pid, reached: '10.98.1.2', active: 0, closed: 1, bytesRx: 15 }],
  ])
})

test('connections that were translated before the start are found by a dump', async () => {
  const topology = await (topologies['both, on the way'] as () => Promise<Topology>)()
  const client = startTraffic(topology.clientIn)
  const server = startTraffic(topology.serverIn)
  const port = await server.run<number>(`l = listen('${topology.listenOn}'); port_of(l)`)
  await topology.translate(port)
  await Promise.all([client.run("s = connect('10.98.1.1', 8080)"), server.run('c = accept(l)')])
  const seen = await watch(topology.namespaces)
  await client.run('send(s, 10)')
  await server.run('receive(c, 10)')
  await seen.collect()
  expect(edgesOf(seen.of({}), client.pid)).toMatchObject([
    { peer: server.pid, reached: '10.98.2.2', bytesTx: 10 },
  ])
})

test('where the kernel tells no events, dumps do', async () => {
  const topology = await (topologies['both, on the way'] as () => Promise<Topology>)()
  const [, , router] = topology.namespaces
  await execIn(router as Namespace, 'sysctl', '-qw', 'net.netfilter.nf_conntrack_events=0')
  const client = startTraffic(topology.clientIn)
  const server = startTraffic(topology.serverIn)
  const port = await server.run<number>(`l = listen('${topology.listenOn}'); port_of(l)`)
  await topology.translate(port)
  const seen = await watch(topology.namespaces)
  await Promise.all([client.run("s = connect('10.98.1.1', 8080)"), server.run('c = accept(l)')])
  await client.run('send(s, 10)')
  await server.run('receive(c, 10)')
  await seen.collect()
  expect(edgesOf(seen.of({}), client.pid)).toMatchObject([
    { peer: server.pid, reached: '10.98.2.2', bytesTx: 10 },
  ])
})
