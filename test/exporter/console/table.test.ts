import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { IntervalBuilder } from '../../../src/exporter/console/interval.ts'
import { OwnHealth } from '../../../src/exporter/console/own-health.ts'
import type { TableSettings } from '../../../src/exporter/console/table.ts'
import { drawTable } from '../../../src/exporter/console/table.ts'
import { paintColors, paintNothing } from '../../../src/terminal/style.ts'
import { displayWidth } from '../../../src/terminal/width.ts'
import { busyHost } from './busy-host.ts'
import { began, ownTelemetry, service, type Talk } from './traffic-metrics.ts'

const plain: TableSettings = {
  cells: 80,
  lines: 24,
  paint: paintNothing,
  sort: 'traffic',
  rows: undefined,
  hint: 'Scrape http://127.0.0.1:9464/metrics',
  timeZone: 'UTC',
}

function tableOf(parts: ReturnType<typeof busyHost>, settings: Partial<TableSettings> = {}) {
  const builder = new IntervalBuilder([began + 10, 0])
  for (const part of parts) builder.add(part)
  const own = new OwnHealth()
  own.add(ownTelemetry(10))
  own.add(ownTelemetry(20))
  return drawTable(builder.build(), own, { ...plain, ...settings })
}

test.each([
  [80, 24],
  [110, 24],
  [160, 40],
])('a busy host on %i × %i is as the fixture has it', (cells, lines) => {
  const table = tableOf(busyHost(), { cells, lines })
  const fixture = new URL(`fixtures/table-${cells}.txt`, import.meta.url)
  expect(`${table.join('\n')}\n`).toBe(readFileSync(fixture, 'utf8'))
})

test('colours change nothing but colours', () => {
  const painted = tableOf(busyHost(), { paint: paintColors }).join('\n')
  const escape = String.fromCharCode(27)
  expect(painted).toContain(`${escape}[31m`)
  expect(painted.replaceAll(new RegExp(`${escape}\\[\\d+m`, 'g'), '')).toBe(
    tableOf(busyHost()).join('\n'),
  )
})

test('a quiet host says so', () => {
  expect(tableOf([service({ 'service.name': 'api' }, [{ open: 0, tx: 0 }])])).toContain(
    'No connection was open in this interval.',
  )
})

test('rows beyond the limit are summed up in one line', () => {
  const table = tableOf(busyHost(), { rows: 3 })
  const at = table.findIndex((line) => line.startsWith('…'))
  expect(at).toBe(5)
  expect(table[at]).toMatch(/^… \d+ more services in \d+ rows, [\d.]+ [kM]?bit\/s$/)
})

test('any names and sizes: no line is wider than the terminal and the table is lower than it', () => {
  const name = fc.string({ unit: 'binary', maxLength: 30 })
  const talk: fc.Arbitrary<Talk> = fc.record({
    role: fc.constantFrom('client', 'server', 'unknown'),
    peer: name,
    port: fc.integer({ min: 0, max: 65_535 }),
    open: fc.integer({ min: 0, max: 1e9 }),
    opened: fc.integer({ min: 0, max: 1e9 }),
    tx: fc.integer({ min: 0, max: 2 ** 50 }),
    rx: fc.integer({ min: 0, max: 2 ** 50 }),
    sent: fc.integer({ min: 0, max: 1e9 }),
    retransmitted: fc.integer({ min: 0, max: 1e9 }),
    failed: fc.record({ refused: fc.integer({ min: 0, max: 3 }) }),
  })
  const services = fc.array(fc.tuple(name, fc.array(talk, { maxLength: 8 })), { maxLength: 12 })
  const size = fc.tuple(fc.integer({ min: 20, max: 250 }), fc.integer({ min: 5, max: 60 }))
  fc.assert(
    fc.property(services, size, (all, [cells, lines]) => {
      const parts = all.map(([text, talks]) => service({ 'service.name': text }, talks))
      const table = tableOf(parts, { cells, lines, hint: 'x'.repeat(300) })
      expect(table.length).toBeLessThan(lines)
      for (const line of table) expect(displayWidth(line)).toBeLessThanOrEqual(cells)
      expect(table.join('')).not.toMatch(/\p{Cc}/u)
    }),
  )
})
