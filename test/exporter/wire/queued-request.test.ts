import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ageOf, fromStored, queued } from '../../../src/exporter/wire/queued-request.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance'], now: 1e12 }))
afterEach(() => void vi.useRealTimers())

test('a wall clock that is set ahead makes nothing old that this run has made', () => {
  const own = queued({ body: new Uint8Array(1), items: 1 }, Date.now())
  vi.advanceTimersByTime(5000)
  vi.setSystemTime(2e12)
  expect(ageOf(own)).toBe(5000)
})

test('what an earlier run made is as old as the wall clock says', () => {
  const left = fromStored({ sequence: 1, items: 1, bytes: 1, timeMs: Date.now() - 7000 })
  expect(ageOf(left)).toBe(7000)
})
