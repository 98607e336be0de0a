import { expect, test } from 'vitest'
import { paintOver } from '../../src/top/screen.ts'

test('a line that fills the terminal keeps its last character', () => {
  expect(paintOver(['12345', '123'], 5, 2)).toBe('\u{1b}[H12345\r\n123\u{1b}[K')
})

test('what stood under fewer lines is erased', () => {
  expect(paintOver(['1'], 5, 3)).toBe('\u{1b}[H1\u{1b}[K\r\n\u{1b}[J')
})
