import { describe, expect, test } from 'vitest'
import type { AttributeName, MetricName } from '../../src/generated/metrics.ts'
import type { Temporality } from '../../src/model/metrics.ts'
import { defaultSelection, type SelectedMetric } from '../../src/series/index.ts'
import { flow, increment, listener, rejection, signals } from '../support/increment.ts'
import { at, pointsOf, store } from './support.ts'

/** One metric, by the attributes given besides its role. */
function only(name: MetricName, ...attributes: AttributeName[]): { metrics: SelectedMetric[] } {
  return { metrics: [{ name, attributes: new Set(['nettracer.role', ...attributes] as const) }] }
}

const limited = signals({
  limitedNetworkUs: 1_500_000,
  limitedReceiverUs: 250_000,
  limitedSenderUs: 4_000,
})

describe('nettracer.send.limited', () => {
  test('is in seconds, by limit', () => {
    const series = store(only('nettracer.send.limited', 'nettracer.limit'))
    series.connection(increment({ signals: limited }))
    series.connection(increment({ signals: limited }))
    const points = pointsOf(series.collect(at(10)).get('cumulative'), 'nettracer.send.limited')
    expect(points.map(({ attributes, value }) => [attributes['nettracer.limit'], value])).toEqual([
      ['network', 3],
      ['receiver', 0.5],
      ['sender', 0.008],
    ])
  })

  test('is summed over its limits where the attribute is off', () => {
    const series = store(only('nettracer.send.limited'))
    series.connection(increment({ signals: limited }))
    const points = pointsOf(series.collect(at(10)).get('cumulative'), 'nettracer.send.limited')
    expect(points).toMatchObject([{ attributes: { 'nettracer.role': 'client' }, value: 1.754 }])
  })

  test('has no point where nothing was limited', () => {
    const series = store(only('nettracer.send.limited', 'nettracer.limit'))
    series.connection(increment({ bytesTx: 1, signals: signals({ timeouts: 1 }) }))
    expect(pointsOf(series.collect(at(10)).get('cumulative'), 'nettracer.send.limited')).toEqual([])
  })
})

test.each([
  { temporality: 'cumulative', values: [1.754, 3.508, 3.508] },
  { temporality: 'delta', values: [1.754, 1.754, undefined] },
] as const)('side columns have $temporality temporality', ({ temporality, values }) => {
  const series = store({
    ...only('nettracer.send.limited'),
    temporalities: new Set<Temporality>([temporality]),
  })
  const value = (seconds: number) =>
    pointsOf(series.collect(at(seconds)).get(temporality), 'nettracer.send.limited')[0]?.value
  series.connection(increment({ signals: limited }))
  const first = value(10)
  series.connection(increment({ signals: limited }))
  expect([first, value(20), value(30)]).toEqual(values)
})

test('a side row that is used again begins at 0', () => {
  const series = store({ ...only('nettracer.send.limited'), expirationMs: 1_000 })
  const total = (seconds: number) =>
    pointsOf(series.collect(at(seconds)).get('cumulative'), 'nettracer.send.limited')[0]?.value
  series.connection(increment({ signals: limited }))
  // Reported, ended, reported once more, forgotten.
  expect([total(10), total(20), total(30)]).toEqual([1.754, 1.754, undefined])
  series.connection(increment({ signals: signals({ limitedSenderUs: 1_000_000 }) }))
  expect(total(40)).toBe(1)
})

test('side columns of what does not fit the limit are in the overflow', () => {
  const series = store({ ...only('nettracer.send.limited'), limit: 0 })
  series.connection(increment({ signals: limited }))
  expect(
    pointsOf(series.collect(at(10)).get('cumulative'), 'nettracer.send.limited'),
  ).toMatchObject([{ attributes: { 'otel.metric.overflow': true }, value: 1.754 }])
})

/** Values by those attributes of a point that are not its role. */
function byOwn(points: ReturnType<typeof pointsOf>, ...names: AttributeName[]) {
  return Object.fromEntries(
    points.map(({ attributes, value }) => [names.map((name) => attributes[name]).join(' '), value]),
  )
}

describe('nettracer.pkts_retr by cause', () => {
  const lossy = () =>
    increment({
      opened: 1,
      pktsRetr: 10,
      pktsRetrSyn: 1,
      signals: signals({ retrFast: 4, retrTimeout: 3, retrTailProbe: 1, retrOther: 1 }),
    })

  test('has a point for each cause, and their sum is the whole', () => {
    const series = store(only('nettracer.pkts_retr', 'nettracer.retransmission.cause'))
    series.connection(lossy())
    const points = pointsOf(series.collect(at(10)).get('cumulative'), 'nettracer.pkts_retr')
    expect(byOwn(points, 'nettracer.retransmission.cause')).toEqual({
      syn: 1,
      fast: 4,
      timeout: 3,
      tail_loss_probe: 1,
      other: 1,
    })
  })

  test('is one point where the attribute is off, 0 from the first connection on', () => {
    const series = store(only('nettracer.pkts_retr'))
    const value = (seconds: number) =>
      pointsOf(series.collect(at(seconds)).get('cumulative'), 'nettracer.pkts_retr')[0]?.value
    series.connection(increment({ opened: 1 }))
    expect(value(10)).toBe(0)
    series.connection(lossy())
    expect(value(20)).toBe(10)
  })

  test('is off until it is asked for', () => {
    const selected = defaultSelection().find(({ name }) => name === 'nettracer.pkts_retr')
    expect(selected?.attributes).toContain('nettracer.role')
    expect(selected?.attributes).not.toContain('nettracer.retransmission.cause')
  })
})

describe('nettracer.tcp.flags', () => {
  function reportAll(...attributes: AttributeName[]) {
    const series = store(only('nettracer.tcp.flags', ...attributes))
    series.connection(
      increment({ attempts: 1, pktsRetrSyn: 2, opened: 1, finsTx: 2, finsRx: 1, resetsRx: 3 }),
    )
    const server = flow({ role: 'server', servicePort: 80 })
    series.connection(increment({ flow: server, opened: 1, finsTx: 1, handedOver: 1 }))
    series.listener(listener({ synAcksRetransmitted: 4 }))
    series.rejection(rejection({ rejects: 5, resets: 6 }))
    return pointsOf(series.collect(at(10)).get('cumulative'), 'nettracer.tcp.flags')
  }

  test('are told by flag and direction, for clients, servers and refused SYNs', () => {
    const points = reportAll('nettracer.tcp.flag', 'network.io.direction')
    expect(byOwn(points, 'nettracer.role', 'nettracer.tcp.flag', 'network.io.direction')).toEqual({
      'client syn transmit': 3,
      'client syn_ack receive': 1,
      'client fin transmit': 2,
      'client fin receive': 1,
      'client rst receive': 3,
      'server syn receive': 1,
      'server syn_ack transmit': 5,
      'server fin transmit': 1,
      'server fin receive': 1,
      ' syn receive': 5,
      ' rst transmit': 6,
    })
  })

  test('are summed over the attribute that is off', () => {
    expect(byOwn(reportAll('nettracer.tcp.flag'), 'nettracer.role', 'nettracer.tcp.flag')).toEqual({
      'client syn': 3,
      'client syn_ack': 1,
      'client fin': 3,
      'client rst': 3,
      'server syn': 1,
      'server syn_ack': 5,
      'server fin': 2,
      ' syn': 5,
      ' rst': 6,
    })
  })
})
