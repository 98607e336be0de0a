import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Edge, EdgeColumns, noEdge, side } from '../../src/source/edge-columns.ts'
import { EdgeTable } from '../../src/source/edge-table.ts'

const { client, server } = side

interface Key {
  readonly first: number
  readonly second: number
}

/** A table, and a map that is to have the same. */
class Pair {
  readonly table = new EdgeTable()
  readonly map = new Map<string, Edge>()

  readonly steps: Readonly<Record<string, (key: Key) => void>> = {
    reclaim: () => this.table.reclaim(),
    add: (key) => {
      if (!this.map.has(nameOf(key))) this.map.set(nameOf(key), this.table.add(key, 0))
    },
    remove: (key) => {
      const known = this.map.get(nameOf(key))
      if (known === undefined) return
      this.table.remove(known)
      for (const [name, edge] of this.map) if (edge === known) this.map.delete(name)
    },
    alias: (key) => {
      const edges = [...this.map.values()]
      const single = edges.find((edge) => edges.indexOf(edge) === edges.lastIndexOf(edge))
      if (single === undefined) return
      this.table.addAlias(key, single)
      if (!this.map.has(nameOf(key))) this.map.set(nameOf(key), single)
    },
  }
}

const nameOf = ({ first, second }: Key) => `${first} ${second}`

test('whatever comes and goes, the table has what a map has', () => {
  // Few first words, so that many stand in one place after the other.
  const key = fc.record({ first: fc.integer({ min: -3, max: 3 }), second: fc.nat(40) })
  const step = fc.record({ key, kind: fc.constantFrom('add', 'remove', 'alias', 'reclaim') })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { table, map, steps: doing } = new Pair()
      for (const { key: hash, kind } of steps) doing[kind]?.(hash)
      expect(table.size).toBe(map.size)
      expect(new Set(table.all())).toEqual(new Set(map.values()))
      for (let first = -3; first <= 3; first += 1) {
        const found = Array.from({ length: 41 }, (_, second) => table.find({ first, second }))
        expect(found).toEqual(
          found.map((_, second) => map.get(nameOf({ first, second })) ?? noEdge),
        )
      }
    }),
  )
})

test('it grows with what it holds, and gives memory back', () => {
  const table = new EdgeTable()
  const hashes = Array.from({ length: 10_000 }, (_, at) => ({ first: at * 7, second: at }))
  const edges = hashes.map((hash) => table.add(hash, 0))
  expect(hashes.map((hash) => table.find(hash))).toEqual(edges)
  for (const edge of edges.slice(10)) table.remove(edge)
  table.reclaim()
  table.shrink()
  expect(table.size).toBe(10)
  expect(hashes.map((hash) => table.find(hash)).filter((edge) => edge !== noEdge)).toEqual(
    edges.slice(0, 10),
  )
  const more = hashes.slice(10).map((hash) => table.add(hash, 0))
  expect(new Set([...edges.slice(0, 10), ...more]).size).toBe(10_000)
})

test('an edge that somebody holds or lists keeps its place until it is let go', () => {
  const table = new EdgeTable()
  const { columns } = table
  const hash = { first: 1, second: 1 }
  const edge = table.add(hash, 0)
  columns.setLocal(edge)
  columns.hold(edge)
  columns.list(edge)
  table.remove(edge)
  table.reclaim()
  expect(table.find(hash)).toBe(noEdge)
  expect(table.add(hash, 0)).not.toBe(edge)
  columns.release(edge)
  table.reclaim()
  expect(columns.isLocal(edge)).toBe(true)
  columns.unlist(edge)
  table.reclaim()
  expect(table.add({ first: 2, second: 2 }, 0)).toBe(edge)
  expect(columns.isLocal(edge)).toBe(false)
})

test('an end that is told before its beginning leaves nothing open', () => {
  const columns = new EdgeColumns()
  const edge = columns.take(1, 1, 0)
  columns.count(edge, client, -1)
  expect([columns.isOpen(edge, client), columns.isOwed(edge, client)]).toEqual([false, true])
  columns.count(edge, client, 1)
  expect([columns.isOpen(edge, client), columns.isOwed(edge, client)]).toEqual([false, false])
  columns.count(edge, client, 1)
  expect([columns.isOpen(edge, client), columns.isOpen(edge, server)]).toEqual([true, false])
})
