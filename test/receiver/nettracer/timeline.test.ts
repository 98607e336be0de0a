import { expect, test } from 'vitest'
import { Timeline } from '../../../src/receiver/nettracer/timeline.ts'

/** Clocks that a test moves. */
function clocks() {
  const at = { wall: 1_800_000_000_000, monotonic: 5_000, uptime: 90_000 }
  const timeline = new Timeline({
    wall: () => at.wall,
    monotonic: () => at.monotonic,
    uptime: () => at.uptime,
  })
  return { at, timeline }
}

test.each([
  ['nothing but time passes', { wall: 10_000, monotonic: 10_000, uptime: 10_000 }, 0, 0],
  ['the clock is corrected a little', { wall: 10_900, monotonic: 10_000, uptime: 10_000 }, 0, 0],
  ['it is set forward', { wall: 3_610_000, monotonic: 10_000, uptime: 10_000 }, 3_600_000, 0],
  ['it is set back', { wall: -3_590_000, monotonic: 10_000, uptime: 10_000 }, -3_600_000, 0],
  ['the machine sleeps', { wall: 70_000, monotonic: 10_000, uptime: 70_000 }, 0, 60_000],
  [
    'it sleeps and its clock is wrong when it wakes',
    { wall: 40_000, monotonic: 10_000, uptime: 70_000 },
    -30_000,
    60_000,
  ],
])('%s', (_what, passed, setMs, asleepMs) => {
  const { at, timeline } = clocks()
  at.wall += passed.wall
  at.monotonic += passed.monotonic
  at.uptime += passed.uptime
  const { instant, disturbance } = timeline.next()
  expect(disturbance).toEqual({ setMs, asleepMs })
  expect(instant).toEqual({
    time: [Math.floor(at.wall / 1000), (at.wall % 1000) * 1e6],
    monotonicMs: at.monotonic,
    setMs,
  })
  expect(timeline.next().disturbance).toEqual({ setMs: 0, asleepMs: 0 })
})

test('the clocks of this machine are read', () => {
  const timeline = new Timeline()
  const before = Date.now()
  const { instant, disturbance } = timeline.next()
  expect(instant.time[0] * 1000 + instant.time[1] / 1e6).toBeGreaterThanOrEqual(before - 1)
  expect(disturbance).toEqual({ setMs: 0, asleepMs: 0 })
})
