import { describe, expect, test } from 'vitest'
import { events } from '../../src/generated/events.ts'
import type { LogRecord } from '../../src/model/logs.ts'
import { inetDiagRecordAbsences } from '../../src/source/absences.ts'
import { createNamespace } from '../support/netns.ts'
import { Observed, type SourceName, sourceNames } from '../support/observed.ts'
import {
  connectPair,
  exchangeQuietly,
  startPair,
  startTraffic,
  type TcpInfo,
} from '../support/traffic.ts'

type Attributes = Record<string, string | number | boolean>
type Role = 'client' | 'server'

const sent = { client: 300_000, server: 70_000 }
const { attributes: catalogue } = events['nettracer.connection']

/** Who the other side is: told by other sources than the kernel's sockets, where they know. */
const ofPeers = /^(nettracer\.peer\.k8s|(client|server)\.(service|as|geo))\./

/** What a record must have, as far as absences.ts does not say that the source may lack it. */
function expectRecord(source: SourceName, record: LogRecord, expected: Attributes): void {
  const told = { ...record.attributes }
  const mayLack = (name: string) =>
    source === 'inet_diag' && inetDiagRecordAbsences.some((one) => one === name)
  const wanted = Object.entries(expected).filter(([name]) => name in told || !mayLack(name))
  expect(told).toMatchObject(Object.fromEntries(wanted))
}

/** What an attribute that has no exact value must at least have: that it is there. */
function expectThere(source: SourceName, record: LogRecord, names: readonly string[]): void {
  const told = Object.keys(record.attributes ?? {})
  const absent = names.filter((name) => !told.includes(name))
  const allowed = source === 'inet_diag' ? inetDiagRecordAbsences : []
  expect(absent.filter((name) => !allowed.some((one) => one === name))).toEqual([])
}

function figures(role: Role, info: TcpInfo): Attributes {
  return {
    'nettracer.role': role,
    'nettracer.bytes_tx': sent[role],
    'nettracer.bytes_rx': sent[role === 'client' ? 'server' : 'client'],
    'nettracer.pkts_retr': info.totalRetrans,
    'nettracer.pkts_retr_syn': 0,
    'nettracer.rtt_min': info.minRtt / 1e3,
  }
}

async function exchanged(source: SourceName) {
  const namespace = await createNamespace()
  const pair = await startPair({ from: namespace })
  const seen = await Observed.start(source)
  await connectPair(pair)
  const info = await exchangeQuietly(pair, sent)
  const clientPort = await pair.client.run<number>('port_of(s)')
  await seen.collect()
  const { port } = pair
  const ports = (role: Role): Attributes => ({
    'network.local.port': role === 'client' ? clientPort : port,
    'network.peer.port': role === 'client' ? port : clientPort,
    'network.local.address': '127.0.0.1',
    'network.peer.address': '127.0.0.1',
    'client.port': clientPort,
    'server.port': port,
    'nettracer.netns': namespace.inode,
  })
  const both = async (): Promise<Record<Role, LogRecord>> => {
    await seen.collectUntil(() => seen.records(port).length === 2)
    const of = (role: Role) =>
      seen.records(port).find(({ attributes }) => attributes?.['nettracer.role'] === role)
    return { client: of('client') as LogRecord, server: of('server') as LogRecord }
  }
  const common = (role: Role): Attributes => ({ ...figures(role, info[role]), ...ports(role) })
  return { pair, seen, common, both }
}

describe.each(sourceNames)('%s', (source) => {
  test('closed in order: who closed, with FINs and figures', async () => {
    const { pair, common, both } = await exchanged(source)
    await pair.client.run('s.close()')
    await pair.server.run('receive(c); c.close()')
    const { client, server } = await both()
    const noResets = { 'nettracer.rst_tx': false, 'nettracer.rst_rx': false }
    expectRecord(source, client, {
      ...common('client'),
      ...noResets,
      'nettracer.close.reason': 'local_fin',
      'nettracer.fin_tx': true,
    })
    expectRecord(source, server, {
      ...common('server'),
      ...noResets,
      'nettracer.close.reason': 'remote_fin',
      'nettracer.fin_tx': true,
      'nettracer.fin_rx': true,
    })
    const notOfFailures = new Set(['error.type', 'nettracer.errno', 'nettracer.connection.adopted'])
    const whole = catalogue.filter((name) => !notOfFailures.has(name) && !ofPeers.test(name))
    expectThere(source, client, whole)
    expectThere(
      source,
      server,
      whole.filter((name) => name !== 'nettracer.connect.duration'),
    )
    expect([client.severity, server.severity]).toEqual(['INFO', 'INFO'])
  })

  test('aborted: by whom, where that can be told', async () => {
    const { pair, common, both } = await exchanged(source)
    await pair.client.run('reset(s)')
    await pair.server.run('until(lambda: tcp_info(c)["state"] == 7); c.close()')
    const { client, server } = await both()
    expectRecord(source, client, {
      ...common('client'),
      'nettracer.close.reason': 'local_reset',
      'nettracer.rst_tx': true,
      'nettracer.fin_tx': false,
    })
    expectRecord(source, server, {
      ...common('server'),
      'nettracer.close.reason': source === 'ebpf' ? 'remote_reset' : 'error',
      'nettracer.rst_rx': true,
      'nettracer.errno': 'ECONNRESET',
    })
    expect([client.severity, server.severity]).toEqual(['WARN', 'WARN'])
  })

  test('an attempt that is refused', async () => {
    const nobody = 10_000 + (process.pid % 20_000)
    const client = startTraffic(await createNamespace())
    const seen = await Observed.start(source)
    await client.run(`q = begin_connect('127.0.0.1', ${nobody})`, 'time.sleep(0.1)', 'q.close()')
    await seen.collectUntil(() => seen.records(nobody).length === 1)
    const [record] = seen.records(nobody)
    expect(record?.severity).toBe('WARN')
    expectRecord(source, record as LogRecord, {
      'error.type': 'refused',
      'nettracer.role': 'client',
      'nettracer.bytes_tx': 0,
      'nettracer.bytes_rx': 0,
      'nettracer.pkts_tx': 1,
      'nettracer.pkts_retr': 0,
      'nettracer.errno': 'ECONNREFUSED',
      'nettracer.fin_tx': false,
      'nettracer.rst_rx': true,
    })
  })

  test('of a connection that is older than the agent it is said, with what it did in all', async () => {
    const pair = await startPair({ from: await createNamespace() })
    await connectPair(pair)
    await exchangeQuietly(pair, sent)
    const seen = await Observed.start(source)
    await pair.client.run('s.close()')
    await pair.server.run('receive(c); c.close()')
    await seen.collectUntil(() => seen.records(pair.port).length === 2)
    for (const record of seen.records(pair.port)) {
      const role = record.attributes?.['nettracer.role'] as Role
      expectRecord(source, record, {
        'nettracer.connection.adopted': true,
        'nettracer.bytes_tx': sent[role],
      })
      expect(record.attributes).not.toHaveProperty(['nettracer.connection.start_time'])
    }
  })
})
