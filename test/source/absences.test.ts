import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { metrics } from '../../src/generated/metrics.ts'
import { inetDiagAbsences } from '../../src/source/absences.ts'

const page = readFileSync(new URL('../../docs/sources.md', import.meta.url), 'utf8')
const rows = page.split('\n').filter((line) => line.startsWith('| `nettracer.'))

test('docs/sources.md names each metric of the catalogue once', () => {
  const named = rows.flatMap((row) => row.split('|')[1]?.match(/nettracer\.[\w.]+/g) ?? [])
  expect(named.toSorted()).toEqual(Object.keys(metrics).toSorted())
})

const cellOf = (name: string): string =>
  rows.find((row) => row.includes(`\`${name}\``))?.split('|')[3] ?? ''

test.each(inetDiagAbsences.filter(({ transport }) => transport !== undefined))(
  'docs/sources.md repeats of UDP: $why',
  ({ metrics: names, why, isWhole }) => {
    for (const name of names)
      expect(cellOf(name)).toContain(isWhole ? `of UDP absent: ${why}` : why)
  },
)

test.each(inetDiagAbsences.filter(({ transport }) => transport === undefined))(
  'docs/sources.md repeats: $why',
  ({ metrics: names, why, isWhole }) => {
    for (const cell of names.map(cellOf)) {
      expect(cell.startsWith(' absent')).toBe(isWhole)
      expect(cell.includes(why) || cell.includes('process as above')).toBe(true)
    }
  },
)

test('what is absent as a whole is said so once', () => {
  const whole = inetDiagAbsences.filter(({ isWhole, transport }) => isWhole && !transport)
  const names = whole.flatMap((absence) => absence.metrics)
  expect(new Set(names).size).toBe(names.length)
})
