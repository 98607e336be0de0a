import { isIPv6 } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatAddress } from '../../src/shared/addresses.ts'

const bytes = (...groups: readonly number[]): Uint8Array =>
  Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]))

test.each([
  { groups: [0, 0, 0, 0, 0, 0xffff, 0x7f00, 1], text: '127.0.0.1' },
  { groups: [0, 0, 0, 0, 0, 0xffff, 0x0a00, 0xff02], text: '10.0.255.2' },
  { groups: [0, 0, 0, 0, 0, 0, 0, 1], text: '::1' },
  { groups: [0, 0, 0, 0, 0, 0, 0, 0], text: '::' },
  { groups: [0x2001, 0xdb8, 0, 0, 1, 0, 0, 1], text: '2001:db8::1:0:0:1' },
  { groups: [0x2001, 0xdb8, 0, 1, 1, 1, 1, 1], text: '2001:db8:0:1:1:1:1:1' },
  { groups: [0xfe80, 0, 0, 0, 0, 0, 0, 0xabcd], text: 'fe80::abcd' },
  { groups: [1, 0, 0, 0, 0, 0, 0, 0], text: '1::' },
])('$text is written as RFC 5952 asks', ({ groups, text }) => {
  expect(formatAddress(bytes(...groups))).toBe(text)
})

test('any 16 bytes but IPv4-mapped ones give the text that the URL parser gives', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(0, 0, 1, 0xab, 0xffff), { minLength: 8, maxLength: 8 }),
      (groups) => {
        const text = formatAddress(bytes(...groups))
        fc.pre(text.includes(':'))
        expect(isIPv6(text)).toBe(true)
        expect(`[${text}]`).toBe(new URL(`http://[${text}]/`).hostname)
      },
    ),
  )
})

test('a length other than 16 is refused', () => {
  expect(() => formatAddress(new Uint8Array(4))).toThrow(RangeError)
})
