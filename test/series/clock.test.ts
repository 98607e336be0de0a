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

test('whatever the wall clock does, intervals follow each other and rates are those of the real time', () => {
  fc.assert(
    fc.property(fc.array(interval, { minLength: 1, maxLength: 20 }), (intervals) => {
      const series = store({ temporalities: new Set(['delta', 'cumulative'] as const) })
      const one = flow()
      const now = { wall: 1_000_000, monotonic: 0 }
      const last = { end: 1_000_000_000_000_000n, cumulative: 0 }
      let started: bigint | undefined
      for (const { seconds, step, bytes } of intervals) {
        now.wall += seconds + step
        now.monotonic += seconds
        series.connection(increment({ flow: one, bytesTx: bytes }))
        last.cumulative += bytes
        const collected = series.collect({
          time: [now.wall, 0],
          monotonicMs: now.monotonic * 1000,
        })
        const point = (temporality: 'delta' | 'cumulative', name: string) => {
          const found = metricsNamed(collected.get(temporality), name)[0]?.metric.dataPoints[0]
          if (found === undefined) throw new Error(`${name} is missing`)
          return found
        }
        const delta = point('delta', 'nettracer.bytes_tx')
        expect(delta.value).toBe(bytes)
        expect(nanoseconds(delta.startTime)).toBe(last.end)
        expect(nanoseconds(delta.endTime)).toBeGreaterThanOrEqual(last.end)
        const total = point('cumulative', 'nettracer.bytes_tx')
        expect(total.value).toBe(last.cumulative)
        started ??= nanoseconds(total.startTime)
        expect(nanoseconds(total.startTime)).toBe(started)
        expect(point('delta', 'nettracer.traffic').value).toBeCloseTo((bytes * 8) / seconds, 6)
        last.end = nanoseconds(delta.endTime)
      }
    }),
  )
})
