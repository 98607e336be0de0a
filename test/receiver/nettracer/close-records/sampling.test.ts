import { expect, test } from 'vitest'
import { closeReasons } from '../../../../src/connection/increment.ts'
import { closeRecordsConfig } from '../../../../src/receiver/nettracer/close-records/config.ts'
import { isWanted } from '../../../../src/receiver/nettracer/close-records/sampling.ts'
import { ended, endedAt, failed } from '../../../support/ended.ts'
import { flow } from '../../../support/increment.ts'

const config = (part: object) => closeRecordsConfig.parse(part)
const wanted = (end: ReturnType<typeof ended>) =>
  ['all', 'errors', 'slow'].filter((sampling) => isWanted(end, config({ sampling })))

test.each(closeReasons.slice(1))('%s is an error unless both sides closed in order', (reason) => {
  const isOrderly = reason.endsWith('_fin')
  expect(wanted(ended({ closeReason: closeReasons.indexOf(reason) }))).toEqual(
    isOrderly ? ['all'] : ['all', 'errors', 'slow'],
  )
})

test('an attempt that failed is an error', () => {
  expect(wanted(failed('cancelled', 0))).toEqual(['all', 'errors', 'slow'])
})

const ms = (count: number) => BigInt(count) * 1_000_000n
const slow = { duration: '2s', connect_duration: '30ms', rtt: '25ms', retr_percentage: 4 }
const at = { establishedTime: endedAt - ms(500), startTime: endedAt - ms(520) }

test.each([
  ['nothing', {}, false],
  ['just not long enough', { ...at, establishedTime: endedAt - ms(2000) + 1n }, false],
  ['long enough', { startTime: endedAt - ms(2001), establishedTime: endedAt - ms(2000) }, true],
  ['a connect just not slow', { startTime: at.establishedTime - ms(30) + 1n }, false],
  ['a slow connect', { ...at, startTime: at.establishedTime - ms(30) }, true],
  ['an RTT just below', { srttUs: 24_999 }, false],
  ['an RTT of the threshold', { srttUs: 25_000 }, true],
  ['no RTT', { srttUs: -1 }, false],
  ['a share sent again just below', { pktsTx: 9601, pktsRetr: 400 }, false],
  ['a share sent again of the threshold', { pktsTx: 9600, pktsRetr: 400 }, true],
  ['no segment at all', { pktsTx: 0, pktsRetr: 0 }, false],
] as const)('slow: %s', (_, part, expected) => {
  const base = ended(at)
  expect(isWanted({ ...base, ...part }, config({ sampling: 'slow', slow }))).toBe(expected)
})

test('of what is older than the agent, times are not slow', () => {
  const { startTime: _s, establishedTime: _e, ...adopted } = ended()
  expect(isWanted(adopted, config({ sampling: 'slow', slow }))).toBe(false)
})

test('a server has no connect duration, and 0 switches a threshold off', () => {
  const accepted = ended({ flow: flow({ role: 'server' }), startTime: endedAt - ms(9000) })
  expect(isWanted(accepted, config({ sampling: 'slow', slow }))).toBe(false)
  const off = { duration: '0s', connect_duration: '0s', rtt: '0s', retr_percentage: 0 }
  const worst = ended({ srttUs: 1e9, pktsRetr: 100, startTime: 0n })
  expect(isWanted(worst, config({ sampling: 'slow', slow: off }))).toBe(false)
})
