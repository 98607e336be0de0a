import { expect, test } from 'vitest'
import { readAnswer } from '../../src/identity/dns/message.ts'
import { startDnsServer } from '../support/dns-server.ts'
import { createNamespace, execIn } from '../support/netns.ts'
import { AnswersSink, watch } from '../support/source.ts'
import { startTraffic } from '../support/traffic.ts'

const hosts = ['db.test,192.0.2.1', 'six.test,192.0.2.6,2001:db8::6']
const aliases = ['www.test,db.test']
const packet = String.raw`q = lambda name, id=7: bytes([0, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]) + b''.join(bytes([len(x)]) + x.encode() for x in name.split('.')) + b'\0\0\1\0\1'`

async function world() {
  const namespace = await createNamespace()
  await startDnsServer(namespace, { hosts, aliases })
  const sink = new AnswersSink([namespace.inode])
  const seen = await watch([namespace], { hasNames: true }, sink)
  return { namespace, sink, seen }
}

const connected = "s = socket.socket(type=socket.SOCK_DGRAM); s.connect(('127.0.0.1', 53))"
const unconnected = "s = socket.socket(type=socket.SOCK_DGRAM); to = ('127.0.0.1', 53)"
const buffers = 'a = bytearray(512); b = bytearray(512)'

test.each([
  { calls: 'send, recv', code: [connected, "s.send(q('db.test')); s.recv(512)"] },
  {
    calls: 'write, read',
    code: [connected, "os.write(s.fileno(), q('db.test'))", 'os.read(s.fileno(), 512)'],
  },
  {
    calls: 'writev, readv',
    code: [
      connected,
      buffers,
      "os.writev(s.fileno(), [q('db.test')])",
      'os.readv(s.fileno(), [a, b])',
    ],
  },
  {
    calls: 'sendmsg, recvmsg',
    code: [connected, buffers, "s.sendmsg([q('db.test')])", 's.recvmsg_into([a, b])'],
  },
  { calls: 'sendto, recvfrom', code: [unconnected, "s.sendto(q('db.test'), to); s.recvfrom(512)"] },
  {
    calls: 'sendmsg, recvmsg, not connected',
    code: [unconnected, buffers, "s.sendmsg([q('db.test')], [], 0, to)", 's.recvmsg_into([a])'],
  },
  {
    calls: 'a look, then recvfrom',
    code: [connected, "s.send(q('db.test'))", 's.recvfrom(512, socket.MSG_PEEK); s.recvfrom(512)'],
  },
  {
    calls: 'an IPv6 socket that speaks IPv4',
    code: [
      'p = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)',
      "p.connect(('::ffff:127.0.0.1', 53)); p.send(q('db.test')); p.recv(512)",
    ],
  },
])('an answer is told with its process: $calls', async ({ code }) => {
  const { namespace, sink, seen } = await world()
  const client = startTraffic(namespace)
  await client.run('import socket, os', packet, ...code, 'None')
  await seen.collect()
  expect(sink.answers).toMatchObject([{ pid: client.pid, netns: namespace.inode, isCut: false }])
  expect(sink.answers.map(({ message }) => readAnswer(message))).toEqual([
    { name: 'db.test', addresses: [{ address: '192.0.2.1', ttlSeconds: 60 }] },
  ])
  const [process] = sink.processes.filter(({ pid }) => pid === client.pid)
  expect(sink.answers[0]?.startTime).toBe(process?.startTime)
})

test.each([
  { name: 'db.test', type: 'A' },
  { name: 'www.test', type: 'A' },
  { name: 'six.test', type: 'AAAA' },
  { name: 'SIX.tEst', type: 'A' },
])('$type of $name: the addresses that dig prints', async ({ name, type }) => {
  const { namespace, sink, seen } = await world()
  const printed = await execIn(namespace, 'dig', '@127.0.0.1', '+short', name, type)
  await seen.collect()
  const told = sink.answers.map(({ message }) => readAnswer(message))
  const addresses = printed.split('\n').filter((line) => /^[\da-f.:]+$/.test(line))
  expect(addresses).not.toEqual([])
  expect(told).toEqual([
    {
      name: name.toLowerCase(),
      addresses: addresses.map((address) => ({ address, ttlSeconds: 60 })),
    },
  ])
})

