import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { IntervalBuilder } from '../../../src/exporter/console/interval.ts'
import { headerLine, trafficLines } from '../../../src/exporter/console/lines.ts'
import { busyHost } from './busy-host.ts'
import { began, service } from './traffic-metrics.ts'

function busyInterval() {
  const builder = new IntervalBuilder([began + 10, 0])
  for (const part of busyHost()) builder.add(part)
  return builder.build()
}

test('lines are as the fixture has them', () => {
  const lines = [headerLine('1.2.3'), ...trafficLines(busyInterval(), 'traffic', undefined)]
  const fixture = new URL('fixtures/lines.txt', import.meta.url)
  expect(`${lines.join('\n')}\n`).toBe(readFileSync(fixture, 'utf8'))
})

test('each line has the same keys in the same order', () => {
  const keys = trafficLines(busyInterval(), 'traffic', undefined).map((line) =>
    [...line.matchAll(/(?:^| )(\w+)=(?:"(?:\\.|[^"\\])*"|\S+)/g)].map(([, key]) => key).join(),
  )
  expect(new Set(keys).size).toBe(1)
})

test('a limit keeps the most and tells the rest in a comment', () => {
  const lines = trafficLines(busyInterval(), 'traffic', 2)
  expect(lines).toHaveLength(3)
  expect(lines[2]).toMatch(/^# \d+ more rows$/)
})

test.each([
  ['api', 'api'],
  ['-', '"-"'],
  ['a b=c', '"a b=c"'],
  ['a"b\\', '"a\\"b\\\\"'],
  ['a\nb', '"a\\nb"'],
])('service %j is written %s', (name, expected) => {
  const builder = new IntervalBuilder([began + 10, 0])
  builder.add(service({ 'service.name': name }, [{ open: 1 }]))
  const [line = ''] = trafficLines(builder.build(), 'traffic', undefined)
  expect(line).toContain(` service=${expected} instances=`)
  expect(line).not.toContain('\n')
})
