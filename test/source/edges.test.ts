import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Increment } from '../../src/connection/increment.ts'
import { RecordDecoder } from '../../src/source/decoder.ts'
import { Edges, type EdgesSettings } from '../../src/source/edges.ts'
import { FlowTable } from '../../src/source/flow-table.ts'
import { NatTable } from '../../src/source/nat-table.ts'
import type { Sink } from '../../src/source/source.ts'
import { Tuple } from '../../src/source/tuple.ts'
import { type ConnectionPart, connectionRecord, ipv4 } from '../support/records.ts'

const clientPid = 11
const serverPid = 22
const clientAddress = ipv4(10, 0, 0, 1)
const serverAddress = ipv4(10, 0, 0, 2)
const otherAddress = ipv4(10, 0, 0, 9)

const ends = (port: number) => ({
  client: { address: clientAddress, port, pid: clientPid },
  server: { address: serverAddress, port: 80, pid: serverPid },
})

type Counts = Partial<ConnectionPart>

const whole = { opened: 1, closed: 1 }
const begins = { opened: 1, active: 1 }
const goesOn = { bytesTx: 7 }
const ended = { closed: 1, active: -1 }

const atClient = (port: number, counts: Counts = whole): Uint8Array => {
  const { client, server } = ends(port)
  return connectionRecord({ role: 'client', local: client, remote: server, ...counts })
}
const atServer = (port: number, counts: Counts = whole): Uint8Array => {
  const { client, server } = ends(port)
  return connectionRecord({ role: 'server', local: server, remote: client, ...counts })
}

const counted = ['opened', 'closed', 'failed', 'active', 'bytesTx'] as const
type Told = Pick<Increment, (typeof counted)[number] | 'flow'>
const ignore = (): void => {}

