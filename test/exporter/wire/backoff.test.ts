import { expect, test } from 'vitest'
import { Backoff } from '../../../src/exporter/wire/backoff.ts'
import { retryConfig } from '../../../src/exporter/wire/retry-config.ts'

const backoff = (config = {}) => new Backoff(retryConfig.parse(config))

test('waits grow by the multiplier up to the maximum', () => {
  const waits = backoff({ initial_interval: '1s', max_interval: '3s' })
  expect([1, 2, 3, 4, 5].map(() => waits.next(0, 0.5))).toEqual([1000, 1500, 2250, 3000, 3000])
})

test.each([
  { random: 0, expected: 2500 },
  { random: 0.5, expected: 5000 },
  { random: 1, expected: 7500 },
])('a random part of $random makes the first wait $expected ms', ({ random, expected }) => {
  expect(backoff().next(0, random)).toBe(expected)
})

test('the backend may ask for a longer wait, never for a shorter one', () => {
  expect(backoff().next(60_000, 0.5)).toBe(60_000)
  expect(backoff().next(10, 0.5)).toBe(5000)
})

test('a wait never exceeds what a timer can do', () => {
  expect(backoff().next(1e15)).toBe(2 ** 31 - 1)
})
