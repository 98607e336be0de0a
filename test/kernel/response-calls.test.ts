import { expect, test } from 'vitest'
import { createNamespace } from '../support/netns.ts'
import { responseSum } from '../support/response-times.ts'
import { watch } from '../support/source.ts'
import { connectPair, startPair } from '../support/traffic.ts'

/** Steps of one connection, `s` at the client and `c` at the server, and the response times that each end has. */
interface Case {
  readonly what: string
  readonly steps: readonly (readonly ['client' | 'server', string])[]
  readonly client: number
  readonly server: number
}

const uring = 'sys.path.insert(0, os.path.dirname(sys.argv[0])); import uring; r = uring.Ring()'
const answered = [
  ['server', 'c.send(b"yes")'],
  ['client', 'read_all(s, 3)'],
] as const

const cases: Case[] = [
  {
    what: 'a request that nobody answers gives none',
    steps: [
      ['client', 's.send(b"ask")'],
      ['server', 'read_all(c, 3)'],
    ],
    client: 0,
    server: 0,
  },
  {
    what: 'who speaks first answers nothing: a greeting gives none',
    steps: answered,
    client: 0,
    server: 0,
  },
  {
    what: 'a request in parts and an answer in parts are one exchange',
    steps: [
      ['client', 's.send(b"a"); s.send(b"sk")'],
      ['server', 'read_all(c, 1); read_all(c, 2); c.send(b"y"); c.send(b"es")'],
      ['client', 'read_all(s, 1); read_all(s, 2)'],
    ],
    client: 1,
    server: 1,
  },
  {
    what: 'pipelining: requests that were sent before an answer came are one exchange',
    steps: [
      ['client', 's.send(b"ask"); s.send(b"ask"); s.send(b"ask")'],
      ['server', 'read_all(c, 9); c.send(b"yes"); c.send(b"yes"); c.send(b"yes")'],
      ['client', 'read_all(s, 3); read_all(s, 6)'],
    ],
    client: 1,
    server: 1,
  },
  {
    what: 'a server that answers a pipeline one by one has one each',
    steps: [
      ['client', 's.send(b"ask" * 3)'],
      ['server', 'for _ in range(3): read_all(c, 3); c.send(b"yes")'],
      ['client', 'read_all(s, 9)'],
    ],
    client: 1,
    server: 3,
  },
  {
    what: 'MSG_PEEK takes nothing, so it is no read',
    steps: [
      ['client', 's.send(b"ask")'],
      ['server', 'read_all(c, 3, socket.MSG_PEEK); c.send(b"yes")'],
      ['client', 'read_all(s, 3, socket.MSG_PEEK)'],
    ],
    client: 0,
    server: 0,
  },
  {
    what: 'a read that would block and the end of the stream are no reads',
    steps: [
      ['client', 's.send(b"ask"); s.shutdown(socket.SHUT_WR)'],
      ['client', 's.setblocking(False); until(lambda: s.fileno() > 0)'],
      ['client', 'try:\n s.recv(1)\nexcept BlockingIOError:\n pass'],
      ['server', 'read_all(c, 3); c.recv(1)'],
      ['server', 'c.send(b"yes")'],
      ['client', 's.setblocking(True); read_all(s, 3)'],
    ],
    client: 1,
    server: 1,
  },
  {
    what: 'writes and reads of no bytes are none',
    steps: [
      ['client', 's.send(b"ask")'],
      ['server', 'read_all(c, 3); c.send(b""); c.recv(0)'],
      ['client', 's.send(b"")'],
    ],
    client: 0,
    server: 0,
  },
  {
    what: 'threads: one reads the request, another answers it',
    steps: [
      ['client', 's.send(b"ask")'],
      ['server', 'in_thread(read_all, c, 3).join(); in_thread(c.send, b"yes").join()'],
      ['client', 'read_all(s, 3)'],
    ],
    client: 1,
    server: 1,
  },
  {
    what: 'sendmmsg and recvmmsg are as many writes and reads as they have messages',
    steps: [
      ['client', 'many(LIBC.sendmmsg, s, 2, 100)'],
      ['server', 'until(lambda: len(c.recv(200, socket.MSG_PEEK)) == 200)'],
      ['server', 'many(LIBC.recvmmsg, c, 2, 100); many(LIBC.sendmmsg, c, 2, 100)'],
      ['client', 'until(lambda: len(s.recv(200, socket.MSG_PEEK)) == 200)'],
      ['client', 'many(LIBC.recvmmsg, s, 2, 100)'],
    ],
    client: 1,
    server: 1,
  },
  {
    what: 'sendfile is a write',
    steps: [
      ['client', 'send_file(s, 5000)'],
      ['server', 'read_all(c, 5000); send_file(c, 5000)'],
      ['client', 'read_all(s, 5000)'],
    ],
    client: 1,
    server: 1,
  },
  {
    what: 'splice out of a socket is not seen, so what it reads is no request',
    steps: [
      ['client', 's.send(b"ask")'],
      ['server', 'i, o = os.pipe(); os.splice(c.fileno(), o, 3)'],
      ...answered,
    ],
    client: 1,
    server: 0,
  },
  {
    what: 'splice into a socket is a write',
    steps: [
      ['client', 's.send(b"ask")'],
      [
        'server',
        'i, o = os.pipe(); read_all(c, 3); os.write(o, b"yes"); os.splice(i, c.fileno(), 3)',
      ],
      ['client', 'read_all(s, 3)'],
    ],
    client: 1,
    server: 1,
  },
  {
    what: 'readv, writev, read and write are as good as recv and send',
    steps: [
      ['client', 'os.writev(s.fileno(), [b"as", b"k"])'],
      [
        'server',
        'os.readv(c.fileno(), [bytearray(1), bytearray(2)]); os.write(c.fileno(), b"yes")',
      ],
      ['client', 'os.read(s.fileno(), 3)'],
    ],
    client: 1,
    server: 1,
  },
  {
    what: 'io_uring reads and writes as system calls do',
    steps: [
      ['client', `${uring}; r.run(uring.OP_SEND, s.fileno(), 3)`],
      [
        'server',
        `${uring}; r.run(uring.OP_RECV, c.fileno(), 3); r.run(uring.OP_WRITE, c.fileno(), 3)`,
      ],
      ['client', 'r.run(uring.OP_READ, s.fileno(), 3)'],
    ],
    client: 1,
    server: 1,
  },
]

test.each(cases)('$what', async ({ steps, client, server }) => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const pair = await startPair({ from: namespace })
  await connectPair(pair)
  for (const [end, code] of steps) await pair[end].run(code)
  await seen.collect()
  const countOf = (role: 'client' | 'server') =>
    responseSum(seen.responses({ port: pair.port, role })).count
  expect({ client: countOf('client'), server: countOf('server') }).toEqual({ client, server })
  expect(seen.source.health().responsesLost).toBe(0)
})

test('a process that only reads and writes what its parent accepted owns the connection at once', async () => {
  const namespace = await createNamespace()
  const seen = await watch([namespace])
  const pair = await startPair({ from: namespace })
  await connectPair(pair)
  const child = await pair.server.run<number>(
    'pid = os.fork()',
    'if pid == 0:\n read_all(c, 3); c.send(b"yes"); os._exit(0)',
    'pid',
  )
  await pair.client.run('s.send(b"ask"); read_all(s, 3)')
  await pair.server.run('os.waitpid(pid, 0)[0]')
  await seen.collect()
  expect(responseSum(seen.responses({ pid: child, role: 'server' })).count).toBe(1)
})
