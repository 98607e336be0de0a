import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Edge, EdgeTable } from '../../src/source/edge-table.ts'

test('whatever comes and goes, the table has what a map has', () => {
  // Few first words, so that many stand in one place after the other.
  const key = fc.record({ first: fc.integer({ min: -3, max: 3 }), second: fc.nat(40) })
  const step = fc.record({ key, isRemoval: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const table = new EdgeTable()
      const map = new Map<string, Edge>()
      for (const { key: hash, isRemoval } of steps) {
        const name = `${hash.first} ${hash.second}`
        const known = map.get(name)
        if (isRemoval && known !== undefined) {
          table.remove(hash, known)
          map.delete(name)
        } else if (!isRemoval && known === undefined) {
          const edge = new Edge(hash, 0)
          table.add(hash, edge)
          map.set(name, edge)
        }
      }
      expect(table.size).toBe(map.size)
      expect([...table.all()]).toHaveLength(map.size)
      for (let first = -3; first <= 3; first += 1) {
        for (let second = 0; second <= 40; second += 1) {
          expect(table.find({ first, second })).toBe(map.get(`${first} ${second}`))
        }
      }
    }),
  )
})

test('it grows with what it holds, and gives memory back', () => {
  const table = new EdgeTable()
  const edges = Array.from(
    { length: 10_000 },
    (_, at) => new Edge({ first: at * 7, second: at }, 0),
  )
  for (const edge of edges) table.add(edge, edge)
  expect(edges.every((edge) => table.find(edge) === edge)).toBe(true)
  for (const edge of edges.slice(10)) table.remove(edge, edge)
  table.shrink()
  expect(table.size).toBe(10)
  expect(edges.filter((edge) => table.find(edge) === edge)).toEqual(edges.slice(0, 10))
})

test('a key is taken away from its own edge only', () => {
  const table = new EdgeTable()
  const [one, other] = [1, 2].map((generation) => new Edge({ first: 1, second: 1 }, generation))
  if (one === undefined || other === undefined) throw new Error('two were made')
  table.add(one, one)
  table.remove(one, other)
  expect(table.find(one)).toBe(one)
})

test('an end that is told before its beginning leaves nothing open', () => {
  const edge = new Edge({ first: 1, second: 1 }, 0)
  edge.count('client', -1)
  expect([edge.isOpen('client'), edge.isOwed('client')]).toEqual([false, true])
  edge.count('client', 1)
  expect([edge.isOpen('client'), edge.isOwed('client')]).toEqual([false, false])
  edge.count('client', 1)
  expect([edge.isOpen('client'), edge.isOpen('server')]).toEqual([true, false])
})
