import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Waits } from '../../../src/exporter/wire/waits.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

/** Waits, and tells what has ended. */
function waiting(waits: Waits) {
  const ended: string[] = []
  const wait = (name: string, ms: number, isAsked = false) =>
    void waits.wait(ms, isAsked).then(() => ended.push(name))
  return { ended, wait }
}

test('of those that wait of their own accord one tries soon, the others as late as they were to', () => {
  const waits = new Waits(5000)
  const { wait } = waiting(waits)
  expect(waits.shortened(30_000, false)).toBe(5000)
  wait('first', 5000)
  expect(waits.shortened(30_000, false)).toBe(30_000)
  expect(waits.shortened(2000, false)).toBe(2000)
})

test('what the backend asked for is not shortened, and is no attempt that comes soon', () => {
  const waits = new Waits(5000)
  const { wait } = waiting(waits)
  expect(waits.shortened(30_000, true)).toBe(30_000)
  wait('asked', 1000, true)
  expect(waits.shortened(30_000, false)).toBe(5000)
})

test('a backend that answers again ends the waits that it did not ask for', async () => {
  const waits = new Waits(5000)
  const { ended, wait } = waiting(waits)
  wait('own', 20_000)
  wait('asked', 10_000, true)
  waits.endOwn()
  await vi.advanceTimersByTimeAsync(0)
  expect(ended).toEqual(['own'])
  await vi.advanceTimersByTimeAsync(10_000)
  expect(ended).toEqual(['own', 'asked'])
})

test('a shutdown ends all', async () => {
  const waits = new Waits(5000)
  const { ended, wait } = waiting(waits)
  wait('own', 20_000)
  wait('asked', 10_000, true)
  waits.endAll()
  await vi.advanceTimersByTimeAsync(0)
  expect(ended).toEqual(['own', 'asked'])
})
