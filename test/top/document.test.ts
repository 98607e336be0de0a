import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonDocument } from '../../src/top/document.ts'
import { groupings } from '../../src/top/reading.ts'
import { busyReading, owner, reading, stateOf, tally } from './reading.ts'

const parse = (text: string) => JSON.parse(text) as { rows: Record<string, unknown>[] }

test.each(groupings)('by %s the fields are as docs/top.md has them', async (by) => {
  const document = parse(jsonDocument(busyReading(), stateOf(by), 1))
  await expect(`${JSON.stringify(document, undefined, 2)}\n`).toMatchFileSnapshot(
    `fixtures/${by}.json`,
  )
})

test('rows follow the filter, the order and the limit', () => {
  const names = (filter: string, rows: number) =>
    parse(jsonDocument(busyReading(), stateOf('process', { filter }), rows)).rows.map(
      ({ pid }) => pid,
    )
  expect(names('', 2)).toEqual([812, 4_194_304])
  expect(names('POSTGRES', 10)).toEqual([4_194_304])
})

test('any name comes back as it is, from a line that no terminal obeys', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      const text = jsonDocument(
        reading({ processes: [{ owner: owner(name), tally: tally() }] }),
        stateOf('process'),
        1,
      )
      expect(text).not.toMatch(/[\p{Cc}\u2028\u202e]/u)
      expect(parse(text).rows[0]?.['service']).toBe(name)
    }),
  )
})
