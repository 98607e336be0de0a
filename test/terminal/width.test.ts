import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { clip, displayWidth, fit, wrap } from '../../src/terminal/width.ts'

test.each([
  ['plain', 5],
  ['', 0],
  ['日本', 4],
  ['e\u0301', 1],
  ['🚀', 2],
  ['\u{1b}[31mred\u{1b}[0m', 3],
])('%j takes %i cells', (text, cells) => {
  expect(displayWidth(text)).toBe(cells)
})

test.each([
  ['short', 8, 'short   '],
  ['exactly8', 8, 'exactly8'],
  ['kube-system-proxy', 9, 'kube…roxy'],
  ['日本語サービス', 8, '日本…ス '],
  ['a\u{1b}[2Jb', 12, 'a\\u{1b}[2Jb '],
])('%j in %i cells is %j', (text, cells, expected) => {
  expect(fit(text, cells)).toBe(expected)
})

test('any text fits its cells exactly, and nothing in it can move the cursor', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 2, max: 40 }), (text, cells) => {
      const fitted = fit(text, cells)
      expect(displayWidth(fitted)).toBe(cells)
      expect(fitted).not.toMatch(/\p{Cc}/u)
    }),
  )
})

test('a line that is too wide loses its end and its colours', () => {
  expect(clip('\u{1b}[2mabcdef\u{1b}[0m', 4)).toBe('abc…')
  expect(clip('\u{1b}[2mabc\u{1b}[0m', 4)).toBe('\u{1b}[2mabc\u{1b}[0m')
})

test('text is broken between words; a word that is too wide stays whole', () => {
  expect(wrap('one two three', 8)).toEqual(['one two', 'three'])
  expect(wrap('http://127.0.0.1:9464 is it', 8)).toEqual(['http://127.0.0.1:9464', 'is it'])
})
