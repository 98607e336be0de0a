import { expect, test } from 'vitest'
import { Issues } from '../../src/config/issue.ts'
import { toPlain } from '../../src/config/located.ts'
import { parseYaml } from '../../src/config/parse.ts'

function parse(text: string): { value: unknown; errors: readonly string[] } {
  const issues = new Issues()
  const located = parseYaml(text, 'c.yaml', issues)
  return { value: located && toPlain(located), errors: issues.errors.map((one) => one.message) }
}

test.each([
  { name: 'an alias', text: 'a: &x { b: 1 }\nc: *x', value: { a: { b: 1 }, c: { b: 1 } } },
  {
    name: 'an anchor given again',
    text: 'a: &x 1\nb: *x\nc: &x 2\nd: *x',
    value: { a: 1, b: 1, c: 2, d: 2 },
  },
  {
    name: 'a merge key',
    text: 'a: &x { b: 1, c: 2 }\nd: { <<: *x, c: 3 }',
    value: { a: { b: 1, c: 2 }, d: { b: 1, c: 3 } },
  },
  {
    name: 'a merge key with several maps',
    text: 'a: &x { b: 1 }\nc: &y { b: 2, d: 3 }\ne: { <<: [*x, *y] }',
    value: { a: { b: 1 }, c: { b: 2, d: 3 }, e: { b: 1, d: 3 } },
  },
  { name: 'a number as a key', text: '1: a', value: { '1': 'a' } },
  { name: 'YAML 1.1 words as strings', text: 'a: yes\nb: on', value: { a: 'yes', b: 'on' } },
])('$name is read', ({ text, value }) => {
  expect(parse(text)).toEqual({ value, errors: [] })
})

test.each([
  { name: 'an alias of what it stands in', text: 'a: &x [*x]' },
  { name: 'aliases of aliases', text: billionLaughs() },
  { name: 'deep nesting', text: `${'['.repeat(5000)}${']'.repeat(5000)}` },
  {
    name: 'deep nesting by indentation',
    text: Array.from({ length: 300 }, (_, at) => `${' '.repeat(at)}a:`).join('\n'),
  },
  { name: 'a prototype as a key', text: '__proto__: { a: 1 }' },
  { name: 'a merge key with a scalar', text: 'a: { <<: 1 }' },
])('$name is one error', ({ text }) => {
  expect(parse(text).errors).toHaveLength(1)
})

test('depth beyond the reader is said to be that', () => {
  expect(parse(`a: ${'{a: '.repeat(50_000)}`).errors).toEqual(['not YAML: nested too deeply'])
})

function billionLaughs(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let at = 1; at < 12; at += 1) {
    lines.push(`a${at}: &a${at} [${Array.from({ length: 10 }, () => `*a${at - 1}`).join(', ')}]`)
  }
  return lines.join('\n')
}