test('the C library’s own resolver is understood, for IPv4 and IPv6 at once', async () => {
  const { namespace, sink, seen } = await world()
  const client = startTraffic(namespace)
  const script =
    'import socket; print(sorted({a[4][0] for a in socket.getaddrinfo("six.test", 80)}))'
  const shell = `mount --bind /tmp/$0 /etc/resolv.conf && exec python3 -c '${script}'`
  const file = `nettracer-resolv-${process.pid}`
  await client.run(`open('/tmp/${file}', 'w').write('nameserver 127.0.0.1\\n')`)
  const printed = await execIn(namespace, 'unshare', '--mount', 'sh', '-c', shell, file)
  await client.run(`import os; os.unlink('/tmp/${file}')`)
  await seen.collect()
  expect(printed).toContain("['192.0.2.6', '2001:db8::6']")
  const told = sink.answers.flatMap(({ message }) => readAnswer(message))
  const addresses = told.flatMap((one) => (typeof one === 'object' ? one.addresses : []))
  expect(addresses.map(({ address }) => address).toSorted()).toEqual(['192.0.2.6', '2001:db8::6'])
})

test('errors, answers without records, other sockets and other ports are not told', async () => {
  const { namespace, sink, seen } = await world()
  const client = startTraffic(namespace)
  await client.run(
    'import socket',
    packet,
    connected,
    "s.send(q('nothing.test')); s.recv(512)",
    // Looks like an answer, to a socket that never asked.
    'l = socket.socket(type=socket.SOCK_DGRAM)',
    "l.bind(('127.0.0.1', 0)); at = l.getsockname()",
    "s.send(q('db.test')); m = s.recv(512)",
    'u = socket.socket(type=socket.SOCK_DGRAM); u.sendto(m, at); l.recv(512)',
    'l.sendto(m, u.getsockname()); u.recv(512); None',
  )
  await seen.collect()
  expect(sink.answers.map(({ message }) => readAnswer(message))).toMatchObject([
    { name: 'db.test' },
  ])
})

test('nothing is told unless names are wanted', async () => {
  const namespace = await createNamespace()
  await startDnsServer(namespace, { hosts })
  const sink = new AnswersSink([namespace.inode])
  const seen = await watch([namespace], {}, sink)
  await execIn(namespace, 'dig', '@127.0.0.1', '+short', 'db.test')
  await seen.collect()
  expect(sink.answers).toEqual([])
  expect(seen.source.health().answers).toBe(undefined)
})

test('without UDP answers to connected sockets are told', async () => {
  const namespace = await createNamespace()
  await startDnsServer(namespace, { hosts })
  const sink = new AnswersSink([namespace.inode])
  const settings = { hasNames: true, hasDatagrams: false, hasResponseTimes: false }
  const seen = await watch([namespace], settings, sink)
  const client = startTraffic(namespace)
  await client.run('import socket', packet, connected, "s.send(q('db.test')); s.recv(512); None")
  await seen.collect()
  expect(sink.answers).toHaveLength(1)
})

test('answers that do not fit their ring are counted, and no other record is lost', async () => {
  const { namespace, sink, seen } = await world()
  const client = startTraffic(namespace)
  const count = 10_000
  await client.run(
    'import socket',
    packet,
    connected,
    `for _ in range(${count}): s.send(q('db.test')); s.recv(512)`,
  )
  await seen.collect()
  const { answers, ringFull, lost } = seen.source.health()
  expect(sink.answers).toHaveLength(answers?.read ?? 0)
  expect((answers?.read ?? 0) + (answers?.lost ?? 0)).toBe(count)
  expect(answers?.lost).toBeGreaterThan(0)
  expect({ ringFull, lost }).toEqual({ ringFull: 0, lost: 0 })
})
