import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  bitRate,
  byteCount,
  shortCount,
  shortNumber,
  shortPercent,
  shortTime,
} from '../../src/terminal/human.ts'

test.each([
  [shortNumber, 0, '0'],
  [shortNumber, 999, '999'],
  [shortNumber, 999.6, '1.00k'],
  [shortNumber, 1234, '1.23k'],
  [shortNumber, 999_500, '1.00M'],
  [shortNumber, 12_345_678, '12.3M'],
  [shortNumber, Number.NaN, '-'],
  [shortCount, 1234, '1.2k'],
  [shortCount, 12_345, '12k'],
  [shortCount, 123_456, '123k'],
  [bitRate, 34_100_000, '34.1 Mbit/s'],
  [bitRate, Number.POSITIVE_INFINITY, '- bit/s'],
  [byteCount, 84_200_000, '84.2 MB'],
  [shortTime, 0.04, '40µs'],
  [shortTime, 0.9999, '1.0ms'],
  [shortTime, 12.34, '12ms'],
  [shortTime, 999.9, '1.0s'],
  [shortTime, 75_000, '75s'],
  [shortTime, Number.NaN, '-'],
  [shortPercent, 0, '0'],
  [shortPercent, 0.001, '<0.1'],
  [shortPercent, 9.96, '10'],
  [shortPercent, 100, '100'],
])('%o of %d is %s', (format, value, expected) => {
  expect(format(value)).toBe(expected)
})

test('numbers keep to their cells and are within one per cent', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 9e17, noNaN: true }), (value) => {
      const text = shortNumber(value)
      expect(text.length).toBeLessThanOrEqual(5)
      expect(shortCount(Math.round(value)).length).toBeLessThanOrEqual(4)
      const [, number = '', prefix = ''] = /^([\d.]+)([kMGTP]?)$/.exec(text) ?? []
      const read = Number(number) * 1000 ** ['', 'k', 'M', 'G', 'T', 'P'].indexOf(prefix)
      expect(Math.abs(read - value)).toBeLessThanOrEqual(Math.max(0.0051, value * 0.01))
    }),
  )
})

test('times keep to their cells', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 9e6, noNaN: true }), (ms) => {
      expect(shortTime(ms).length).toBeLessThanOrEqual(5)
    }),
  )
})
