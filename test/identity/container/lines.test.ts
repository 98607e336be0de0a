import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Lines } from '../../../src/identity/container/lines.ts'

test('wherever the stream is cut, the lines are the same', () => {
  const line = fc
    .string({ maxLength: 20 })
    .filter((text) => !text.includes('\n') && text.trim() !== '')
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(200)), (wanted, cuts) => {
      const bytes = Buffer.from(wanted.map((one) => `${one}\n`).join(''))
      const lines = new Lines(1000)
      const at = [
        0,
        ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b),
        bytes.length,
      ]
      const found = at.flatMap((from, index) => [
        ...lines.push(bytes.subarray(from, at[index + 1] ?? bytes.length)),
      ])
      expect(found).toEqual(wanted.map((one) => Buffer.from(one).toString()))
    }),
  )
})

test('a line that is too long is left out, and the next is not', () => {
  const lines = new Lines(4)
  const found = ['abc\nto', 'o lo', 'ng\nd\n', '1234\n12345\nlast\n'].flatMap((part) => [
    ...lines.push(Buffer.from(part)),
  ])
  expect(found).toEqual(['abc', 'd', '1234', 'last'])
  expect(lines.tooLong).toBe(2)
})
