import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EndAudit } from '../../src/source/end-audit.ts'

function missedAfter(unaccounted: readonly number[]): number {
  const audit = new EndAudit()
  for (const one of unaccounted) audit.judge(one)
  return audit.missed
}

test.each([
  { unaccounted: [], missed: 0, why: 'nothing was looked at' },
  { unaccounted: [5, 5], missed: 0, why: 'two passes are not enough' },
  { unaccounted: [5, 5, 5], missed: 5, why: 'three passes agree' },
  { unaccounted: [0, 7, 0, 0], missed: 0, why: 'one pass left out sockets' },
  { unaccounted: [-3, -2, -9], missed: 0, why: 'connections began and ended during the passes' },
  { unaccounted: [2, 4, 3, 3, 0], missed: 3, why: 'what was known to be missed stays missed' },
])('$unaccounted unaccounted for are $missed missed ends: $why', ({ unaccounted, missed }) => {
  expect(missedAfter(unaccounted)).toBe(missed)
})

test('the count of missed ends never falls and never exceeds what three passes agree on', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -100, max: 100 }), { maxLength: 40 }), (unaccounted) => {
      const audit = new EndAudit()
      let before = 0
      for (const one of unaccounted) {
        audit.judge(one)
        expect(audit.missed).toBeGreaterThanOrEqual(before)
        before = audit.missed
      }
      const most = Math.max(0, ...unaccounted)
      expect(audit.missed).toBeLessThanOrEqual(most)
    }),
  )
})
