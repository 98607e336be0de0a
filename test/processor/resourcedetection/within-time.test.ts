import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { withinTime } from '../../../src/processor/resourcedetection/within-time.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const after = async (ms: number) =>
  new Promise((resolve) => {
    setTimeout(() => resolve('answer'), ms)
  })

test('an answer in time counts, and no timer stays', async () => {
  const answer = withinTime(after(10), 20)
  await vi.advanceTimersByTimeAsync(10)
  expect(await answer).toBe('answer')
  expect(vi.getTimerCount()).toBe(0)
})

test('an answer that comes too late is none', async () => {
  const problem = withinTime(after(30), 20).catch((error: unknown) => error)
  await vi.advanceTimersByTimeAsync(20)
  expect(await problem).toEqual(new Error('no answer within 20 ms'))
})

test('0 waits for ever', async () => {
  const answer = withinTime(after(1_000_000), 0)
  await vi.advanceTimersByTimeAsync(1_000_000)
  expect(await answer).toBe('answer')
})
