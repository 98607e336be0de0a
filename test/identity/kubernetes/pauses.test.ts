import { expect, test } from 'vitest'
import { Pauses } from '../../../src/identity/kubernetes/pauses.ts'

test('pauses are doubled up to 30 s, and by chance half as long', () => {
  const longest = new Pauses(() => 1)
  expect([1, 2, 3, 4, 5, 6, 7, 8].map(() => longest.next())).toEqual([
    500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000,
  ])
  expect(new Pauses(() => 0).next()).toBe(250)
})

test('a server may ask for more, and not all return at the same time', () => {
  expect(new Pauses(() => 0).next(10_000)).toBe(10_000)
  expect(new Pauses(() => 1).next(10_000)).toBe(15_000)
})

test('a server cannot ask for ever', () => {
  expect(new Pauses(() => 0).next(1e12)).toBe(300_000)
})

test('they begin anew when it worked', () => {
  const pauses = new Pauses(() => 1)
  pauses.next()
  pauses.next()
  pauses.reset()
  expect(pauses.next()).toBe(500)
})
