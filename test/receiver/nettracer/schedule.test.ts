import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { AlignedTimer, DrainLoop, FreeTimer } from '../../../src/receiver/nettracer/schedule.ts'

beforeEach(() => void vi.useFakeTimers({ now: 1_003_000 }))
afterEach(() => void vi.useRealTimers())

test('ticks come at multiples of the interval of the wall clock', () => {
  const ticks: number[] = []
  const timer = new AlignedTimer(10_000, () => void ticks.push(Date.now()))
  timer.start()
  vi.advanceTimersByTime(27_000)
  timer.stop()
  vi.advanceTimersByTime(100_000)
  expect(ticks).toEqual([1_010_000, 1_020_000, 1_030_000])
})

test('when the clock was set, the next tick comes after the interval and the one after that is aligned', () => {
  const ticks: number[] = []
  const timer = new AlignedTimer(10_000, () => void ticks.push(Date.now()))
  timer.start()
  vi.advanceTimersByTime(7_000)
  vi.setSystemTime(2_005_000)
  vi.advanceTimersByTime(40_000)
  timer.stop()
  expect(ticks).toEqual([1_010_000, 2_015_000, 2_030_000, 2_040_000])
})

test('free ticks come an interval after the start and each interval later, however the clock is set', () => {
  const ticks: number[] = []
  const began = performance.now()
  const timer = new FreeTimer(10_000, () => void ticks.push(performance.now() - began))
  timer.start()
  vi.advanceTimersByTime(15_000)
  vi.setSystemTime(5_000_000)
  vi.advanceTimersByTime(20_000)
  timer.stop()
  vi.advanceTimersByTime(100_000)
  expect(ticks).toEqual([10_000, 20_000, 30_000])
})

test('draining goes on at once while more is waiting, else after a pause', async () => {
  const waiting = [true, true, false, false]
  let drains = 0
  const loop = new DrainLoop(250, () => {
    drains += 1
    return waiting.shift() ?? false
  })
  loop.start()
  await vi.advanceTimersByTimeAsync(250)
  expect(drains).toBe(1)
  await vi.advanceTimersByTimeAsync(5)
  expect(drains).toBe(3)
  await vi.advanceTimersByTimeAsync(250)
  expect(drains).toBe(4)
  loop.stop()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(drains).toBe(4)
})
