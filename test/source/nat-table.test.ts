import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NatTable } from '../../src/source/nat-table.ts'
import { Tuple } from '../../src/source/tuple.ts'

const mapped = new Uint32Array(Uint8Array.of(0, 0, 0xff, 0xff).buffer)[0] as number
const ipv4 = (...bytes: number[]): Uint32Array =>
  Uint32Array.of(0, 0, mapped, new Uint32Array(Uint8Array.from(bytes).buffer)[0] as number)

interface End {
  readonly address: readonly number[]
  readonly port: number
}

function tupleOf(client: End, server: End, netns = 1): Tuple {
  const tuple = new Tuple()
  tuple.setClient(ipv4(...client.address), 0)
  tuple.setServer(ipv4(...server.address), 0)
  tuple.setPorts(client.port, server.port)
  tuple.seal(netns)
  return tuple
}

const same = (one: Tuple, other: Tuple): boolean =>
  one.first === other.first && one.second === other.second

const client = { address: [10, 0, 0, 1], port: 40_000 }
const vip = { address: [10, 0, 0, 9], port: 80 }
const server = { address: [10, 0, 0, 2], port: 8080 }
const masked = { address: [10, 0, 0, 3], port: 1024 }

test('what was dialled leads to what the server sees, and back', () => {
  const table = new NatTable()
  table.add(1, tupleOf(client, vip), tupleOf(masked, server))
  const forth = tupleOf(client, vip)
  expect(table.forward(forth)).toBe(true)
  expect(same(forth, tupleOf(masked, server))).toBe(true)
  const back = tupleOf(masked, server)
  expect(table.backward(back)).toBe(true)
  expect(same(back, tupleOf(client, vip))).toBe(true)
})

test('two translations, one behind the other, are followed both', () => {
  const table = new NatTable()
  table.add(1, tupleOf(client, vip), tupleOf(client, server))
  table.add(2, tupleOf(client, server), tupleOf(masked, server))
  const tuple = tupleOf(client, vip)
  expect(table.forward(tuple)).toBe(true)
  expect(same(tuple, tupleOf(masked, server))).toBe(true)
  expect(table.backward(tuple)).toBe(true)
  expect(same(tuple, tupleOf(client, vip))).toBe(true)
})

test('translations that lead in a circle end', () => {
  const table = new NatTable()
  table.add(1, tupleOf(client, vip), tupleOf(client, server))
  table.add(1, tupleOf(client, server), tupleOf(client, vip))
  expect(table.forward(tupleOf(client, vip))).toBe(true)
})

test('loopback is told apart by its namespace, other addresses are not', () => {
  const table = new NatTable()
  const here = { address: [127, 0, 0, 1], port: 80 }
  table.add(1, tupleOf(client, vip, 1), tupleOf(client, here, 1))
  expect(table.forward(tupleOf(client, vip, 2))).toBe(true)
  expect(table.backward(tupleOf(client, here, 2))).toBe(false)
  expect(table.backward(tupleOf(client, here, 1))).toBe(true)
})

test('what was told twice is there once, and the newest of two counts', () => {
  const table = new NatTable()
  table.add(1, tupleOf(client, vip), tupleOf(client, server))
  table.add(1, tupleOf(client, vip), tupleOf(client, server))
  expect(table.size).toBe(1)
  table.add(1, tupleOf(client, vip), tupleOf(masked, server))
  const tuple = tupleOf(client, vip)
  table.forward(tuple)
  expect(same(tuple, tupleOf(masked, server))).toBe(true)
})

test('five minutes after a collection its entries are forgotten', () => {
  const table = new NatTable()
  table.add(1, tupleOf(client, vip), tupleOf(client, server))
  table.renew(0)
  table.renew(299_000)
  expect(table.forward(tupleOf(client, vip))).toBe(true)
  table.renew(300_000)
  expect(table.forward(tupleOf(client, vip))).toBe(false)
  expect(table.size).toBe(0)
})

test('a full table keeps the newest, and tells what may have been needed', () => {
  const table = new NatTable(16)
  const from = (port: number) => tupleOf({ ...client, port }, vip)
  for (let port = 1; port <= 40; port += 1) {
    table.add(1, from(port), tupleOf({ ...client, port }, server))
  }
  expect([table.size, table.missed]).toEqual([16, 24])
  for (let port = 1; port <= 40; port += 1) expect(table.forward(from(port))).toBe(port > 24)
})

test('whatever comes and goes, the table has what a list of the newest has', () => {
  const port = fc.integer({ min: 1, max: 60 })
  fc.assert(
    fc.property(fc.array(fc.record({ port, to: port }), { maxLength: 200 }), (entries) => {
      const table = new NatTable(32)
      const list: { port: number; to: number }[] = []
      for (const entry of entries) {
        const from = tupleOf({ ...client, port: entry.port }, vip)
        const to = tupleOf({ ...client, port: entry.port }, { ...server, port: entry.to })
        table.add(1, from, to)
        const known = list.findLast((one) => one.port === entry.port)
        if (known?.to !== entry.to) list.push(entry)
        if (list.length > 32) list.shift()
      }
      for (let asked = 1; asked <= 60; asked += 1) {
        const tuple = tupleOf({ ...client, port: asked }, vip)
        const expected = list.findLast((one) => one.port === asked)
        expect(table.forward(tuple)).toBe(expected !== undefined)
        if (expected === undefined) continue
        const to = tupleOf({ ...client, port: asked }, { ...server, port: expected.to })
        expect(same(tuple, to)).toBe(true)
      }
    }),
  )
})
