import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ResourceLogs } from '../../src/model/logs.ts'
import { logsSignal } from '../../src/model/signal.ts'
import { countRecords, splitLogs } from '../../src/model/split-logs.ts'
import { logsOf, manyRecords, resourceLogs } from '../support/logs.ts'

const bodiesOf = (all: readonly ResourceLogs[]) =>
  all.flatMap(({ scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) => logRecords.map((one) => one.body)),
  )
const total = (all: readonly ResourceLogs[]) =>
  all.map(countRecords).reduce((sum, one) => sum + one, 0)

test('a cut at any place keeps every record once, in order, and both sides joined are the whole', () => {
  const shape = fc.array(fc.nat(6), { maxLength: 5 })
  fc.assert(
    fc.property(shape, fc.nat(30), (counts, at) => {
      let next = 0
      const whole = counts.map((count) => {
        const records = manyRecords(count, next)
        next += count
        return resourceLogs(records)
      })
      const [head, tail] = splitLogs(whole, at)
      expect(total(head)).toBe(Math.min(at, next))
      const expected = Array.from({ length: next }, (_, index) => String(index))
      expect(bodiesOf([...head, ...tail])).toEqual(expected)

      const sides = logsSignal.split(logsOf(...whole), at)
      expect(sides.map(({ records }) => records)).toEqual([
        Math.min(at, next),
        Math.max(0, next - at),
      ])
      const joined = logsSignal.join(sides)
      expect([joined.records, bodiesOf(joined.resourceLogs)]).toEqual([next, expected])
    }),
  )
})
