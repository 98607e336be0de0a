import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readEnded } from '../../src/source/inet-diag-ended.ts'
import { readMessages } from '../../src/source/inet-diag-message.ts'
import { readRecorded, socketMessage, type TcpInfoPart } from '../support/netlink.ts'
import { clientInfo, never, state, World } from '../support/socket-world.ts'
import { signalsOf, sumOf } from '../support/source.ts'

describe('open connections', () => {
  test('growth since the last report is reported, and nothing when nothing grew', () => {
    const world = new World().dump([{ info: clientInfo(100, 50) }]).report()
    expect(world.sum).toMatchObject({
      bytesTx: 100,
      bytesRx: 50,
      pktsTx: 10,
      pktsRx: 9,
      opened: 1,
      active: 1,
    })
    world.dump([{ info: clientInfo(100, 50) }]).report()
    expect(world.sum.increments).toBe(1)
    world.dump([{ info: clientInfo(170, 50, { segsOut: 12, totalRetrans: 1 }) }]).report()
    expect(world.sum).toMatchObject({ bytesTx: 170, pktsTx: 11, pktsRetr: 1, opened: 1, active: 1 })
  })

  test('what a connection did before the start is not reported', () => {
    const world = new World().dump([{ info: clientInfo(1e6, 1e6) }], true).report()
    expect(world.sum).toMatchObject({
      bytesTx: 0,
      bytesRx: 0,
      pktsTx: 0,
      pktsRx: 0,
      opened: 0,
      active: 1,
    })
  })

  test('counts of segments may wrap', () => {
    const world = new World().dump([{ info: clientInfo(0, 0, { segsOut: 2 ** 32 - 3 }) }], true)
    world.dump([{ info: clientInfo(0, 0, { segsOut: 4 }) }]).report()
    expect(world.sum.pktsTx).toBe(7)
  })

  test.each([
    { what: 'one more acknowledged than sent', info: clientInfo(5, 5), role: 'client 443' },
    {
      what: 'as many acknowledged as sent',
      info: { ...clientInfo(5, 5), bytesAcked: 5 },
      role: 'server 40000',
    },
    {
      what: 'bytes under way and no listener',
      info: { ...clientInfo(5, 5), bytesAcked: 2, unacked: 1 },
      role: 'unknown 0',
    },
    {
      what: 'FIN and SYN acknowledged',
      info: { ...clientInfo(5, 5), bytesAcked: 7 },
      state: state.finWait2,
      role: 'client 443',
    },
  ])('$what: $role', ({ info, role, state: at = state.established }) => {
    expect(new World().dump([{ info, state: at }]).report().roles).toEqual([role])
  })

  test('a connection is open in one series when its role is told later', () => {
    const underWay = { ...clientInfo(5, 5), bytesAcked: 2, unacked: 1 }
    const world = new World().dump([{ info: underWay }]).report()
    world.dump([{ info: clientInfo(5, 5) }]).report()
    const active = (role: string) =>
      sumOf(world.sink.increments.filter(({ flow }) => flow.role === role)).active
    expect([active('unknown'), active('client')]).toEqual([0, 1])
    expect(world.sum).toMatchObject({ opened: 1, bytesTx: 5 })
  })

  test('with bytes under way the listening socket tells who serves', () => {
    const info = { ...clientInfo(5, 5), bytesAcked: 2, unacked: 1 }
    const listener = { state: state.listen, remotePort: 0, localAddress: [0, 0, 0, 0], cookie: 9 }
    const world = new World().listen(socketMessage(listener)).dump([{ info }])
    expect(world.report().roles).toEqual(['server 40000'])
  })

  test('a server whose FIN is acknowledged between its state and its counters stays a server', () => {
    const listener = { state: state.listen, remotePort: 0, localAddress: [0, 0, 0, 0], cookie: 9 }
    const info = { ...clientInfo(5, 5), bytesAcked: 6 }
    const world = new World().listen(socketMessage(listener))
    world.dump([{ info, state: state.closeWait }]).report()
    world.end({ info })
    const served = world.sink.increments.filter(({ flow }) => flow.role === 'server')
    expect(sumOf(served)).toMatchObject({ opened: 1, closed: 1, bytesTx: 5 })
    expect(world.sum).toMatchObject({ opened: 1, closed: 1, bytesTx: 5, active: 0 })
  })

  test('a client whose port is listened on as well is known by the second dump, or by its end', () => {
    const listener = { state: state.listen, remotePort: 0, localAddress: [0, 0, 0, 0], cookie: 9 }
    const info = clientInfo(5, 5)
    const world = new World().listen(socketMessage(listener)).dump([{ info }])
    expect(world.dump([{ info }]).report().roles).toEqual(['client 443'])
    const brief = new World().listen(socketMessage(listener)).dump([{ info }])
    brief.end({ info: { ...info, bytesAcked: 7 } })
    expect(brief.roles).toEqual(['client 443'])
  })

  test('bytes that a local filter refused are not counted, though the kernel counts them as sent', () => {
    const world = new World().dump([{ info: clientInfo(0, 0) }]).report()
    world.dump([{ info: { ...clientInfo(100, 0), bytesSent: 300 } }]).report()
    expect(world.sum.bytesTx).toBe(100)
    world.end({ info: { ...clientInfo(100, 0), bytesAcked: 102, bytesSent: 300 } })
    expect(world.sum).toMatchObject({ bytesTx: 100, closedBy: { remote_fin: 1 } })
  })

  test('a reading behind the last is not counted twice when it catches up', () => {
    const world = new World().dump([{ info: clientInfo(100, 0) }]).report()
    world.dump([{ info: { ...clientInfo(100, 0), bytesSent: 90 } }]).report()
    world.dump([{ info: clientInfo(110, 0) }]).report()
    expect(world.sum.bytesTx).toBe(110)
  })

  test('a socket that connects once more is another connection', () => {
    const world = new World().dump([{ info: clientInfo(100, 50) }]).report()
    world.dump([{ info: clientInfo(3, 2, { segsOut: 2, segsIn: 2 }) }]).report()
    expect(world.sum).toMatchObject({ bytesTx: 103, bytesRx: 52, opened: 2, closed: 1, active: 1 })
    expect(world.table.endsMissed).toBe(1)
  })

  test('a socket that dumps missed is open again once one meets it, and loses nothing', () => {
    const world = new World().dump([{ info: clientInfo(100, 50) }]).report()
    world.dump([]).dump([]).report()
    expect(world.sum).toMatchObject({ opened: 1, closed: 1, active: 0 })
    world.dump([{ info: clientInfo(130, 60) }]).report()
    expect(world.sum).toMatchObject({ bytesTx: 130, bytesRx: 60, opened: 2, closed: 1, active: 1 })
  })

  test('of the times of a socket that connects once more, only what grew is reported', () => {
    const waited = (busyTime: number) => ({
      ...clientInfo(100, 50),
      busyTime,
      sndWnd: 1,
      rcvWnd: 1,
    })
    const world = new World().dump([{ info: waited(5_000) }]).report()
    world.dump([{ info: { ...waited(5_000), ...clientInfo(3, 2) } }]).report()
    world.dump([{ info: { ...waited(7_000), ...clientInfo(3, 2) } }]).report()
    expect(signalsOf(world.sink.increments).limitedNetworkUs).toBe(7_000)
  })

  test('what does not fit is counted', () => {
    const world = new World(1).dump([
      { info: clientInfo(1, 1) },
      { info: clientInfo(1, 1), cookie: 2 },
    ])
    expect(world.report().sum.opened).toBe(1)
    expect(world.table.leftOut).toBe(1)
  })

  test('what does not fit is counted once, however many dumps meet it', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ info: clientInfo(1, 1), cookie: at + 1 }))
    const world = new World(1).dump(many(3)).dump(many(3)).failDump().dump(many(3))
    expect(world.table.leftOut).toBe(2)
    expect(world.dump(many(4)).table.leftOut).toBe(3)
  })

  test('dumps that fail say nothing of a socket, however many', () => {
    const world = new World().dump([{ info: clientInfo(100, 50) }]).report()
    world.failDump().failDump().failDump().dump([]).failDump().report()
    expect(world.sum).toMatchObject({ active: 1, closed: 0 })
    world.dump([]).report()
    expect(world.sum).toMatchObject({ active: 0, closed: 1 })
  })
})

