import { readFileSync, writeFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { paintColors, paintNothing } from '../../src/terminal/style.ts'
import { displayWidth } from '../../src/terminal/width.ts'
import { drawFrame, type FrameSettings, plainTable } from '../../src/top/frame.ts'
import { groupings, type Owner } from '../../src/top/reading.ts'
import { busyReading, openConnection, owner, reading, stateOf, tally } from './reading.ts'

const settings: FrameSettings = { cells: 80, lines: 24, paint: paintNothing, timeZone: 'UTC' }
/** Set to write the fixtures anew: then read them. */
const isWritten = process.env['NETTRACER_WRITE_FIXTURES'] === '1'

test.each(groupings.flatMap((by) => [80, 120, 200].map((cells) => ({ by, cells }))))(
  'by $by on $cells cells it is as the fixture has it',
  ({ by, cells }) => {
    const lines = drawFrame(busyReading(), stateOf(by), { ...settings, cells, lines: 12 })
    const text = `${lines.map((line) => line.trimEnd()).join('\n')}\n`
    const fixture = new URL(`fixtures/${by}-${cells}.txt`, import.meta.url)
    if (isWritten) writeFileSync(fixture, text)
    expect(text).toBe(readFileSync(fixture, 'utf8'))
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(cells)
  },
)

test('colours change nothing but colours', () => {
  const painted = drawFrame(busyReading(), stateOf('process'), { ...settings, paint: paintColors })
  const escape = String.fromCharCode(27)
  expect(painted.join('\n')).toContain(`${escape}[31m`)
  expect(painted.join('\n').replaceAll(new RegExp(`${escape}\\[\\d+m`, 'g'), '')).toBe(
    drawFrame(busyReading(), stateOf('process'), settings).join('\n'),
  )
})

test('the numbers of a column stand under its title, whatever the names are', () => {
  for (const by of groupings) {
    const [, , title = '', ...rows] = drawFrame(busyReading(), stateOf(by), settings)
    for (const row of rows.slice(0, 2)) expect(displayWidth(row)).toBe(displayWidth(title))
  }
})

const manyProcesses = reading({
  processes: Array.from({ length: 50 }, (_, at) => ({
    owner: owner(`service-${at}`, 100 + at),
    tally: tally({ bytesTx: 1_000 - at }),
  })),
})

test('rows that do not fit are counted, and scrolled to', () => {
  const top = drawFrame(manyProcesses, stateOf('process'), settings)
  expect(top).toHaveLength(24)
  expect(top[3]).toContain('service-0 ')
  expect(top.at(-2)).toBe('… 31 more rows')
  const below = drawFrame(manyProcesses, stateOf('process', { from: 5 }), settings)
  expect(below[3]).toContain('service-5 ')
  const end = drawFrame(manyProcesses, stateOf('process', { from: 1e9 }), settings)
  expect(end.at(-3)).toContain('service-49 ')
})

test('a filter leaves the rows with its text in any name, in any case', () => {
  const names = (filter: string) =>
    plainTable(manyProcesses, stateOf('process', { filter }), 80, 100)
      .slice(3)
      .map((line) => line.split(' ')[0])
  expect(names('SERVICE-4')).toEqual([
    'service-4',
    ...Array.from({ length: 10 }, (_, at) => `service-4${at}`),
  ])
  expect(names('149')).toEqual(['service-49'])
  expect(names('nowhere')).toEqual(['(no'])
})

test('a sort key orders rows, largest first or names from A; what is unknown comes last in both directions', () => {
  const mixed = reading({
    connections: [300, -1, 20, 4_000].map((srttUs, at) => ({
      owner: owner(`s${at}`),
      connection: openConnection({ srttUs }),
    })),
  })
  const order = (key: string, isReversed = false) => {
    const sorts = { ...stateOf('connection').sorts, connection: { key, isReversed } }
    return plainTable(mixed, stateOf('connection', { sorts }), 120, 10)
      .slice(3)
      .map((line) => /s\d/.exec(line)?.[0])
  }
  expect(order('rtt')).toEqual(['s3', 's0', 's2', 's1'])
  expect(order('rtt', true)).toEqual(['s2', 's0', 's3', 's1'])
  expect(order('name')).toEqual(['s0', 's1', 's2', 's3'])
  expect(order('name', true)).toEqual(['s3', 's2', 's1', 's0'])
})

test('what is paused, typed, helped, filtered or lost is said', () => {
  const text = (more: object, lost = 0) =>
    drawFrame({ ...manyProcesses, lost }, stateOf('process', more), settings).join('\n')
  expect(text({ isPaused: true })).toContain('PAUSED')
  expect(text({ isTyping: true, filter: 'ab' })).toContain('filter: ab▏')
  expect(text({ isHelpShown: true })).toContain('q quit  b table  s ←→ sort')
  expect(text({ filter: '\u{1b}' })).toContain('filter: \\u{1b}  Esc clears')
  expect(text({}, 12)).toContain('! 12 lost')
})

test('plain text has all rows, or as many as are wanted', () => {
  expect(plainTable(manyProcesses, stateOf('process'), 80, 1e9)).toHaveLength(53)
  const few = plainTable(manyProcesses, stateOf('process'), 80, 10)
  expect(few).toHaveLength(14)
  expect(few.at(-1)).toBe('… 40 more rows')
})

test('any names and sizes: no line is wider than the terminal, nothing moves its cursor, and it is full', () => {
  const bytes = fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((all) => new TextDecoder().decode(all))
  const text = fc.oneof(bytes, fc.string({ unit: 'binary', maxLength: 30 }))
  const count = fc.integer({ min: 0, max: 2 ** 45 })
  const owners: fc.Arbitrary<Owner> = fc.record({
    service: text,
    executable: text,
    pid: fc.integer({ min: 0, max: 4_194_304 }),
    containerId: fc.option(text, { nil: undefined }),
    systemdUnit: fc.option(text, { nil: undefined }),
  })
  const tallies = fc
    .record({
      open: count,
      opened: count,
      failed: count,
      bytesTx: count,
      bytesRx: count,
      pktsRetr: count,
      rttCount: count,
      rttSumUs: count,
      rttMaxUs: count,
    })
    .map((counts) => tally(counts))
  const rows = fc.array(fc.tuple(owners, tallies, text, count), { maxLength: 8 })
  const size = fc.tuple(fc.integer({ min: 20, max: 250 }), fc.integer({ min: 6, max: 60 }))
  fc.assert(
    fc.property(
      rows,
      size,
      fc.constantFrom(...groupings),
      text,
      (all, [cells, lines], by, filter) => {
        const seen = reading({
          host: filter,
          processes: all.map(([one, counts]) => ({ owner: one, tally: counts })),
          peers: all.map(([, counts, address]) => ({
            role: 'client',
            port: 1,
            address,
            tally: counts,
          })),
          connections: all.map(([one, , localAddress, ageNs]) => ({
            owner: one,
            connection: openConnection({ localAddress, ageNs, bytesRx: ageNs }),
          })),
          listeners: all.map(([one, , address, many]) => ({
            owner: one,
            netns: 1,
            address,
            port: 1,
            sockets: many,
            backlog: many,
            backlogLimit: many,
            overflows: many,
            open: many,
          })),
        })
        for (const isTyping of [true, false]) {
          const frame = drawFrame(seen, stateOf(by, { filter: isTyping ? filter : '', isTyping }), {
            ...settings,
            cells,
            lines,
          })
          expect(frame).toHaveLength(lines)
          for (const line of frame) expect(displayWidth(line)).toBeLessThanOrEqual(cells)
          expect(frame.join('')).not.toMatch(/\p{Cc}/u)
        }
      },
    ),
  )
})
