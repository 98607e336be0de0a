import { expect, test } from 'vitest'
import type { EndedConnection } from '../../src/connection/ended.ts'
import { closeReasons, failureTypes } from '../../src/connection/increment.ts'
import { readEnded } from '../../src/source/inet-diag-ended.ts'
import { DiagFlows } from '../../src/source/inet-diag-flows.ts'
import { Listeners } from '../../src/source/inet-diag-listeners.ts'
import { readMessages } from '../../src/source/inet-diag-message.ts'
import { SocketTable } from '../../src/source/inet-diag-table.ts'
import { type SocketPart, socketMessage } from '../support/netlink.ts'

const uptimeMs = 20_000_000
const never = uptimeMs - 300_000

function table() {
  const ends: EndedConnection[] = []
  const sockets = new SocketTable({
    netns: 1,
    listeners: new Listeners(1),
    flows: new DiagFlows(),
    capacity: 100,
    emit: () => {},
    tellEnd: (end) => ends.push(end),
  })
  const dump = (parts: readonly SocketPart[], isBaseline = false) => {
    sockets.beginDump()
    const bytes = Buffer.concat(parts.map(socketMessage))
    readMessages(new Uint8Array(bytes), undefined, (one) => sockets.take(one, isBaseline))
    sockets.endDump(true)
  }
  const end = (part: SocketPart, remains: 'none' | 'time_wait' | 'fin_wait_2' = 'none') =>
    readMessages(socketMessage({ state: 7, ...part }), undefined, (one) => {
      const ended = readEnded(one, uptimeMs, 10_000)
      if (ended !== undefined) sockets.end({ ...ended, remains })
    })
  return { sockets, ends, dump, end }
}

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
  const { ends, end } = table()
  end({ info: closed }, remains)
  const [hasSentFin, hasReceivedFin, hasSentReset, hasReceivedReset] = flags
  expect(ends).toMatchObject([
    {
      ...told,
      bytesRx,
      closeReason: closeReasons.indexOf(reason),
      ...{ hasSentFin, hasReceivedFin, hasSentReset, hasReceivedReset },
    },
  ])
  expect(ends[0]).not.toHaveProperty('startTime')
  expect(ends[0]).not.toHaveProperty('establishedTime')
})

test('reset by the other side or timed out: nothing is said of FINs and resets', () => {
  const { ends, end } = table()
  end({ info: figures })
  const nothing = { hasSentFin: undefined, hasReceivedFin: undefined, hasReceivedReset: undefined }
  expect(ends).toMatchObject([{ ...told, ...nothing, closeReason: closeReasons.indexOf('error') }])
})

test('aborted: the figures are those of the last dump, and a reset was sent', () => {
  const { ends, dump, end } = table()
  dump([{ info: figures }], true)
  end({ info: { lastDataSent: 5 }, remotePort: 0, localAddress: [0, 0, 0, 0] })
  const reason = closeReasons.indexOf('local_reset')
  expect(ends).toMatchObject([
    { ...told, isAdopted: true, closeReason: reason, hasSentReset: true, hasSentFin: undefined },
  ])
})

test('aborted before any dump: no figure, no port, no address that the kernel forgot', () => {
  const { ends, end } = table()
  end({ info: { lastDataSent: 5 }, remotePort: 0, localPort: 0, localAddress: [0, 0, 0, 0] })
  const none = { bytesTx: undefined, bytesRx: undefined, pktsTx: undefined, pktsRx: undefined }
  const nowhere = { localAddress: undefined, localPort: 0, remotePort: 0, srttUs: -1 }
  expect(ends).toMatchObject([{ ...none, ...nowhere, pktsRetr: undefined, isAdopted: false }])
})

test('an end that nobody told of gives a record of what the last dump met, and no second one later', () => {
  const { ends, dump, end } = table()
  dump([{ info: figures }])
  dump([])
  dump([])
  expect(ends).toMatchObject([{ ...told, closeReason: closeReasons.indexOf('error') }])
  end({ info: closed })
  expect(ends).toHaveLength(1)
})

test('a socket that connects once more, to another address, ends twice, each with its own ports', () => {
  const { ends, dump, end } = table()
  dump([{ info: figures }])
  const next = { remotePort: 444, localPort: 40_001 }
  dump([{ info: { ...figures, bytesAcked: 2, bytesSent: 1 }, ...next }])
  end({ info: { ...figures, bytesAcked: 3, bytesSent: 1, bytesReceived: 51 }, ...next })
  expect(ends).toMatchObject([{ ...told }, { bytesTx: 1, ...next, flow: { servicePort: 444 } }])
})

test.each([
  { what: 'refused', answer: { segsOut: 1, segsIn: 1 }, reset: true, syns: 0 },
  { what: '_OTHER', answer: { segsOut: 4, totalRetrans: 3 }, reset: undefined, syns: 3 },
])('an attempt that failed, $what', ({ what, answer, reset, syns }) => {
  const { ends, end } = table()
  const ages = { lastDataSent: never, lastDataReceived: never, lastAckReceived: never }
  end({ info: { ...ages, rttMin: 0xffff_ffff, ...answer } })
  expect(ends).toMatchObject([
    {
      failureType: failureTypes.indexOf(what as (typeof failureTypes)[number]),
      ...{ closeReason: 0, bytesTx: 0, bytesRx: 0, pktsTx: 1, pktsRetr: syns, pktsRetrSyn: syns },
      ...{ hasSentFin: false, hasReceivedFin: false, hasReceivedReset: reset },
      ...{ srttUs: -1, rttMinUs: -1 },
    },
  ])
})
