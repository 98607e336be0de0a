import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { RateLimit } from '../../../../src/receiver/nettracer/close-records/rate-limit.ts'

const admitted = (limit: RateLimit, nowMs: number, asked: number) =>
  Array.from({ length: asked }, () => limit.admits(nowMs)).filter(Boolean).length

test('a burst goes through at once, then as many as time brings', () => {
  const limit = new RateLimit(100, 30)
  expect([0, 0, 50, 1050, 9000].map((ms) => admitted(limit, ms, 1000))).toEqual([30, 0, 5, 30, 30])
})

test('0 is no limit', () => {
  expect(admitted(new RateLimit(0, 1), 0, 100_000)).toBe(100_000)
})

test('never more than the burst and what the time since the first brought, and no less if asked for more', () => {
  const steps = fc.array(fc.record({ afterMs: fc.nat(3000), asked: fc.nat(500) }), {
    minLength: 1,
  })
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 1, max: 500 }),
      steps,
      (rate, burst, all) => {
        const limit = new RateLimit(rate, burst)
        let now = 0
        let sum = 0
        for (const { afterMs, asked } of all) {
          now += afterMs
          sum += admitted(limit, now, asked)
        }
        const first = all[0]?.afterMs ?? 0
        expect(sum).toBeLessThanOrEqual(burst + ((now - first) * rate) / 1e3 + 1e-6)
      },
    ),
  )
})
