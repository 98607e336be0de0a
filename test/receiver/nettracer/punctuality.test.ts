import { expect, test } from 'vitest'
import { Punctuality } from '../../../src/receiver/nettracer/punctuality.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'

const undisturbed = { setMs: 0, asleepMs: 0 }

test.each([
  ['intervals as configured', [0, 10_000, 20_100], undisturbed, {}],
  ['an interval half as long again', [0, 10_000, 25_001], undisturbed, { late: 1 }],
  ['a short first one', [0, 500, 10_500], undisturbed, {}],
  ['sleep', [0, 10_000], { setMs: 0, asleepMs: 60_000 }, { asleep: 1 }],
  ['a clock that was set back', [0, 10_000], { setMs: -5000, asleepMs: 0 }, { clock_set: 1 }],
] as const)('%s', (_what, ends, last, counted) => {
  const { settings } = recordedSettings('nettracer')
  const punctuality = new Punctuality(settings.telemetry.logger)
  for (const end of ends)
    punctuality.collected(end, 10_000, end === ends.at(-1) ? last : undisturbed)
  expect(punctuality.gaps).toEqual({ asleep: 0, clock_set: 0, late: 0, ...counted })
})

test('each kind is told', () => {
  const recorded = recordedSettings('nettracer')
  const punctuality = new Punctuality(recorded.settings.telemetry.logger)
  punctuality.collected(0, 10_000, undisturbed)
  punctuality.collected(30_000, 10_000, { setMs: 3000, asleepMs: 2000 })
  expect(recorded.lines.map(({ fields }) => fields)).toEqual([
    { seconds: 2 },
    { seconds: 3 },
    { seconds: 30, configured_seconds: 10 },
  ])
})
