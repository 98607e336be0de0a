import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Pattern } from '../../../src/identity/rules/pattern.ts'
import { PatternError } from '../../../src/identity/rules/pattern-syntax.ts'

const atom = fc.constantFrom(
  ...['a', 'b', '-', '.', '[ab]', '[^a]', '[a-c_]', '\\d', '\\w', '\\S', '\\b', '\\B', '^', '$'],
  ...['\\.', '\\/', '(a|b)', '(?:ab|)', '[\\d-]', '[^\\W]', '\\n'],
)
const repeated = fc
  .tuple(atom, fc.constantFrom('', '', '', '*', '+', '?', '*?', '{2}', '{0,2}', '{1,}'))
  .map(([one, how]) => (/^(\\[bB]|[$^])$/.test(one) ? one : one + how))
const sequence = fc.array(repeated, { maxLength: 5 }).map((parts) => parts.join(''))
const pattern = fc
  .tuple(sequence, sequence, fc.constantFrom('|', '', '(', ')*'))
  .map(([one, other, how]) =>
    how === '(' ? `${one}(${other})+` : how === ')*' ? `(?:${one}|${other})*a` : one + how + other,
  )
const text = fc
  .array(fc.constantFrom('a', 'b', 'c', '-', '.', '/', '1', ' ', '_', '\n', 'é', '😀'), {
    maxLength: 12,
  })
  .map((characters) => characters.join(''))

test('it matches what a regular expression of JavaScript matches', () => {
  fc.assert(
    fc.property(pattern, text, (source, subject) => {
      expect([source, subject, new Pattern(source).test(subject)]).toEqual([
        source,
        subject,
        new RegExp(source, 'u').test(subject),
      ])
    }),
    { numRuns: 3000 },
  )
})

test('a pattern that a backtracking matcher stands still at takes steps in proportion to the text', () => {
  const subject = 'a'.repeat(4000)
  expect(new Pattern('^(a+)+$').test(subject)).toBe(true)
  expect(new Pattern('^(a+)+b').test(subject)).toBe(false)
  expect(new Pattern('(a|a)*(a|a)*(a|a)*c').test(subject)).toBe(false)
  expect(new Pattern('^((a*)*)*$').test(`${subject}b`)).toBe(false)
})

test('no more than 4096 characters are looked at', () => {
  expect(new Pattern('x').test(`${'a'.repeat(4096)}x`)).toBe(false)
  expect(new Pattern('x').test(`${'a'.repeat(4095)}x`)).toBe(true)
})

test.each([
  ['(a', 'unmatched ('],
  ['a)', 'unmatched )'],
  ['[a', 'it ends too early'],
  ['a\\', 'it ends too early'],
  ['*a', 'write \\*'],
  ['a**', 'nothing to repeat'],
  ['^*', 'nothing to repeat'],
  ['(?=a)', 'of (?...) only (?:...) is known'],
  ['(?<n>a)', 'of (?...) only (?:...) is known'],
  ['(a)\\1', '\\1 is not known'],
  ['\\p{L}', '\\p is not known'],
  ['a{2,1}', 'numbers out of order in {}'],
  ['a{x}', '{ must be {n}, {n,} or {n,m}; write \\{'],
  ['a{101}', 'no more than 100 repetitions'],
  ['((a{50}){50}){50}', 'too long, with its repetitions written out'],
  ['[b-a]', 'a range out of order in []'],
  ['('.repeat(60), 'groups are too deep'],
])('%s is refused: %s', (source, reason) => {
  expect(() => new Pattern(source)).toThrow(PatternError)
  expect(() => new Pattern(source)).toThrow(reason)
})
