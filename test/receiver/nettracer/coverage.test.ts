import { describe, expect, test } from 'vitest'
import { Coverage, expectedOf, nothingReported } from '../../../src/receiver/nettracer/coverage.ts'
import { flow, increment, listener, rejection } from '../../support/increment.ts'

const netns = 4_026_531_840
const none = { segments: 0, retransmissions: 0, opens: 0 }

describe('what the host should have counted', () => {
  test.each([
    ['a segment sent', { pktsTx: 1 }, { segments: 1 }],
    ['a retransmission', { pktsRetr: 1 }, { retransmissions: 1 }],
    ['a connect', { attempts: 1 }, { opens: 1 }],
    ['an accepted connection, with its SYN-ACK', { accepted: 1 }, { segments: 1, opens: 1 }],
    ['a SYN-ACK sent again', { synAcksRetransmitted: 1 }, { segments: 1, retransmissions: 1 }],
    ['the answer to a FIN that came after the socket was gone', { handedOver: 1 }, { segments: 1 }],
    ['a reset that answers a segment', { strayResets: 1 }, { segments: 1 }],
    ['the reset that refuses a SYN', { rejects: 1 }, { segments: 1 }],
  ])('%s', (_, part, expected) => {
    expect(expectedOf({ ...nothingReported(), ...part })).toEqual({ ...none, ...expected })
  })
})

test('it is the share of what the host counted in the window', () => {
  const coverage = new Coverage(netns)
  coverage.connection(increment({ pktsTx: 1_000 }))
  coverage.snapshot({ segments: 5_000, retransmissions: 10, opens: 10 }, 0)
  coverage.connection(increment({ pktsTx: 60, pktsRx: 30, pktsRetr: 1, attempts: 3 }))
  coverage.connection(increment({ flow: flow({ role: 'server' }), opened: 1, pktsRx: 3 }))
  coverage.listener(listener({ synAcksRetransmitted: 1 }))
  coverage.rejection(rejection({ rejects: 1, resets: 1 }))
  coverage.snapshot({ segments: 5_063, retransmissions: 14, opens: 14 }, 10_000)
  expect(coverage.ratios()).toEqual({ segments: 1, retransmissions: 0.5, opens: 1 })
})

test('other network namespaces do not count', () => {
  const coverage = new Coverage(netns)
  coverage.snapshot(none, 0)
  coverage.connection(increment({ flow: flow({ netns: 1 }), pktsTx: 5 }))
  coverage.listener(listener({ flow: flow({ netns: 1 }), synAcksRetransmitted: 5 }))
  coverage.rejection(rejection({ netns: 1, rejects: 5, resets: 5 }))
  coverage.snapshot({ ...none, segments: 10, retransmissions: 10 }, 10_000)
  expect(coverage.ratios()).toEqual({ segments: 0, retransmissions: 0 })
})

test('what the host did not count has no ratio', () => {
  const coverage = new Coverage(netns)
  expect(coverage.ratios()).toEqual({})
  coverage.snapshot(none, 0)
  coverage.snapshot({ ...none, opens: 1 }, 10_000)
  expect(Object.keys(coverage.ratios())).toEqual(['opens'])
})

test('what is older than the window is left behind', () => {
  const coverage = new Coverage(netns, 60_000)
  for (let second = 0; second <= 200; second += 10) {
    // All is missed up to 100 s, and nothing from there on.
    if (second > 100) coverage.connection(increment({ pktsTx: 10 }))
    coverage.snapshot({ ...none, segments: second }, second * 1_000)
  }
  expect(coverage.ratios()).toEqual({ segments: 1 })
})

test('counters that cannot be read leave a gap, not an error', () => {
  const coverage = new Coverage(netns)
  coverage.snapshot(none, 0)
  coverage.connection(increment({ pktsTx: 10 }))
  coverage.snapshot(undefined, 10_000)
  coverage.snapshot({ ...none, segments: 10 }, 20_000)
  expect(coverage.ratios()).toEqual({ segments: 1 })
})
