import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonDocument } from '../../src/top/document.ts'
import { sortKeysOf } from '../../src/top/index.ts'
import { groupings } from '../../src/top/reading.ts'
import { busyReading, owner, reading, stateOf, tally } from './reading.ts'

const parse = (text: string) => JSON.parse(text) as { rows: Record<string, unknown>[] }

/** Names of all fields, however deep. */
function fieldsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(fieldsOf)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [name, ...fieldsOf(inner)])
}

const page = readFileSync(new URL('../../docs/top.md', import.meta.url), 'utf8')

test('docs/top.md has each field, and no other', () => {
  const [, json = ''] = page.split('## JSON')
  const told = json
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => (line.split('|')[1] ?? '').match(/[a-z_]+/g) ?? [])
  const given = groupings.flatMap((by) =>
    fieldsOf(parse(jsonDocument(busyReading(), stateOf(by), 1))),
  )
  const inTotals = ['connections_rejected', 'lost']
  expect(told.toSorted()).toEqual(
    [...new Set(given)].filter((name) => !inTotals.includes(name)).toSorted(),
  )
  for (const name of inTotals) expect(json).toContain(`\`${name}\``)
})

test('docs/top.md has the sort keys in their order', () => {
  const words = page.replaceAll(/\s+/g, ' ')
  for (const by of groupings) {
    const keys = sortKeysOf(by).map((key) => `\`${key}\``)
    expect(words).toContain(`by ${by} ${keys.join(', ')}`)
  }
})

test.each(groupings)('by %s the document is as the fixture has it', async (by) => {
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
