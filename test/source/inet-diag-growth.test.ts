import { expect, test } from 'vitest'
import type { Counters } from '../../src/source/inet-diag-counters.ts'
import { nothingReported, takeGrowth } from '../../src/source/inet-diag-growth.ts'
import { noSignals } from '../../src/source/inet-diag-signals.ts'

function counters(segsOut: number, segsIn: number, segsRetransmitted = 0): Counters {
  const signals = noSignals
  const ages = { sentAgeMs: 0, receivedAgeMs: 0 }
  const readings = { signals, srttUs: -1, rttVarianceUs: -1, rttMinUs: -1, ...ages }
  const bytes = { idleMs: 0, acked: 1, received: 0, sent: 0, dataSegsIn: 0, unacked: 0 }
  return { ...readings, ...bytes, segsOut, segsIn, segsRetransmitted }
}

const payload = { bytesTx: 0, bytesRx: 0, finsTx: 0, finsRx: 0 }

type Segments = [out: number, into: number, again: number]

interface Case {
  readonly what: string
  readonly before: Segments
  readonly now: Segments
  readonly growth: Segments
}

test.each([
  { what: 'grow', before: [10, 20, 1], now: [15, 22, 2], growth: [4, 2, 1] },
  { what: 'wrap', before: [2 ** 32 - 2, 2 ** 32 - 1, 0], now: [3, 1, 0], growth: [5, 2, 0] },
  { what: 'fall', before: [10, 20, 5], now: [2, 1, 0], growth: [0, 0, 0] },
] satisfies Case[])(
  'segments that $what give growth that is not negative',
  ({ before, now, growth }) => {
    const reported = { ...nothingReported }
    takeGrowth(reported, counters(...before), payload)
    const { pktsTx, pktsRx, pktsRetr } = takeGrowth(reported, counters(...now), payload)
    expect([pktsTx, pktsRx, pktsRetr]).toEqual(growth)
    const after = takeGrowth(reported, counters(...now), payload)
    expect(after).toMatchObject({ pktsTx: 0, pktsRx: 0, pktsRetr: 0 })
  },
)