/** A decoder with a clock that is set by hand, and what it told. */
class Room {
  readonly increments: Told[] = []
  readonly #sink: Sink = {
    connection: ({ flow, opened, closed, failed, active, bytesTx }) =>
      this.increments.push({ flow, opened, closed, failed, active, bytesTx }),
    process: ignore,
    responses: ignore,
    listener: ignore,
    rejection: ignore,
  }
  readonly edges: Edges
  readonly decoder: RecordDecoder
  nowMs = 0

  constructor(settings: EdgesSettings = {}) {
    this.edges = new Edges(settings)
    this.decoder = new RecordDecoder(new FlowTable(), 1 << 20, this.edges, () => this.nowMs)
    // Both addresses are known to be this host's.
    this.read(atClient(1, { failed: 1 }), atServer(1, { failed: 1 }))
    this.increments.length = 0
  }

  read(...records: readonly Uint8Array[]): this {
    const bytes = Buffer.concat(records)
    this.decoder.bytes.set(bytes)
    this.decoder.decode(bytes.length, this.#sink)
    return this
  }

  collect(isLast = false): this {
    this.decoder.flush(this.#sink, isLast)
    this.edges.renew()
    return this
  }

  wait(ms: number): this {
    this.nowMs += ms
    return this
  }

  /** Who told what of whom: `pid>peer` and the counts that are not 0. */
  get told(): string[] {
    return this.increments.map((one) => {
      const { flow } = one
      const counts = counted.filter((name) => one[name] !== 0).map((name) => name + one[name])
      const reached = flow.reachedAddress === undefined ? '' : `@${flow.reachedAddress}`
      return `${flow.process.pid}>${flow.peerProcess?.pid ?? '?'}${reached} ${counts.join(' ')}`
    })
  }
}

test('both ends in one buffer, in any order, name each other', () => {
  expect(new Room().read(atServer(2), atClient(2)).told).toEqual([
    '22>11 opened1 closed1',
    '11>22 opened1 closed1',
  ])
})

test('what an end tells waits for the other, and comes in its order, before what is new', () => {
  const room = new Room().read(atClient(2, begins)).read(atClient(2, goesOn))
  expect(room.told).toEqual([])
  room.read(atClient(2, ended), atServer(2))
  expect(room.told).toEqual([
    '11>22 opened1 active1',
    '11>22 bytesTx7',
    '11>22 closed1 active-1',
    '22>11 opened1 closed1',
  ])
  expect(room.edges.counts.untold).toBe(0)
})

test('what began to wait within two seconds before a collection waits for the next one', () => {
  const room = new Room().read(atClient(2)).wait(1_999).collect()
  expect(room.told).toEqual([])
  room.read(atServer(2))
  expect(room.told).toEqual(['11>22 opened1 closed1', '22>11 opened1 closed1'])
  expect(room.edges.counts.untold).toBe(0)
})

test('an end whose other end never comes is told without at the next collection, and counted', () => {
  const room = new Room().read(atClient(2)).wait(2_000).collect()
  expect(room.told).toEqual(['11>? opened1 closed1'])
  expect(room.edges.counts.untold).toBe(1)
  expect(room.edges.heldRecords).toBe(0)
})

test('a connection to itself has no other end to wait for', () => {
  const { client } = ends(2)
  const itself = connectionRecord({ role: 'client', local: client, remote: client, ...whole })
  const room = new Room().read(itself)
  expect(room.told).toEqual(['11>? opened1 closed1'])
  expect(room.edges).toMatchObject({ size: 0, counts: { untold: 0 } })
})

test('what was held once has waited since then', () => {
  const room = new Room().read(atClient(2)).wait(1_500).collect().wait(500).collect()
  expect(room.told).toEqual(['11>? opened1 closed1'])
})

test('the last collection leaves nothing behind', () => {
  const room = new Room().read(atClient(2), atClient(3)).collect(true)
  expect(room.told).toEqual(['11>? opened1 closed1', '11>? opened1 closed1'])
  expect(room.edges.heldRecords).toBe(0)
})

test('another connection by the same addresses and ports is another one', () => {
  const room = new Room().read(atClient(2), atServer(2), atClient(2), atServer(2))
  const one = ['11>22 opened1 closed1', '22>11 opened1 closed1']
  expect(room.told).toEqual([...one, ...one])
})

test('who comes late names a connection that was told without: what is open moves', () => {
  const room = new Room().read(atClient(2, begins)).wait(2_000).collect().read(atServer(2, begins))
  room.read(atClient(2, goesOn))
  expect(room.told).toEqual([
    '11>? opened1 active1',
    '22>11 opened1 active1',
    '11>? active-1',
    '11>22 active1',
    '11>22 bytesTx7',
  ])
})

test('an end that went on after it was over is found again', () => {
  const room = new Room().read(atClient(2)).wait(2_000).collect()
  room.read(atServer(2, begins)).read().read()
  room.read(atServer(2, ended))
  expect(room.told.slice(1)).toEqual(['22>11 opened1 active1', '22>11 closed1 active-1'])
})

test('a connection that is over leaves the table, and its place is used again', () => {
  const room = new Room()
  for (let port = 2; port < 3_000; port += 1) room.read(atClient(port), atServer(port))
  expect(room.edges.size).toBeLessThan(10)
  expect(room.edges.counts).toEqual({ untold: 0, leftOut: 0 })
})

test('beyond the limit connections are told without the other end, at once, and counted', () => {
  const room = new Room({ limit: 4 })
  room.read(...[2, 3, 4, 5].flatMap((port) => [atClient(port, begins), atServer(port, begins)]))
  const counts = room.edges.counts
  expect(room.told).toHaveLength(8)
  expect(room.told.filter((one) => one.includes('>?'))).toHaveLength(counts.leftOut)
  expect(counts.leftOut).toBeGreaterThan(0)
  // With room again, the next one is named.
  room.read(...[2, 3, 4, 5].flatMap((port) => [atClient(port, ended), atServer(port, ended)]))
  room.read().read().read(atClient(9), atServer(9))
  expect(room.told.slice(-2)).toEqual(['11>22 opened1 closed1', '22>11 opened1 closed1'])
})

test('a table that is full of ends that were lost is swept after a while', () => {
  const room = new Room({ limit: 4 })
  room.read(...[2, 3, 4].flatMap((port) => [atClient(port, begins), atServer(port, begins)]))
  const { leftOut } = room.edges.counts
  for (let collection = 0; collection <= 60; collection += 1) room.collect()
  room.read(atClient(9), atServer(9))
  expect(room.told.slice(-2)).toEqual(['11>22 opened1 closed1', '22>11 opened1 closed1'])
  expect(room.edges.counts.leftOut).toBe(leftOut)
})

test('a table that is as good as full names all, and is empty when all are over', () => {
  const many = 10_000
  const room = new Room({ limit: many + 2 })
  const ports = Array.from({ length: many }, (_, at) => at + 2)
  const tell = (counts: Counts) => {
    for (let at = 0; at < ports.length; at += 1000) {
      const some = ports.slice(at, at + 1000)
      room.read(...some.flatMap((port) => [atClient(port, counts), atServer(port, counts)]))
    }
  }
  tell(begins)
  expect(room.edges.size).toBeGreaterThanOrEqual(many)
  tell(ended)
  room.read().read().collect()
  expect(room.edges.size).toBe(0)
  expect(room.told.every((one) => /^(11>22|22>11) /.test(one))).toBe(true)
  expect(room.told).toHaveLength(4 * many)
  expect(room.edges.counts).toEqual({ untold: 0, leftOut: 0 })
})

test('no more records wait than there is room for: the others are told without', () => {
  const room = new Room()
  const many = 17_000
  for (let port = 2; port < many + 2; port += 1000) {
    room.read(...Array.from({ length: 1000 }, (_, at) => atClient(port + at)))
  }
  const at = room.told.length
  expect(at).toBe(room.edges.counts.untold)
  expect(room.edges.heldRecords + at).toBe(many)
  expect(room.edges.heldRecords).toBeLessThan(16_000)
  room.collect(true)
  expect(room.told).toHaveLength(many)
})

function tupleOf(client: Uint32Array, clientPort: number, server: Uint32Array, serverPort: number) {
  const tuple = new Tuple()
  tuple.setClient(client, 0)
  tuple.setServer(server, 0)
  tuple.setPorts(clientPort, serverPort)
  return tuple
}

test.each(['client', 'server'])('a translated connection is one edge, the %s first', (first) => {
  const nat = new NatTable()
  nat.add(
    1,
    tupleOf(clientAddress, 40_000, otherAddress, 8080),
    tupleOf(otherAddress, 50_000, serverAddress, 80),
  )
  const room = new Room({ nat })
  const { client, server } = ends(40_000)
  const [dialled, seen] = [
    { address: otherAddress, port: 8080 },
    { address: otherAddress, port: 50_000 },
  ]
  const two = [
    connectionRecord({ role: 'client', local: client, remote: dialled, ...whole }),
    connectionRecord({ role: 'server', local: server, remote: seen, ...whole }),
  ]
  room.read(...(first === 'client' ? two : two.toReversed()))
  expect(room.told.toSorted()).toEqual([
    '11>22@10.0.0.2 opened1 closed1',
    '22>11@10.0.0.1 opened1 closed1',
  ])
  room.read().read().read()
  expect(room.edges.size).toBe(0)
})

/** What an end does, one record after the other. */
const life: fc.Arbitrary<readonly Counts[]> = fc.oneof(
  fc.constant([whole]),
  fc.nat(3).map((growths) => [begins, ...Array.from({ length: growths }, () => goesOn), ended]),
)
const connection = fc.record({ port: fc.integer({ min: 2, max: 6 }), client: life, server: life })
const cut = fc.constantFrom('', '', '', 'buffer', 'collection')

/** Records of all, each end's in its order, in an order that is drawn. */
function interleaved(
  connections: readonly { port: number; client: readonly Counts[]; server: readonly Counts[] }[],
  order: () => number,
): Uint8Array[] {
  const queues = new Map<string, Uint8Array[]>()
  for (const { port, client, server } of connections) {
    const add = (name: string, records: Uint8Array[]) =>
      queues.set(name, [...(queues.get(name) ?? []), ...records])
    add(
      `client ${port}`,
      client.map((counts) => atClient(port, counts)),
    )
    add(
      `server ${port}`,
      server.map((counts) => atServer(port, counts)),
    )
  }
  const records: Uint8Array[] = []
  for (let left = [...queues.values()]; left.length > 0; ) {
    records.push(left[order() % left.length]?.shift() as Uint8Array)
    left = left.filter((queue) => queue.length > 0)
  }
  return records
}

test('in whatever order both ends come, each record is told once, and nothing stays open', () => {
  const drawn = fc.record({
    connections: fc.array(connection, { minLength: 1, maxLength: 8 }),
    order: fc.infiniteStream(fc.nat(1000)),
    cuts: fc.infiniteStream(cut),
  })
  fc.assert(
    fc.property(drawn, ({ connections, order, cuts }) => {
      const room = new Room()
      // A port is used again only when both ends of the one before are over: so each is drawn alone.
      const alone = connections.filter(
        ({ port }, at) => connections.findIndex((one) => one.port === port) === at,
      )
      for (const record of interleaved(alone, () => order.next().value as number)) {
        room.read(record)
        const next = cuts.next().value as string
        if (next === 'buffer') room.read()
        if (next === 'collection') room.wait(3_000).collect()
      }
      room.collect(true)

      const sum = (pid: number) => room.increments.filter(({ flow }) => flow.process.pid === pid)
      for (const [pid, side] of [
        [clientPid, 'client'],
        [serverPid, 'server'],
      ] as const) {
        const told = sum(pid)
        const total = (name: 'opened' | 'closed' | 'active' | 'bytesTx') =>
          told.reduce((all, one) => all + one[name], 0)
        const expected = alone.flatMap((one) => one[side])
        expect(total('opened')).toBe(alone.length)
        expect(total('closed')).toBe(alone.length)
        expect(total('bytesTx')).toBe(expected.filter((one) => one === goesOn).length * 7)
        const open = new Map<object, number>()
        for (const { flow, active } of told) open.set(flow, (open.get(flow) ?? 0) + active)
        expect([...open.values()].every((active) => active === 0)).toBe(true)
      }
      expect(room.edges.heldRecords).toBe(0)
    }),
  )
})
