import type { HrTime } from '@opentelemetry/api'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { flow, increment } from '../support/increment.ts'
import { metricsNamed, store } from './support.ts'

/** Of one interval: how long it really was, and how far the wall clock was set meanwhile. */
const interval = fc.record({
  seconds: fc.integer({ min: 1, max: 600 }),
  step: fc.oneof(fc.constant(0), fc.integer({ min: -100_000, max: 100_000 })),
  bytes: fc.integer({ min: 1, max: 1e9 }),
})

const nanoseconds = ([seconds, rest]: HrTime): bigint =>
  BigInt(seconds) * 1_000_000_000n + BigInt(rest)

test('whatever the wall clock does, intervals have their real length and rates are those of the real time', () => {
  fc.assert(
    fc.property(fc.array(interval, { minLength: 1, maxLength: 20 }), (intervals) => {
      const series = store({ temporalities: new Set(['delta', 'cumulative'] as const) })
      const one = flow()
      const now = { wall: 1_000_000, monotonic: 0 }
      const last = { end: 1_000_000_000_000_000n, cumulative: 0, started: 1_000_000_000_000_000n }
      for (const { seconds, step, bytes } of intervals) {
        now.wall += seconds + step
        now.monotonic += seconds
        series.connection(increment({ flow: one, bytesTx: bytes }))
        last.cumulative += bytes
        const collected = series.collect({
          time: [now.wall, 0],
          monotonicMs: now.monotonic * 1000,
          setMs: step * 1000,
        })
        const point = (temporality: 'delta' | 'cumulative', name: string) => {
          const found = metricsNamed(collected.get(temporality), name)[0]?.metric.dataPoints[0]
          if (found === undefined) throw new Error(`${name} is missing`)
          return found
        }
        const delta = point('delta', 'nettracer.bytes_tx')
        expect(delta.value).toBe(bytes)
        // Where the new clock puts the end of the interval before.
        const since = last.end + BigInt(step) * 1_000_000_000n
        expect(nanoseconds(delta.startTime)).toBe(since)
        expect(nanoseconds(delta.endTime)).toBe(since + BigInt(seconds) * 1_000_000_000n)
        const total = point('cumulative', 'nettracer.bytes_tx')
        expect(total.value).toBe(last.cumulative)
        // It stays, unless the clock is now before it.
        last.started = since < last.started ? since : last.started
        expect(nanoseconds(total.startTime)).toBe(last.started)
        expect(nanoseconds(total.endTime)).toBe(nanoseconds(delta.endTime))
        expect(point('delta', 'nettracer.traffic').value).toBeCloseTo((bytes * 8) / seconds, 6)
        last.end = nanoseconds(delta.endTime)
      }
    }),
  )
})

test('a clock that goes back a little, unnoticed, makes no interval that ends before it begins', () => {
  const series = store({ temporalities: new Set(['delta'] as const) })
  const one = flow()
  let end = 1_000_000_000_000_000n
  for (const [wall, monotonic] of [
    [1_000_010, 10],
    [1_000_009, 20],
    [1_000_009, 30],
    [1_000_030, 40],
  ] as const) {
    series.connection(increment({ flow: one, bytesTx: 8 }))
    const collected = series.collect({ time: [wall, 0], monotonicMs: monotonic * 1000 })
    const [found] = metricsNamed(collected.get('delta'), 'nettracer.bytes_tx')
    const point = found?.metric.dataPoints[0]
    expect(nanoseconds(point?.startTime ?? [0, 0])).toBe(end)
    end = nanoseconds(point?.endTime ?? [0, 0])
    expect(end).toBeGreaterThanOrEqual(nanoseconds(point?.startTime ?? [0, 0]))
  }
  expect(end).toBe(1_000_030_000_000_000n)
})
