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

test.each(inetDiagAbsences)(
  'docs/sources.md repeats: $why',
  ({ metrics: names, why, isWhole, transport }) => {
    for (const name of names) {
      const cell = rows.find((row) => row.includes(`\`${name}\``))?.split('|')[3] ?? ''
      if (transport !== undefined) {
        expect(cell).toContain(isWhole ? `of UDP absent: ${why}` : why)
        continue
      }
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
