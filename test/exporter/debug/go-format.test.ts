import { expect, test } from 'vitest'
import { fixed, shortest, timestamp } from '../../../src/exporter/debug/go-format.ts'

test.each([
  [0, '0.000000', '0'],
  [1.5, '1.500000', '1.5'],
  [-1e-9, '-0.000000', '-1e-09'],
  [0.0001, '0.000100', '0.0001'],
  [0.00001234, '0.000012', '1.234e-05'],
  [0.0078125, '0.007812', '0.0078125'],
  [0.0234375, '0.023438', '0.0234375'],
  [123456789.125, '123456789.125000', '123456789.125'],
  [1e21, '1000000000000000000000.000000', '1e+21'],
  [2 ** 80, '1208925819614629174706176.000000', '1.2089258196146292e+24'],
  [Number.NaN, 'NaN', 'NaN'],
  [Number.POSITIVE_INFINITY, '+Inf', '+Inf'],
  [Number.NEGATIVE_INFINITY, '-Inf', '-Inf'],
])('%d is printed as Go prints it', (value, fixedText, shortestText) => {
  expect(fixed(value)).toBe(fixedText)
  expect(shortest(value)).toBe(shortestText)
})

test.each([
  [[1_581_452_772, 321], '2020-02-11 20:26:12.000000321 +0000 UTC'],
  [[1_581_452_772, 500_000_000], '2020-02-11 20:26:12.5 +0000 UTC'],
  [[0, 0], '1970-01-01 00:00:00 +0000 UTC'],
] as const)('%j is printed as Go prints it', (time, text) => {
  expect(timestamp([...time])).toBe(text)
})
