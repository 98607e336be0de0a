import { expect, test } from 'vitest'
import { NameDirectory } from '../../src/identity/dns/directory.ts'
import { createNamespace } from '../support/netns.ts'
import { AnswersSink, watch } from '../support/source.ts'
import { startTraffic } from '../support/traffic.ts'

const all = 100_000

/** A directory at work, whose messages are not kept. */
class DirectorySink extends AnswersSink {
  readonly directory = new NameDirectory({ now: () => performance.now(), hostNetns: 1 })

  override answer(answer: Parameters<AnswersSink['answer']>[0]): void {
    if (this.isWanted(answer.netns)) this.directory.answer(answer)
  }
}

test('a flood of answers, each with another name and address: names stay bounded, and what is not read is counted', async () => {
  const namespace = await createNamespace()
  const sink = new DirectorySink([namespace.inode])
  const seen = await watch([namespace], { hasNames: true }, sink)
  const server = startTraffic(namespace)
  await server.run(
    'u = socket.socket(type=socket.SOCK_DGRAM)',
    "u.bind(('127.0.0.1', 53))",
    "tail = bytes.fromhex('c00c000100010000003c0004')",
    'def serve():',
    ` for i in range(${all}):`,
    '  q, a = u.recvfrom(512)',
    "  u.sendto(q[:2] + b'\\x81\\x80' + q[4:6] + b'\\0\\1' + q[8:] + tail + (0x0a000000 + i).to_bytes(4, 'big'), a)",
    'in_thread(serve); None',
  )
  const client = startTraffic(namespace)
  const flood = client.run(
    "s = socket.socket(type=socket.SOCK_DGRAM); s.connect(('127.0.0.1', 53))",
    "head = bytes.fromhex('000701000001000000000000')",
    `for i in range(${all}):`,
    " n = b'n%d' % i",
    " s.send(head + bytes([len(n)]) + n + b'\\5flood\\4test\\0\\0\\1\\0\\1'); s.recv(512)",
  )
  await seen.collectDuring(flood)
  const { answers, ringFull, lost } = seen.source.health()
  expect((answers?.read ?? 0) + (answers?.lost ?? 0)).toBe(all)
  expect(answers?.read).toBeGreaterThan(all / 2)
  expect(sink.directory.malformed).toBe(0)
  expect(sink.directory.size).toBe(1024 + 8192)
  expect({ ringFull, lost }).toEqual({ ringFull: 0, lost: 0 })
})
