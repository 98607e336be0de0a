import { unpinned } from '../../src/connection/flow.ts'
import type { OpenConnection } from '../../src/connection/open-connection.ts'
import type { Grouping, Owner, Reading } from '../../src/top/reading.ts'
import { groupings } from '../../src/top/reading.ts'
import type { State } from '../../src/top/state.ts'
import { Tally } from '../../src/top/tally.ts'
import { views } from '../../src/top/views/index.ts'

/** Sunday, 1 March 2026, 12:00 UTC. */
export const noon = Date.UTC(2026, 2, 1, 12)

export function tally(counts: Partial<Tally> = {}): Tally {
  return Object.assign(new Tally(), counts)
}

export function owner(service: string, pid = 1, more: Partial<Owner> = {}): Owner {
  const executable = service.replace(/^.*\//, '')
  return { service, executable, pid, containerId: undefined, systemdUnit: undefined, ...more }
}

export function openConnection(more: Partial<OpenConnection> = {}): OpenConnection {
  return {
    flow: {
      process: { pid: 1, startTime: 1n, cgroupId: 0n },
      netns: 1,
      transport: 'tcp',
      networkType: 'ipv4',
      role: 'client',
      servicePort: 443,
      remoteAddress: '192.0.2.7',
      isSameHost: false,
      ...unpinned,
    },
    localAddress: '10.0.0.1',
    localPort: 40_000,
    remotePort: 443,
    state: 'established',
    ageNs: 12e9,
    isAdopted: false,
    bytesTx: 1_000,
    bytesRx: 2_000,
    pktsTx: 10,
    pktsRetr: 0,
    allBytesTx: 5_000,
    allBytesRx: 6_000,
    srttUs: 250,
    ...more,
  }
}

/** An empty interval of two seconds, but for what is given. */
export function reading(more: Partial<Reading> = {}): Reading {
  const rest = Object.fromEntries(groupings.map((by) => [by, { rows: 0, tally: tally() }]))
  return {
    host: 'host-1',
    source: 'ebpf',
    endMs: noon,
    seconds: 2,
    total: tally(),
    rejected: 0,
    lost: 0,
    processes: [],
    connections: [],
    peers: [],
    listeners: [],
    rest: rest as Reading['rest'],
    ended: tally(),
    ...more,
  }
}

export function stateOf(by: Grouping, more: Partial<State> = {}): State {
  const sorts = Object.fromEntries(
    groupings.map((one) => [one, { key: views[one].sortKeys[0] ?? '', isReversed: false }]),
  )
  return {
    by,
    sorts: sorts as State['sorts'],
    filter: '',
    isTyping: false,
    isPaused: false,
    isHelpShown: false,
    from: 0,
    hasQuit: false,
    ...more,
  }
}

/** A host with names as they are met, and as nobody should meet them. */
export function busyReading(): Reading {
  const web = owner('shop/web-frontend', 812, { containerId: '0123456789abcdef'.repeat(4) })
  const database = owner('postgresql', 4_194_304, { systemdUnit: 'postgresql@16-main.service' })
  const hostile = owner('\u{1b}[2J\u{7}evil\r\nname', 31)
  const wide = owner('注文サービス🚀受付🚀🚀', 32)
  const unknown = owner('(unknown)', 0)
  const counts = {
    open: 12,
    opened: 2_469,
    failed: 3,
    bytesTx: 98_765_432,
    bytesRx: 1_234_567,
    pktsTx: 70_000,
    pktsRetr: 4_200,
    rttCount: 4,
    rttSumUs: 10_000,
    rttMaxUs: 4_700,
  }
  const rtt = { rttCount: 1, rttSumUs: 31, rttMaxUs: 31 }
  const v6 = {
    ...openConnection().flow,
    remoteAddress: '2001:db8:1234:5678:9abc:def0:1234:5678',
    networkType: 'ipv6' as const,
  }
  return reading({
    total: tally({ ...counts, open: 1_234_567 }),
    rejected: 7,
    processes: [
      { owner: hostile, tally: tally({ open: 1, bytesTx: 1 }) },
      { owner: web, tally: tally(counts) },
      { owner: wide, tally: tally({ open: 2, bytesRx: 5_000, ...rtt }) },
      { owner: database, tally: tally({ open: 100, bytesTx: 700_000, bytesRx: 800, ...rtt }) },
      { owner: unknown, tally: tally({ failed: 2 }) },
    ],
    connections: [
      {
        owner: web,
        peerService: 'shop/orders\u{1b}[2J',
        connection: openConnection({ pktsRetr: 1 }),
      },
      {
        owner: database,
        connection: openConnection({
          flow: v6,
          localAddress: 'fe80::1234:5678:9abc:def0',
          isAdopted: true,
          ageNs: 59 * 60e9,
          state: 'close-wait',
          bytesTx: 9_000_000,
          srttUs: -1,
        }),
      },
      { owner: hostile, connection: openConnection({ bytesTx: 0, bytesRx: 0, ageNs: 1e15 }) },
    ],
    peers: [
      { role: 'client', port: 443, address: '192.0.2.7', tally: tally(counts) },
      { role: 'unknown', port: 0, address: v6.remoteAddress, tally: tally({ open: 1 }) },
    ],
    listeners: [
      {
        owner: web,
        netns: 1,
        address: '0.0.0.0',
        port: 8080,
        sockets: 4,
        backlog: 128,
        backlogLimit: 128,
        overflows: 11,
        open: 5,
      },
      {
        owner: database,
        netns: 1,
        address: '::',
        port: 5432,
        sockets: 1,
        backlog: 0,
        backlogLimit: 4_096,
        overflows: 0,
        open: 99,
      },
    ],
    ended: tally({ bytesTx: 2_000, closed: 3 }),
  })
}
