import fc from 'fast-check'
import { expect, test } from 'vitest'
import { baseName, decodeText } from '../../src/identity/text.ts'

test('what is not UTF-8 becomes U+FFFD, and all else stays as it is', () => {
  expect(decodeText(Buffer.from('a\xffb\n"\x1b[31m', 'latin1'))).toBe('a\ufffdb\n"\x1b[31m')
})

test('any bytes give well-formed text of a bounded length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const text = decodeText(Buffer.from(bytes), 100)
      expect(text.isWellFormed()).toBe(true)
      expect(text.length).toBeLessThanOrEqual(100)
    }),
  )
})

test.each([
  ['/usr/bin/nginx', 'nginx'],
  ['nginx', 'nginx'],
  ['/a\n/b', 'b'],
  ['/', ''],
])('the base name of %j is %j', (path, name) => {
  expect(baseName(path)).toBe(name)
})
