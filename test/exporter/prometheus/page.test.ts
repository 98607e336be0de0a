import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { writePage } from '../../../src/exporter/prometheus/page.ts'
import { exponentialOf } from '../../support/exponential-of.ts'
import { exemplarOf, exponential, gauge, point, resource } from '../../support/metrics.ts'
import { parsePage, promtoolCheck } from '../../support/prometheus.ts'
import { example, storeOf } from './example.ts'

const text = { isOpenMetrics: false, hasTimestamps: false }

test('the text format is as the fixture has it', () => {
  const page = [...writePage(example().snapshot(), text)].join('')
  expect(page).toBe(readFileSync(new URL('fixtures/page.txt', import.meta.url), 'utf8'))
})

test('OpenMetrics with timestamps is as the fixture has it', () => {
  const settings = { isOpenMetrics: true, hasTimestamps: true }
  const page = [...writePage(example().snapshot(), settings)].join('')
  expect(page).toBe(readFileSync(new URL('fixtures/openmetrics.txt', import.meta.url), 'utf8'))
})

test('timestamps of the text format are in milliseconds', () => {
  const store = storeOf(resource([gauge([point(1)], { name: 'a', unit: '' })], {}))
  const page = [...writePage(store.snapshot(), { isOpenMetrics: false, hasTimestamps: true })]
  expect(page.join('')).toContain(' 1 1767323055789\n')
})

test('a large page comes in parts that end with a line', () => {
  const points = Array.from({ length: 5000 }, (_, at) => point(at, { 'server.port': at }))
  const parts = [
    ...writePage(storeOf(resource([gauge(points, { name: 'a', unit: '' })])).snapshot(), text),
  ]
  expect(parts.length).toBeGreaterThan(3)
  for (const part of parts) {
    expect(part.length).toBeLessThan(70_000)
    expect(part.at(-1)).toBe('\n')
  }
  expect(parsePage(parts.join('')).filter(({ name }) => name === 'a')).toHaveLength(5000)
})

test('an empty store is an empty page, and in OpenMetrics only its end', () => {
  const store = storeOf()
  expect([...writePage(store.snapshot(), text)].join('')).toBe('')
  const openMetrics = { isOpenMetrics: true, hasTimestamps: false }
  expect([...writePage(store.snapshot(), openMetrics)].join('')).toBe('# EOF\n')
})

test('promtool finds no fault in the page but the names it would choose otherwise', (context) => {
  const page = [...writePage(example().snapshot(), text)].join('')
  const remarks = promtoolCheck(page)
  context.skip(remarks === undefined, 'promtool is not installed (Debian package prometheus)')
  // Base units and help are its taste: RTT is in ms by contract, and help depends on the metric.
  const taste = /no help text|use base unit/
  expect(remarks?.filter((line) => !taste.test(line))).toEqual([])
})

test.each([
  { value: 3, le: '4.0' },
  { value: 4, le: '4.0' },
  { value: 9000, le: '+Inf' },
])('an exemplar of $value stands behind the one bucket that it is of', ({ value, le }) => {
  const measured = { ...point(exponentialOf([1, value], 0)), exemplars: [exemplarOf(value)] }
  const store = storeOf(resource([exponential([measured], { name: 'rtt', unit: 'ms' })], {}))
  const lines = (isOpenMetrics: boolean) =>
    [...writePage(store.snapshot(), { ...text, isOpenMetrics })].join('').split('\n')
  const marked = lines(true).filter((line) => line.includes(' # '))
  expect(marked).toHaveLength(1)
  expect(marked[0]).toMatch(
    new RegExp(
      String.raw`le="${le.replace('+', String.raw`\+`)}"} 2 # \{network_peer_address="203\.0\.113\.7"} ${value} 1767323050\.250$`,
    ),
  )
  expect(lines(false).filter((line) => line.includes(' # '))).toEqual([])
})
