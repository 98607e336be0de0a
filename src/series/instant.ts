import type { HrTime } from '@opentelemetry/api'

/** A moment on two clocks: the one that is reported, and the one that lengths are measured by. */
export interface Instant {
  readonly time: HrTime
  readonly monotonicMs: number
  /** How far the clock of `time` was set since the last interval ended, in ms; below 0: back. */
  readonly setMs?: number
}

/** @returns the same object if it is not moved */
export function moved(time: HrTime, ms: number): HrTime {
  if (ms === 0) return time
  const nanoseconds = time[1] + (ms % 1e3) * 1e6
  const carry = Math.floor(nanoseconds / 1e9)
  return [time[0] + Math.trunc(ms / 1e3) + carry, nanoseconds - carry * 1e9]
}

/** The later of two. */
export function later(one: HrTime, other: HrTime): HrTime {
  const difference = one[0] - other[0] || one[1] - other[1]
  return difference >= 0 ? one : other
}