describe('ends', () => {
  test.each([
    {
      what: 'closed first',
      info: { ...clientInfo(100, 51), bytesAcked: 102 },
      remains: 'time_wait',
      reason: 'local_fin',
      rx: 50,
    },
    {
      what: 'closed first, the remote FIN still to come',
      info: { ...clientInfo(100, 50), bytesAcked: 102 },
      remains: 'fin_wait_2',
      reason: 'local_fin',
      rx: 50,
    },
    {
      what: 'closed second',
      info: { ...clientInfo(100, 51), bytesAcked: 102 },
      remains: 'none',
      reason: 'remote_fin',
      rx: 50,
    },
    { what: 'reset', info: clientInfo(100, 50), remains: 'none', reason: 'error', rx: 50 },
    {
      what: 'without payload',
      info: { ...clientInfo(100, 0), bytesReceived: 1, bytesAcked: 102 },
      remains: 'none',
      reason: 'remote_fin',
      rx: 0,
    },
  ] as const)(
    '$what: $reason, without the FIN, met by a dump or not',
    ({ info, remains, reason, rx }) => {
      const expected = {
        bytesTx: 100,
        bytesRx: rx,
        opened: 1,
        closed: 1,
        active: 0,
        failed: 0,
        closedBy: { [reason]: 1 },
      }
      const met = new World().dump([{ info: clientInfo(0, 0) }]).report()
      expect(met.end({ info }, remains).sum).toMatchObject(expected)
      const unmet = new World().end({ info, localPort: 443, remotePort: 1 }, remains)
      expect(unmet.sum).toMatchObject(expected)
    },
  )

  test('aborted: the kernel cleared its counters, what was reported stays', () => {
    const world = new World().dump([{ info: clientInfo(100, 50) }]).report()
    world.end({ info: { lastDataSent: 5 }, remotePort: 0 })
    expect(world.sum).toMatchObject({
      bytesTx: 100,
      bytesRx: 50,
      closed: 1,
      active: 0,
      closedBy: { local_reset: 1 },
    })
  })

  test.each([
    {
      what: 'answered by a reset',
      info: { segsOut: 1, segsIn: 1 },
      remotePort: 443,
      type: 'refused',
      role: 'client 443',
    },
    {
      what: 'never answered',
      info: { segsOut: 4, totalRetrans: 3 },
      remotePort: 443,
      type: '_OTHER',
      role: 'client 443',
    },
    {
      what: 'that the caller waited for',
      info: {},
      remotePort: 0,
      type: '_OTHER',
      role: 'client 0',
    },
  ])('an attempt $what failed: $type', ({ info, remotePort, type, role }) => {
    const ages = { lastDataSent: never, lastDataReceived: never, lastAckReceived: never }
    const world = new World().end({ info: { ...ages, ...info }, remotePort })
    expect(world.sum).toMatchObject({
      failed: 1,
      opened: 0,
      closed: 0,
      active: 0,
      failedBy: { [type]: 1 },
    })
    expect(world.roles).toEqual([role])
  })

  test('an attempt that a dump met is a client’s when it fails', () => {
    const ages = { lastDataSent: never, lastDataReceived: never, lastAckReceived: never }
    const info = { ...ages, segsOut: 2, totalRetrans: 1 }
    const world = new World().dump([{ info, state: state.synSent }]).report()
    expect(world.sum.increments).toBe(0)
    world.end({ info })
    expect(world.roles).toEqual(['client 443'])
    expect(world.sum).toMatchObject({ failed: 1, pktsRetrSyn: 1, opened: 0, active: 0 })
  })

  test('a socket that never had a peer is nobody’s connection', () => {
    const info = { lastDataSent: never, lastDataReceived: never, lastAckReceived: never }
    const world = new World().end({ info, remotePort: 0, remoteAddress: [0, 0, 0, 0] })
    expect(world.sum.increments).toBe(0)
  })

  test('what was over before the start is not reported when its file is closed at last', () => {
    const ages = { lastDataSent: 60_000, lastDataReceived: 50_000, lastAckReceived: 50_000 }
    expect(new World().end({ info: { ...clientInfo(9, 9), ...ages } }).sum.increments).toBe(0)
  })

  test('an end that nobody told of is found by two dumps, and told once', () => {
    const world = new World().dump([{ info: clientInfo(100, 50) }]).report()
    world.dump([]).report()
    expect(world.sum).toMatchObject({ active: 1, closed: 0 })
    world.dump([]).report()
    expect(world.sum).toMatchObject({ active: 0, closed: 1, closedBy: { error: 1 } })
    expect(world.table.endsMissed).toBe(1)
    world.end({ info: clientInfo(130, 50, { segsOut: 11 }) })
    expect(world.sum).toMatchObject({ bytesTx: 130, active: 0, closed: 1, opened: 1 })
  })

  test('one whose file stays open for long after dumps lost it is counted once, however late its end is told', () => {
    const world = new World().dump([{ info: clientInfo(100, 50) }]).report()
    for (let dumps = 0; dumps < 400; dumps += 1) world.dump([])
    world.end({ info: clientInfo(100, 50) })
    expect(world.sum).toMatchObject({ opened: 1, closed: 1, active: 0, bytesTx: 100, bytesRx: 50 })
  })

  test('real ends after a real dump: all counted, to the byte', () => {
    const world = new World().listen(readRecorded('listeners'))
    world.dumpBytes(readRecorded('connections')).report()
    expect(world.sum).toMatchObject({ opened: 6, active: 6, bytesTx: 71_053, bytesRx: 71_053 })
    readMessages(readRecorded('events'), undefined, (message) => {
      // Recorded at this uptime, by the one that never sent.
      const ended = readEnded(message, 17_268_000, 10_000)
      if (ended !== undefined) world.table.end(ended)
    })
    expect(world.sum).toMatchObject({
      opened: 6,
      closed: 6,
      active: 0,
      failed: 1,
      bytesTx: 71_053,
      bytesRx: 71_053,
    })
  })
})

