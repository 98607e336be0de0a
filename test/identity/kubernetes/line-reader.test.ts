import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineReader } from '../../../src/identity/kubernetes/line-reader.ts'
import { maxObjectBytes } from '../../../src/identity/kubernetes/list-reader.ts'

test('lines are told alike however they are cut', () => {
  const line = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter((text) => !/[\n]/.test(text) && text.trim() !== '')
  fc.assert(
    fc.property(fc.array(line), fc.integer({ min: 1, max: 10 }), (lines, size) => {
      const found: string[] = []
      const reader = new LineReader((text) => found.push(text))
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''))
      for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size))
      expect(found).toEqual(lines)
    }),
  )
})

test('half a line and empty lines are not told', () => {
  const found: string[] = []
  const reader = new LineReader((text) => found.push(text))
  reader.push(Buffer.from('one\n\n \r\ntwo'))
  expect(found).toEqual(['one'])
})

test('a line without an end is an error before it fills the memory', () => {
  const reader = new LineReader(() => {})
  const part = Buffer.alloc(1 << 20, 'x')
  expect(() => {
    for (let bytes = 0; bytes <= maxObjectBytes; bytes += part.length) reader.push(part)
  }).toThrow(RangeError)
})
