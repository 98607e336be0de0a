import { uptime } from 'node:os'
import type { Instant } from '../../series/index.ts'

/** Clocks of this machine, in ms. */
export interface Clocks {
  /** Since 1970; may be set at any time. */
  readonly wall: () => number
  /** Never set, stands still while the machine sleeps (`CLOCK_MONOTONIC`). */
  readonly monotonic: () => number
  /** Never set, goes on while the machine sleeps (`CLOCK_BOOTTIME`), in steps of 10 ms. */
  readonly uptime: () => number
}

/** What happened to time between two readings; both 0 as a rule. In ms. */
export interface Disturbance {
  /** How far the wall clock was set: forward above 0, back below 0. */
  readonly setMs: number
  readonly asleepMs: number
}

/** Less is what clocks are corrected by all the time, and what reading three clocks one after the other costs. */
const leastMs = 1000

const machineClocks: Clocks = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  uptime: () => uptime() * 1000,
}

/** Reads the clocks, and tells a clock that was set from a machine that slept. */
export class Timeline {
  readonly #clocks: Clocks
  #last: { readonly wall: number; readonly monotonic: number; readonly uptime: number }

  constructor(clocks: Clocks = machineClocks) {
    this.#clocks = clocks
    this.#last = this.#read()
  }

  /** The moment, without an end of the interval. */
  get now(): Instant {
    return instant(this.#read(), 0)
  }

  /** The moment, and what happened since the last call. */
  next(): { readonly instant: Instant; readonly disturbance: Disturbance } {
    const last = this.#last
    const now = this.#read()
    this.#last = now
    const lasted = now.uptime - last.uptime
    const setMs = noticed(now.wall - last.wall - lasted)
    const asleepMs = noticed(lasted - (now.monotonic - last.monotonic))
    return { instant: instant(now, setMs), disturbance: { setMs, asleepMs } }
  }

  #read() {
    const { wall, monotonic, uptime: sinceBoot } = this.#clocks
    return { wall: wall(), monotonic: monotonic(), uptime: sinceBoot() }
  }
}

function noticed(ms: number): number {
  return Math.abs(ms) >= leastMs ? Math.round(ms) : 0
}

function instant({ wall, monotonic }: { wall: number; monotonic: number }, setMs: number): Instant {
  const ms = Math.floor(wall)
  return {
    time: [Math.floor(ms / 1e3), (ms % 1e3) * 1e6],
    monotonicMs: monotonic,
    setMs,
  }
}