test('any run of dumps and ends: increments add up to what the kernel counted, none is negative', () => {
  const step = fc.record({
    tx: fc.nat(5000),
    rx: fc.nat(5000),
    segments: fc.nat(50),
    underWay: fc.nat(100),
    action: fc.constantFrom('dump', 'miss', 'report', 'baseline'),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.boolean(), (steps, isMissedEnd) => {
      const world = new World()
      let [tx, rx, segments] = [0, 0, 5]
      let [baseTx, baseRx] = [0, 0]
      let wasMet = false
      const info = (underWay: number): TcpInfoPart => ({
        ...clientInfo(tx, rx, { segsOut: segments, segsIn: segments }),
        bytesSent: tx + underWay,
        unacked: underWay > 0 ? 1 : 0,
      })
      let misses = 0
      for (const { tx: moreTx, rx: moreRx, segments: more, underWay, action } of steps) {
        tx += moreTx
        rx += moreRx
        segments += more
        if (action === 'report') world.report()
        else if (action === 'miss') {
          if (misses === 0) world.dump([])
          misses += 1
        } else {
          misses = 0
          const isBaseline = action === 'baseline' && !wasMet
          if (isBaseline) [baseTx, baseRx] = [tx, rx]
          world.dump([{ info: info(isBaseline ? 0 : underWay) }], isBaseline)
          wasMet = true
        }
      }
      if (isMissedEnd) world.dump([]).dump([]).dump([])
      else world.report()
      world.end({
        info: { ...info(0), bytesAcked: tx + 2, bytesReceived: rx + 1, segsOut: segments + 1 },
      })
      const { sum, sink } = world
      expect(sum).toMatchObject({
        active: 0,
        closed: 1,
        bytesTx: tx - baseTx,
        bytesRx: rx - baseRx,
      })
      const grown = sink.increments.flatMap((one) => [
        one.bytesTx,
        one.bytesRx,
        one.pktsTx,
        one.pktsRx,
        one.pktsRetr,
      ])
      expect(Math.min(0, ...grown)).toBe(0)
    }),
  )
})
