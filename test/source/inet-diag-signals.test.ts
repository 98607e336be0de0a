import { expect, test } from 'vitest'
import { readMessages } from '../../src/source/inet-diag-message.ts'
import {
  noSignals,
  readSignals,
  type SignalCounters,
  signalsSince,
} from '../../src/source/inet-diag-signals.ts'
import { socketMessage, type TcpInfoPart } from '../support/netlink.ts'

/** Windows are open unless told otherwise. */
function read(part: TcpInfoPart, infoLength = 280): SignalCounters {
  let signals: SignalCounters = noSignals
  const info = { sndWnd: 1, rcvWnd: 1, ...part }
  readMessages(socketMessage({ info, infoLength }), undefined, (one) => {
    signals = readSignals(one)
  })
  return signals
}

const whole = { busyTime: 60, rwndLimited: 20, sndbufLimited: 10, deliveredCe: 3, dsackDups: 4 }
const all = { ...whole, reordSeen: 5, rcvOoopack: 6, totalRto: 7, sndWnd: 0, rcvWnd: 0 }

test('every signal of a whole tcp_info, since the beginning and since the last', () => {
  expect(signalsSince(read(all), noSignals, 9)).toEqual({
    limitedNetworkUs: 30,
    limitedReceiverUs: 20,
    limitedSenderUs: 10,
    retrFast: 0,
    retrTimeout: 0,
    retrTailProbe: 0,
    retrOther: 9,
    timeouts: 7,
    pktsRxOutOfOrder: 6,
    pktsSpurious: 4,
    pktsCe: 3,
    reorderings: 5,
    windowsClosedTx: 1,
    windowsClosedRx: 1,
  })
  expect(signalsSince(read(all), read(all), 0)).toBeUndefined()
})

test.each([
  { bytes: 144, expected: {} },
  { bytes: 192, expected: { limitedNetworkUs: 30, pktsCe: 0, pktsSpurious: 0 } },
  { bytes: 224, expected: { pktsCe: 3, pktsSpurious: 4, reorderings: 5, pktsRxOutOfOrder: 0 } },
  { bytes: 236, expected: { pktsRxOutOfOrder: 6, windowsClosedTx: 1, timeouts: 0 } },
])('of $bytes bytes of tcp_info, only what is there', ({ bytes, expected }) => {
  const signals = signalsSince(read(all, bytes), noSignals, 0)
  expect(signals ?? {}).toMatchObject(expected)
})

test('counts that fell are of another connection', () => {
  const before = read({ totalRto: 9, rcvOoopack: 9 })
  expect(signalsSince(read({ totalRto: 2, rcvOoopack: 1 }), before, 0)).toBeUndefined()
})

test('counts may wrap, and times that fall back are no growth', () => {
  const before = read({ totalRto: 65_535, rcvOoopack: 2 ** 32 - 1, busyTime: 50 })
  const signals = signalsSince(read({ totalRto: 1, rcvOoopack: 1, busyTime: 40 }), before, 0)
  expect(signals).toMatchObject({ timeouts: 2, pktsRxOutOfOrder: 2, limitedNetworkUs: 0 })
})
