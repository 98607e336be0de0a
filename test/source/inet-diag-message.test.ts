import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatAddress } from '../../src/shared/addresses.ts'
import { readCounters } from '../../src/source/inet-diag-counters.ts'
import { readEnded } from '../../src/source/inet-diag-ended.ts'
import { readMessages, type SocketMessage } from '../../src/source/inet-diag-message.ts'
import { endMessage, readRecorded, socketMessage } from '../support/netlink.ts'

const names = ['listeners', 'connections', 'events'] as const
const uptimeMs = 20_000_000

function facts(socket: SocketMessage) {
  const counters = readCounters(socket)
  return {
    state: socket.state,
    local: `${formatAddress(socket.localAddress)} ${socket.localPort}`,
    remote: `${formatAddress(socket.remoteAddress)} ${socket.remotePort}`,
    acked: counters?.acked,
    received: counters?.received,
    sent: counters?.sent,
  }
}

function read(bytes: Uint8Array, sequence?: number) {
  const sockets: ReturnType<typeof facts>[] = []
  const outcome = readMessages(bytes, sequence, (socket) => sockets.push(facts(socket)))
  return { sockets, outcome }
}

/** All that is read of a message. */
function readAll(bytes: Uint8Array): ReturnType<typeof readMessages> {
  return readMessages(bytes, undefined, (socket) => {
    facts(socket)
    readEnded(socket, uptimeMs, 1000)
    expect([socket.inode, socket.cookie, socket.sequence, socket.receiveQueue]).not.toContain(-1)
    expect(socket.drops ?? 0).toBeGreaterThanOrEqual(0)
    expect(socket.cgroupId ?? 0n).toBeGreaterThanOrEqual(0n)
  })
}

test('listening sockets of a real kernel', () => {
  const { sockets, outcome } = read(readRecorded('listeners'), 1)
  expect(outcome).toEqual({ sockets: 2, isDone: true, isInterrupted: false, error: 0, unknown: 0 })
  expect(sockets.map(({ state, local }) => `${state} ${local}`).toSorted()).toEqual([
    '10 127.0.0.1 48975',
    '10 :: 54961',
  ])
})

test('connections of a real kernel, IPv4 on an IPv6 socket among them', () => {
  const { sockets, outcome } = read(readRecorded('connections'), 1)
  expect(outcome).toMatchObject({ sockets: 6, isDone: true, unknown: 0 })
  const client = { local: '127.0.0.1 43110', remote: '127.0.0.1 48975', state: 1 }
  expect(sockets).toContainEqual({ ...client, acked: 1001, received: 50, sent: 1000 })
  const mapped = { local: '127.0.0.1 54961', remote: '127.0.0.1 47726', state: 8 }
  expect(sockets).toContainEqual({ ...mapped, acked: 3, received: 1, sent: 3 })
})

test('ends that a real kernel told of', () => {
  const { sockets, outcome } = read(readRecorded('events'))
  expect(outcome).toMatchObject({ sockets: 7, isDone: false, unknown: 0, error: 0 })
  const client = { local: '127.0.0.1 43110', remote: '127.0.0.1 48975', state: 7 }
  expect(sockets).toContainEqual({ ...client, acked: 1002, received: 51, sent: 1000 })
})

test.each([
  { length: 0, acked: undefined, sent: undefined },
  { length: 104, acked: undefined, sent: undefined }, // Linux 4.0 and older
  { length: 143, acked: undefined, sent: undefined },
  { length: 144, acked: 7, sent: -1 },
  { length: 192, acked: 7, sent: -1 }, // Linux 4.15
  { length: 215, acked: 7, sent: -1 },
  { length: 216, acked: 7, sent: 5 }, // Linux 4.19
  { length: 280, acked: 7, sent: 5 },
])('of $length bytes of tcp_info, what is not there is absent', ({ length, acked, sent }) => {
  const info = { bytesAcked: 7, bytesSent: 9, bytesRetrans: 4 }
  expect(read(socketMessage({ info, infoLength: length })).sockets).toMatchObject([{ acked, sent }])
})

test('answers to another request are passed over, and their end is not this one’s', () => {
  const old = Buffer.concat([socketMessage({ sequence: 1 }), endMessage(0, 1)])
  const outcome = read(old, 2).outcome
  expect(outcome).toEqual({ sockets: 0, isDone: false, isInterrupted: false, error: 0, unknown: 0 })
})

test.each([
  { what: 'an end', bytes: endMessage(), expected: { isDone: true, error: 0 } },
  { what: 'a refusal', bytes: endMessage(2), expected: { isDone: true, error: 2 } },
  {
    what: 'an interruption',
    bytes: socketMessage({ flags: 0x12 }),
    expected: { isInterrupted: true, sockets: 1 },
  },
  {
    what: 'an unknown type',
    bytes: socketMessage({ type: 99 }),
    expected: { unknown: 1, sockets: 0 },
  },
  {
    what: 'an unknown family',
    bytes: socketMessage({ family: 1 }),
    expected: { unknown: 1, sockets: 0 },
  },
  { what: 'less than a header', bytes: new Uint8Array(15), expected: { unknown: 1, sockets: 0 } },
  { what: 'a length of 0', bytes: new Uint8Array(16), expected: { unknown: 1, sockets: 0 } },
])('$what is told', ({ bytes, expected }) => {
  expect(
    read(bytes, bytes.length === 16 || bytes.length === 15 ? undefined : 1).outcome,
  ).toMatchObject(expected)
})

test.each(names)('%s cut at any byte: nothing is made up, and the answer has no end', (name) => {
  const whole = readRecorded(name)
  const all = read(whole).outcome.sockets
  for (let length = 1; length < whole.length; length += 1) {
    const { sockets, isDone, unknown } = readAll(whole.subarray(0, length))
    expect(sockets).toBeLessThanOrEqual(all)
    expect(unknown).toBeLessThanOrEqual(1)
    expect(isDone).toBe(false)
  }
})

test('an attribute that is longer than its message ends that message only', () => {
  const first = socketMessage({ info: { bytesAcked: 7 }, drops: 3 })
  new DataView(first.buffer).setUint16(16 + 72, 0xffff, true)
  const { sockets } = read(Buffer.concat([first, socketMessage({ info: { bytesAcked: 8 } })]))
  expect(sockets.map(({ acked }) => acked)).toEqual([undefined, 8])
})

test('any bytes are read without an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
      expect(readAll(bytes).sockets).toBeLessThanOrEqual(bytes.length / 88)
    }),
  )
})

test('real messages with any bytes changed, put in or cut out are read without an error', () => {
  const change = fc.record({
    at: fc.nat(),
    cut: fc.nat(20),
    put: fc.uint8Array({ maxLength: 20 }),
  })
  const damaged = fc.tuple(fc.constantFrom(...names), fc.array(change, { maxLength: 8 }))
  fc.assert(
    fc.property(damaged, ([name, changes]) => {
      let bytes = readRecorded(name)
      for (const { at, cut, put } of changes) {
        const start = at % (bytes.length + 1)
        bytes = new Uint8Array(
          Buffer.concat([bytes.subarray(0, start), put, bytes.subarray(start + cut)]),
        )
      }
      const { sockets } = readAll(bytes)
      expect(sockets).toBeLessThanOrEqual(bytes.length / 88)
    }),
    { numRuns: 2000 },
  )
})
