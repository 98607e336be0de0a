import { expect, test } from 'vitest'
import { datagramPrograms } from '../../src/source/programs.ts'
import { cable, createNamespace, execIn } from '../support/netns.ts'
import { responseSum } from '../support/response-times.ts'
import { refusedByPolicy, watch } from '../support/source.ts'
import { startTraffic } from '../support/traffic.ts'
import { udp } from '../support/udp.ts'

const serve = (count: number): string =>
  `for _ in range(${count}):\n q, a = u.recvfrom(2000); u.sendto(q * 2, a)`

test('5,000 short exchanges, each from a socket of its own, are counted exactly at both ends', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const server = startTraffic(namespace)
  const client = startTraffic(namespace)
  const port = await server.run<number>(
    `u = ${udp('AF_INET')}; u.bind(('127.0.0.1', 0)); free = port_of(u); u.close()`,
    `u = ${udp('AF_INET')}; u.bind(('127.0.0.1', free)); free`,
  )
  const ask = [
    'for _ in range(5000):',
    ` s = ${udp('AF_INET')}; s.connect(('127.0.0.1', ${port}))`,
    " s.send(b'x' * 40); s.recv(2000); s.close()",
  ].join('\n')
  await seen.collectDuring(Promise.all([server.run(serve(5000)), client.run(ask)]))

  const exact = { pktsTx: 5000, pktsRx: 5000, drops: 0, opened: 0, closed: 0 }
  const atClient = { transport: 'udp', pid: client.pid, role: 'client', port } as const
  const atServer = { transport: 'udp', pid: server.pid, role: 'server', port } as const
  expect(seen.sum(atClient)).toMatchObject({
    ...exact,
    bytesTx: 200_000,
    bytesRx: 400_000,
    active: 0,
  })
  expect(seen.sum(atServer)).toMatchObject({
    ...exact,
    bytesTx: 400_000,
    bytesRx: 200_000,
    active: 1,
  })
  expect(responseSum(seen.responses(atClient)).count).toBe(5000)
  expect(responseSum(seen.responses(atServer)).count).toBe(5000)
  expect(seen.source.health()).toMatchObject({ ringFull: 0, lost: 0, responsesLost: 0 })

  await server.run('u.close()')
  await seen.collect()
  expect(seen.sum(atServer)).toMatchObject({ active: 0 })
})

test('a full ring loses no datagram of sockets that end', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace], { ringBytes: 4096 })
  const client = startTraffic(namespace)
  await client.run(
    `u = ${udp('AF_INET')}; u.bind(('127.0.0.1', 5353))`,
    'for _ in range(300):',
    ` s = ${udp('AF_INET')}; s.sendto(b'x' * 10, ('127.0.0.1', 5353)); s.close(); u.recv(100)`,
  )
  await seen.collect()
  await seen.collect()
  const sent = seen.sum({ transport: 'udp', pid: client.pid, role: 'client' })
  expect(sent).toMatchObject({ pktsTx: 300, bytesTx: 3000, active: 0 })
  expect(seen.source.health().ringFull).toBeGreaterThan(0)
  expect(seen.source.health().lost).toBe(0)
})

/** `u` is bound or not, `s` speaks with it: who each is, by what its flow says. */
test.each([
  {
    what: 'bound to a port and asked: a server; connected and asks first: a client',
    family: 'AF_INET',
    steps: [
      "u.bind(('127.0.0.1', 5300)); s.connect(('127.0.0.1', 5300)); s.send(b'ab'); u.recv(9)",
    ],
    flows: ['client ipv4 5300 127.0.0.1', 'server ipv4 5300 0.0.0.0'],
  },
  {
    what: 'not connected and asks first: a client of nobody known',
    family: 'AF_INET',
    steps: ["u.bind(('127.0.0.1', 5300)); s.sendto(b'ab', ('127.0.0.1', 5300)); u.recv(9)"],
    flows: ['client ipv4 0 0.0.0.0', 'server ipv4 5300 0.0.0.0'],
  },
  {
    what: 'a bound port that speaks first, and a port of no meaning that is spoken to: unknown',
    family: 'AF_INET',
    steps: [
      "u.bind(('127.0.0.1', 5300)); s.bind(('127.0.0.1', 0))",
      "u.sendto(b'ab', s.getsockname()); s.recv(9)",
    ],
    flows: ['unknown ipv4 0 0.0.0.0', 'unknown ipv4 0 0.0.0.0'],
  },
  {
    what: 'IPv6',
    family: 'AF_INET6',
    steps: ["u.bind(('::1', 5300)); s.connect(('::1', 5300)); s.send(b'ab'); u.recv(9)"],
    flows: ['client ipv6 5300 ::1', 'server ipv6 5300 ::'],
  },
  {
    what: 'IPv4 through an IPv6 socket that is connected: ipv4',
    family: 'AF_INET6',
    steps: [
      "u.bind(('::', 5300)); s.connect(('::ffff:127.0.0.1', 5300)); s.send(b'ab'); u.recv(9)",
    ],
    flows: ['client ipv4 5300 127.0.0.1', 'server ipv6 5300 ::'],
  },
  {
    what: 'a group of receivers is the peer',
    family: 'AF_INET',
    steps: [
      "s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton('127.0.0.1'))",
      "s.connect(('239.1.2.3', 5300)); s.send(b'ab')",
      "u.bind(('127.0.0.1', 5300)); t = " +
        `${udp('AF_INET')}; t.connect(('127.0.0.1', 5300)); t.send(b'ab'); u.recv(9); t.close()`,
    ],
    flows: ['client ipv4 5300 127.0.0.1', 'client ipv4 5300 239.1.2.3', 'server ipv4 5300 0.0.0.0'],
  },
] as const)('$what', async ({ family, steps, flows }) => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const process = startTraffic(namespace)
  await process.run(`u = ${udp(family)}; s = ${udp(family)}`)
  for (const step of steps) await process.run(step)
  await seen.collect()
  const found = seen
    .of({ transport: 'udp', pid: process.pid })
    .map(({ flow }) => `${flow.role} ${flow.networkType} ${flow.servicePort} ${flow.remoteAddress}`)
  expect(found.toSorted()).toEqual([...flows].toSorted())
})

