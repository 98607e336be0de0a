import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  escapeHelp,
  escapeLabelValue,
  formatLabels,
  toLabels,
} from '../../../../src/exporter/wire/prometheus/labels.ts'

const none = new Set<string>()

test('names that become equal share a label, values joined in the order of the names', () => {
  expect([...toLabels({ a_b: '3', 'a-b': '1', 'a.b': '2' }, none)]).toEqual([['a_b', '1;2;3']])
})

test('a label that the exporter sets itself is never overwritten', () => {
  const labels = toLabels({ job: 'mine', le: '1' }, new Set(['job', 'le']))
  expect([...labels]).toEqual([
    ['exported_job', 'mine'],
    ['exported_le', '1'],
  ])
})

test.each([
  ['a number', 443, '443'],
  ['false', false, 'false'],
  ['a list', ['a', 'b'], '["a","b"]'],
])('%s is written as text', (_, value, expected) => {
  expect(toLabels({ key: value }, none).get('key')).toBe(expected)
})

test('an empty value is no label', () => {
  expect(
    formatLabels(
      new Map([
        ['a', ''],
        ['b', '1'],
      ]),
    ),
  ).toBe('b="1"')
  expect([...toLabels({ a: '' }, none)]).toEqual([])
})

test('help keeps its quotes in the text format only', () => {
  expect(escapeHelp('a "b"\n\\', false)).toBe('a "b"\\n\\\\')
  expect(escapeHelp('a "b"', true)).toBe('a \\"b\\"')
})

/** Reads a label value as the text format defines it. */
function unescape(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character))
}

test('any value comes back from its escaped form; NUL and half a surrogate pair are U+FFFD', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const escaped = escapeLabelValue(value)
      expect(escaped).not.toMatch(/(?<!\\)(\\\\)*"|\n|\0/)
      expect(unescape(escaped)).toBe(value.toWellFormed().replaceAll('\0', '\u{fffd}'))
    }),
  )
})
