import { expect, test } from 'vitest'
import { closeReasons, failureTypes } from '../../src/connection/increment.ts'
import { never, World } from '../support/socket-world.ts'

const info = { bytesAcked: 101, bytesSent: 100, bytesReceived: 50, segsOut: 10, segsIn: 9 }
const figures = { ...info, dataSegsIn: 1, totalRetrans: 2, rtt: 300, rttVariance: 20, rttMin: 250 }
const closed = { ...figures, bytesAcked: 102, bytesReceived: 51 }
const told = {
  ...{ bytesTx: 100, bytesRx: 50, pktsTx: 8, pktsRx: 9, pktsRetr: 2, pktsRetrSyn: undefined },
  ...{ srttUs: 300, rttVarianceUs: 20, rttMinUs: 250, errno: 0, failureType: 0 },
  ...{ localAddress: '10.0.0.1', localPort: 40_000, remotePort: 443, isAdopted: false },
}

test.each([
  {
    what: 'closed first, with the remote FIN in time-wait',
    remains: 'time_wait',
    reason: 'local_fin',
    flags: [true, undefined, false, false],
  },
  {
    what: 'closed first, the remote FIN still to come',
    remains: 'fin_wait_2',
    reason: 'local_fin',
    flags: [true, false, false, false],
    bytesRx: 51,
  },
  {
    what: 'closed second',
    remains: 'none',
    reason: 'remote_fin',
    flags: [true, true, false, false],
  },
] as const)('$what: $reason, with what is sure', ({ remains, reason, flags, ...more }) => {
  const { bytesRx = 50 } = { bytesRx: undefined, ...more }
  const world = new World()
  world.end({ info: closed }, remains)
  const [hasSentFin, hasReceivedFin, hasSentReset, hasReceivedReset] = flags
  expect(world.ends).toMatchObject([
    {
      ...told,
      bytesRx,
      closeReason: closeReasons.indexOf(reason),
      ...{ hasSentFin, hasReceivedFin, hasSentReset, hasReceivedReset },
    },
  ])
  expect(world.ends[0]).not.toHaveProperty('startTime')
  expect(world.ends[0]).not.toHaveProperty('establishedTime')
})

test('reset by the other side or timed out: nothing is said of FINs and resets', () => {
  const world = new World()
  world.end({ info: figures })
  const nothing = { hasSentFin: undefined, hasReceivedFin: undefined, hasReceivedReset: undefined }
  expect(world.ends).toMatchObject([
    { ...told, ...nothing, closeReason: closeReasons.indexOf('error') },
  ])
})

test('aborted: the figures are those of the last dump, and a reset was sent', () => {
  const world = new World()
  world.dump([{ info: figures }], true)
  world.end({ info: { lastDataSent: 5 }, remotePort: 0, localAddress: [0, 0, 0, 0] })
  const reason = closeReasons.indexOf('local_reset')
  expect(world.ends).toMatchObject([
    { ...told, isAdopted: true, closeReason: reason, hasSentReset: true, hasSentFin: undefined },
  ])
})

test('aborted before any dump: no figure, no port, no address that the kernel forgot', () => {
  const world = new World()
  world.end({ info: { lastDataSent: 5 }, remotePort: 0, localPort: 0, localAddress: [0, 0, 0, 0] })
  const none = { bytesTx: undefined, bytesRx: undefined, pktsTx: undefined, pktsRx: undefined }
  const nowhere = { localAddress: undefined, localPort: 0, remotePort: 0, srttUs: -1 }
  expect(world.ends).toMatchObject([{ ...none, ...nowhere, pktsRetr: undefined, isAdopted: false }])
})

test('an end that nobody told of gives a record of what the last dump met, and no second one later', () => {
  const world = new World()
  world.dump([{ info: figures }])
  world.dump([])
  world.dump([])
  expect(world.ends).toMatchObject([{ ...told, closeReason: closeReasons.indexOf('error') }])
  world.end({ info: closed })
  expect(world.ends).toHaveLength(1)
})

test('a socket that connects once more, to another address, ends twice, each with its own ports', () => {
  const world = new World()
  world.dump([{ info: figures }])
  const next = { remotePort: 444, localPort: 40_001 }
  world.dump([{ info: { ...figures, bytesAcked: 2, bytesSent: 1 }, ...next }])
  world.end({ info: { ...figures, bytesAcked: 3, bytesSent: 1, bytesReceived: 51 }, ...next })
  expect(world.ends).toMatchObject([
    { ...told },
    { bytesTx: 1, ...next, flow: { servicePort: 444 } },
  ])
})

test.each([
  { what: 'refused', answer: { segsOut: 1, segsIn: 1 }, reset: true, syns: 0 },
  { what: '_OTHER', answer: { segsOut: 4, totalRetrans: 3 }, reset: undefined, syns: 3 },
])('an attempt that failed, $what', ({ what, answer, reset, syns }) => {
  const world = new World()
  const ages = { lastDataSent: never, lastDataReceived: never, lastAckReceived: never }
  world.end({ info: { ...ages, rttMin: 0xffff_ffff, ...answer } })
  expect(world.ends).toMatchObject([
    {
      failureType: failureTypes.indexOf(what as (typeof failureTypes)[number]),
      ...{ closeReason: 0, bytesTx: 0, bytesRx: 0, pktsTx: 1, pktsRetr: syns, pktsRetrSyn: syns },
      ...{ hasSentFin: false, hasReceivedFin: false, hasReceivedReset: reset },
      ...{ srttUs: -1, rttMinUs: -1 },
    },
  ])
})
