import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { metrics } from '../../src/generated/metrics.ts'
import { inetDiagAbsences } from '../../src/source/absences.ts'

const page = readFileSync(new URL('../../docs/sources.md', import.meta.url), 'utf8')
const rows = page.split('\n').filter((line) => line.startsWith('| `nettracer.'))

test('docs/sources.md names metrics of the catalogue, each once', () => {
  const named = rows.flatMap((row) => row.split('|')[1]?.match(/nettracer\.[\w.]+/g) ?? [])
  expect(new Set(named).size).toBe(named.length)
  expect(named.filter((name) => !(name in metrics))).toEqual([])
})

test.each(inetDiagAbsences)('docs/sources.md repeats: $why', ({ metrics: names, why, isWhole }) => {
  for (const name of names) {
    const cell = rows.find((row) => row.includes(`\`${name}\``))?.split('|')[3] ?? ''
    expect(cell.includes('absent')).toBe(isWhole)
    expect(cell.includes(why) || cell.includes('process as above')).toBe(true)
  }
})