test('connect() to another address begins another flow, and keeps what was counted apart', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const process = startTraffic(namespace)
  await process.run(
    `s = ${udp('AF_INET')}`,
    `one, two = ${udp('AF_INET')}, ${udp('AF_INET')}`,
    "one.bind(('127.0.0.1', 5301)); two.bind(('127.0.0.2', 5302))",
    "s.connect(('127.0.0.1', 5301)); s.send(b'abc'); s.send(b'abc')",
    "s.connect(('127.0.0.2', 5302)); s.send(b'abcde')",
  )
  await seen.collect()
  const of = (port: number) => seen.sum({ transport: 'udp', role: 'client', port })
  expect(of(5301)).toMatchObject({ pktsTx: 2, bytesTx: 6, active: 0 })
  expect(of(5302)).toMatchObject({ pktsTx: 1, bytesTx: 5, active: 1 })
})

test('looks, empty datagrams, cut ones and groups of them', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const process = startTraffic(namespace)
  await process.run(
    `u = ${udp('AF_INET')}; s = ${udp('AF_INET')}; u.bind(('127.0.0.1', 5300))`,
    "s.connect(('127.0.0.1', 5300))",
    "s.send(b''); s.send(b'x' * 100)",
    'u.recv(9, socket.MSG_PEEK); u.recv(9); u.recv(9)',
    // UDP_SEGMENT: the socket cuts what is written.
    's.setsockopt(17, 103, 50); s.send(bytes(120))',
    'until(lambda: u.recv(9, socket.MSG_DONTWAIT | socket.MSG_PEEK))',
    'u.recv(100); u.recv(100); u.recv(100)',
    'u.setblocking(False)',
    'try:\n u.recv(1)\nexcept BlockingIOError:\n pass',
  )
  await seen.collect()
  expect(seen.sum({ transport: 'udp', role: 'client' })).toMatchObject({ pktsTx: 5, bytesTx: 220 })
  expect(seen.sum({ transport: 'udp', role: 'server' })).toMatchObject({ pktsRx: 5, bytesRx: 129 })
})

test('drops are those of the socket itself, of a socket older than us without the older ones', async () => {
  const namespace = await createNamespace()
  const process = startTraffic(namespace)
  const flood = "for _ in range(2000): s.sendto(b'x' * 1000, ('127.0.0.1', 5300))"
  await process.run(
    `u = ${udp('AF_INET')}; u.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)`,
    `u.bind(('127.0.0.1', 5300)); s = ${udp('AF_INET')}`,
    // SO_MEMINFO, its last word: sk_drops.
    "drops = lambda: struct.unpack('9I', u.getsockopt(socket.SOL_SOCKET, 55, 36))[8]",
    flood,
  )
  const before = await process.run<number>('drops()')
  const seen = await watch([namespace])
  await process.run('u.recv(2000)', flood)
  await seen.collect()
  await process.run(flood)
  const after = await process.run<number>('drops()')
  await process.run('u.close()')
  await seen.collect()
  expect(before).toBeGreaterThan(0)
  expect(after).toBeGreaterThan(before)
  expect(seen.sum({ transport: 'udp', pid: process.pid }).drops).toBe(after - before)
})

test('bytes and datagrams are those of iperf3', async () => {
  const client = await createNamespace()
  const server = await createNamespace()
  await cable(client, server)
  const seen = await watch([client, server])
  const serving = execIn(server, 'iperf3', '-s', '-1', '-p', '5999', '-J')
  await execIn(
    client,
    ...['sh', '-c', 'sleep 1; iperf3 -J -u -c 10.99.0.2 -p 5999 -b 200M -t 2 -l 1000'],
  ).then(async (output) => {
    await serving
    await seen.collect()
    const { sum } = (JSON.parse(output) as { end: { sum: { packets: number; bytes: number } } }).end
    const sent = seen.sum({ transport: 'udp', netns: client.inode })
    const got = seen.sum({ transport: 'udp', netns: server.inode })
    // Each side greets the other with 4 bytes before it begins.
    expect(sent.pktsTx).toBe(sum.packets + 1)
    expect(sent.bytesTx).toBe(sum.packets * 1000 + 4)
    expect(got.pktsRx + got.drops).toBe(sent.pktsTx)
  })
})

test.each(datagramPrograms)('without %s UDP is not watched at all', async (name) => {
  const namespace = await createNamespace()
  const seen = await watch([namespace], { leaveOut: [name] })
  const process = startTraffic(namespace)
  await process.run(`s = ${udp('AF_INET')}; s.sendto(b'x', ('127.0.0.1', 9))`)
  await seen.collect()
  expect(seen.of({ transport: 'udp' })).toEqual([])
  const missing = seen.source.health().programs.filter(({ attached }) => !attached)
  const names = missing.map((program) => program.name)
  expect(names.filter((one) => !refusedByPolicy.includes(one))).toEqual([name])
})
