import { expect, test } from 'vitest'
import { endMessage, type SocketPart, socketMessage } from '../support/netlink.ts'
import { clientInfo, never, state, World } from '../support/socket-world.ts'

// Every case ends with counts that are exact, or with a counter that tells what is missing.

const first = clientInfo(100, 50)
const closedFirst = { ...clientInfo(100, 51), bytesAcked: 102 }
/** The same addresses and ports, another socket. */
const reused: SocketPart = { cookie: 2, info: clientInfo(7, 3) }
const reusedClosed = { ...reused, info: { ...clientInfo(7, 4), bytesAcked: 9 } }
const once = { opened: 1, closed: 1, active: 0, bytesTx: 100, bytesRx: 50 }
const twice = { opened: 2, closed: 2, active: 0, bytesTx: 107, bytesRx: 53 }

interface Case {
  readonly what: string
  readonly happens: (world: World) => World
  readonly sum: object
  readonly told?: Partial<Record<'unreadable' | 'endsMissed' | 'leftOut', number>>
}

const listener = { state: state.listen, remotePort: 0, localAddress: [0, 0, 0, 0], cookie: 9 }
const cut = (part: SocketPart, bytes: number) => socketMessage(part).subarray(0, bytes)

const cases: readonly Case[] = [
  {
    what: 'out of order: an end comes before the first dump that could have met it',
    happens: (world) => world.end({ info: closedFirst }).dump([]).report(),
    sum: once,
  },
  {
    what: 'out of order: the same end is told twice',
    happens: (world) => {
      world.dump([{ info: first }]).report()
      return world.end({ info: closedFirst }).dump([]).dump([]).report()
    },
    sum: once,
  },
  {
    what: 'out of order: an end between a dump and its report',
    happens: (world) =>
      world
        .dump([{ info: first }])
        .end({ info: closedFirst })
        .report(),
    sum: once,
  },
  {
    what: 'out of order: an end with counts behind the last report',
    happens: (world) => {
      world.dump([{ info: clientInfo(100, 50) }]).report()
      return world.end({ info: { ...clientInfo(90, 41), bytesAcked: 92 } })
    },
    sum: once,
  },
  {
    what: 'out of order: a listener is told after its connection',
    happens: (world) => {
      const underWay = { ...first, bytesAcked: 2, unacked: 1 }
      world
        .dump([{ info: underWay }])
        .report()
        .listen(socketMessage(listener))
      return world
        .dump([{ info: underWay }])
        .report()
        .dump([])
        .dump([])
        .report()
    },
    sum: { opened: 1, closed: 1, active: 0 },
    told: { endsMissed: 1 },
  },
  {
    what: 'out of order: a socket is twice in a dump',
    happens: (world) =>
      world
        .dump([{ info: first }, { info: first }])
        .report()
        .end({ info: closedFirst }),
    sum: once,
  },
  {
    what: 'out of order: a socket is twice in a dump, the older reading last',
    happens: (world) => {
      world.dump([{ info: clientInfo(100, 50) }, { info: clientInfo(100, 50, { segsIn: 8 }) }])
      return world.report().end({ info: closedFirst })
    },
    sum: once,
  },
  {
    what: 'out of order: a dump misses a socket, the next meets it',
    happens: (world) => {
      world
        .dump([{ info: first }])
        .report()
        .dump([])
        .report()
      return world
        .dump([{ info: first }])
        .report()
        .end({ info: closedFirst })
    },
    sum: once,
  },
  {
    what: '4-tuple reuse: the end of the old one comes before the new one is met',
    happens: (world) => {
      world
        .dump([{ info: first }])
        .report()
        .end({ info: closedFirst })
        .dump([reused])
        .report()
      return world.end(reusedClosed)
    },
    sum: twice,
  },
  {
    what: '4-tuple reuse: the end of the old one comes after the new one is met',
    happens: (world) => {
      world
        .dump([{ info: first }])
        .report()
        .dump([reused])
        .end({ info: closedFirst })
        .report()
      return world.end(reusedClosed)
    },
    sum: twice,
  },
  {
    what: '4-tuple reuse: the new one ends before the old one does',
    happens: (world) => {
      world
        .dump([{ info: first }])
        .report()
        .dump([{ info: first }, reused])
        .end(reusedClosed)
      return world.report().end({ info: closedFirst })
    },
    sum: twice,
  },
  {
    what: '4-tuple reuse: both ends are told between two dumps',
    happens: (world) => world.end({ info: closedFirst }).end(reusedClosed).dump([]).report(),
    sum: twice,
  },
  {
    what: '4-tuple reuse: nobody tells of the end of the old one',
    happens: (world) => {
      world
        .dump([{ info: first }])
        .report()
        .dump([reused])
        .report()
        .dump([reused])
        .report()
      return world.end(reusedClosed)
    },
    sum: twice,
    told: { endsMissed: 1 },
  },
  {
    what: 'socket reuse: it connects again, with counts that look like growth of segments',
    happens: (world) => {
      world.dump([{ info: first }]).report()
      world.dump([{ info: clientInfo(7, 3, { segsOut: 90, segsIn: 90 }) }]).report()
      return world.end({ info: { ...clientInfo(7, 4), bytesAcked: 9, segsOut: 91, segsIn: 91 } })
    },
    sum: twice,
    told: { endsMissed: 1 },
  },
  {
    what: 'socket reuse: a failed attempt, then a connection',
    happens: (world) => {
      const ages = { lastDataSent: never, lastDataReceived: never, lastAckReceived: never }
      world.dump([{ info: { ...ages, segsOut: 1 }, state: state.synSent }]).report()
      return world
        .dump([{ info: first }])
        .report()
        .end({ info: closedFirst })
    },
    sum: { ...once, failed: 0 },
  },
  {
    what: 'cut short: a socket without its counters is none, and is met whole by the next dump',
    happens: (world) => {
      world.dumpBytes(socketMessage({ info: first, infoLength: 100 })).report()
      return world
        .dump([{ info: first }])
        .report()
        .end({ info: closedFirst })
    },
    sum: once,
    told: { unreadable: 1 },
  },
  {
    what: 'cut short: a dump that ends in the middle of a socket leaves those before it open',
    happens: (world) => {
      world.dump([{ info: first }, reused]).report()
      for (let dumps = 0; dumps < 4; dumps += 1) {
        world.dumpBytes(
          Buffer.concat([socketMessage({ info: first }), cut(reused, 90)]),
          false,
          false,
        )
      }
      return world.report()
    },
    sum: { opened: 2, closed: 0, active: 2 },
  },
  {
    what: 'cut short: a dump without its first socket',
    happens: (world) => {
      world.dump([{ info: first }, reused]).report()
      return world
        .dumpBytes(socketMessage(reused), false, false)
        .report()
        .end({ info: closedFirst })
        .end(reusedClosed)
    },
    sum: twice,
  },
  {
    what: 'cut short: a refusal in the middle of a dump',
    happens: (world) => {
      world.dump([{ info: first }]).report()
      return world
        .dumpBytes(endMessage(105), false, false)
        .dump([{ info: first }])
        .report()
        .end({ info: closedFirst })
    },
    sum: once,
  },
  {
    what: 'cut short: an event without its counters is counted, and dumps find the end',
    happens: (world) => {
      world
        .dump([{ info: first }])
        .report()
        .endBytes(socketMessage({ state: state.close }))
      return world.dump([]).dump([]).report()
    },
    sum: once,
    told: { endsMissed: 1 },
  },
  {
    what: 'clock: the kernel says that what it just sent is from before the boot',
    happens: (world) => {
      world.dump([{ info: first }]).report()
      return world.end({
        info: {
          ...closedFirst,
          lastDataSent: never,
          lastDataReceived: never,
          lastAckReceived: never,
        },
      })
    },
    sum: once,
  },
  {
    what: 'clock: ages that wrapped at 2^32 do not make a connection older than the source',
    happens: (world) => {
      const ages = { lastDataSent: 2 ** 32 - 5, lastDataReceived: 3, lastAckReceived: 3 }
      return world.end({ info: { ...closedFirst, ...ages } })
    },
    sum: once,
  },
  {
    what: 'clock: times that the kernel adds up fall back, and nothing is negative',
    happens: (world) => {
      world.dump([{ info: { ...first, busyTime: 9000, rwndLimited: 4000 } }]).report()
      world.dump([{ info: { ...first, busyTime: 8000, rwndLimited: 4100 } }]).report()
      return world.end({ info: { ...closedFirst, busyTime: 8000, rwndLimited: 4100 } })
    },
    sum: once,
  },
  {
    what: 'too many: what does not fit is counted at its end, and told until then',
    happens: (world) => {
      const more = Array.from({ length: 101 }, (_, at) => ({ info: first, cookie: at + 10 }))
      world.dump(more).report()
      for (const { cookie } of more) world.end({ info: closedFirst, cookie })
      return world
    },
    sum: { opened: 101, closed: 101, active: 0, bytesTx: 10_100, bytesRx: 5_050 },
    told: { leftOut: 1 },
  },
  {
    what: 'a namespace that is gone while it is read: its connections end, each with a record',
    happens: (world) => {
      world
        .dump([{ info: first }, reused])
        .report()
        .failDump()
      world.table.close()
      return world
    },
    sum: twice,
    told: { endsMissed: 2 },
  },
]

test.each(cases)('$what', ({ happens, sum, told = {} }) => {
  const world = happens(new World())
  expect(world.sum).toMatchObject(sum)
  const { unreadable, endsMissed, leftOut } = world.table
  const none = { unreadable: 0, endsMissed: 0, leftOut: 0 }
  expect({ unreadable, endsMissed, leftOut }).toEqual({ ...none, ...told })
  expect(world.ends).toHaveLength(world.sum.closed + world.sum.failed)
  const grown = world.sink.increments.flatMap((one) => [one.bytesTx, one.bytesRx, one.pktsTx])
  expect(Math.min(0, ...grown)).toBe(0)
})
