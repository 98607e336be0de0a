import { expect, test } from 'vitest'
import { escapeUnprintable } from '../../src/shared/escape.ts'

test.each([
  { name: 'plain text', text: 'a "b" ü 漢 👍', escaped: 'a "b" ü 漢 👍' },
  { name: 'line breaks and tabs', text: 'a\nb\rc\td', escaped: 'a\\nb\\rc\\td' },
  { name: 'a terminal sequence', text: '\u001b[31mred', escaped: '\\u{1b}[31mred' },
  { name: 'C1 controls', text: 'a\u009bb', escaped: 'a\\u{9b}b' },
  { name: 'NUL and DEL', text: '\u0000\u007f', escaped: '\\u{0}\\u{7f}' },
  { name: 'bidirectional marks', text: 'a\u202eb\u2066c', escaped: 'a\\u{202e}b\\u{2066}c' },
  { name: 'line separators', text: 'a\u2028b\u2029c', escaped: 'a\\u{2028}b\\u{2029}c' },
  { name: 'a lone surrogate', text: 'a\ud83db', escaped: 'a\\u{d83d}b' },
])('$name', ({ text, escaped }) => {
  expect(escapeUnprintable(text)).toBe(escaped)
})
