import { AggregationTemporality } from '@opentelemetry/sdk-metrics'
import { describe, expect, test } from 'vitest'
import { type MetricName, metrics } from '../../src/generated/metrics.ts'
import type { Temporality } from '../../src/model/metrics.ts'
import { defaultSelection } from '../../src/series/index.ts'
import {
  flow,
  increment,
  listener,
  processKey,
  rejection,
  responses,
  signals,
} from '../support/increment.ts'
import { at, metricsNamed, namesOf, pointsOf, store, valuesOf } from './support.ts'

const delta = new Set<Temporality>(['delta'])
const both = new Set<Temporality>(['delta', 'cumulative'])

function only(...names: MetricName[]) {
  return defaultSelection().filter(({ name }) => names.includes(name))
}

describe('what a report gives', () => {
  test('every metric of the catalogue has a point when everything happened', () => {
    const all = Object.values(metrics).map(({ name, attributes }) => {
      return { name, attributes: new Set(attributes) }
    })
    const series = store({ metrics: all })
    series.connection(
      increment({
        bytesTx: 100,
        bytesRx: 50,
        pktsTx: 3,
        pktsRx: 2,
        pktsRetr: 1,
        pktsRetrSyn: 1,
        resetsTx: 1,
        drops: 1,
        resetsRx: 1,
        opened: 1,
        closed: 1,
        closeReason: 1,
        durationNs: 2e9,
        srttUs: 1_500,
        rttVarianceUs: 300,
        connectDurationNs: 4e6,
        acceptDurationNs: 50e6,
        signals: signals({
          limitedNetworkUs: 4_000,
          timeouts: 1,
          pktsRxOutOfOrder: 1,
          pktsSpurious: 1,
          pktsCe: 1,
          reorderings: 1,
          windowsClosedRx: 1,
        }),
      }),
    )
    series.connection(increment({ failed: 1, failureType: 1 }))
    series.listener(listener({ backlog: 3, overflows: 2, synAcksRetransmitted: 1 }))
    series.rejection(rejection({ rejects: 2, resets: 1 }))
    series.synCookies({ process: undefined, port: 0, sent: 1, received: 1, failed: 1 })
    series.responses(responses())
    expect(namesOf(series.collect(at(10)).get('cumulative'))).toEqual(Object.keys(metrics).sort())
  })

  test.each([
    ['nettracer.bytes_tx', 100],
    ['nettracer.bytes_rx', 50],
    ['nettracer.pkts_tx', 3],
    ['nettracer.pkts_rx', 2],
    ['nettracer.pkts_retr', 1],
    ['nettracer.retr_percentage', 25],
    ['nettracer.traffic', 120],
    ['nettracer.traffic_tx', 80],
    ['nettracer.traffic_rx', 40],
    ['nettracer.connections.active', 1],
    ['nettracer.connections.opened', 1],
    ['nettracer.rtt', expect.objectContaining({ count: 1, sum: 1.5, min: 1.5, max: 1.5 })],
    ['nettracer.rtt_variance', expect.objectContaining({ count: 1, sum: 0.3 })],
    ['nettracer.connect.duration', expect.objectContaining({ count: 1, sum: 0.004 })],
    ['nettracer.accept.duration', expect.objectContaining({ count: 1, sum: 0.05 })],
    ['nettracer.session.bytes_tx', expect.objectContaining({ count: 1, sum: 100 })],
  ])('%s of one connection in 10 s', (name, value) => {
    const series = store()
    series.connection(
      increment({
        bytesTx: 100,
        bytesRx: 50,
        pktsTx: 3,
        pktsRx: 2,
        pktsRetr: 1,
        opened: 1,
        active: 1,
        srttUs: 1_500,
        rttVarianceUs: 300,
        connectDurationNs: 4e6,
        acceptDurationNs: 50e6,
      }),
    )
    expect(valuesOf(series.collect(at(10)).get('cumulative'), name)).toEqual([value])
  })

  test('a point stands under the resource of its process with the attributes of its flow', () => {
    const series = store()
    series.connection(increment({ bytesTx: 1, flow: flow({ process: processKey(7) }) }))
    expect(pointsOf(series.collect(at(10)).get('cumulative'), 'nettracer.bytes_tx')).toEqual([
      {
        resource: '{"process.pid":7}',
        attributes: {
          'network.transport': 'tcp',
          'network.type': 'ipv4',
          'nettracer.role': 'client',
          'server.port': 443,
          'server.address': '192.0.2.1',
          'network.peer.address': '192.0.2.1',
          'nettracer.peer.scope': 'public',
        },
        value: 1,
        startTime: at(0).time,
      },
    ])
  })

  test('a server has no server.address, and an unknown role no server.port', () => {
    const series = store()
    series.connection(increment({ bytesTx: 1, flow: flow({ role: 'server' }) }))
    series.connection(increment({ bytesTx: 1, flow: flow({ role: 'unknown', servicePort: 0 }) }))
    const [server, unknown] = pointsOf(
      series.collect(at(10)).get('cumulative'),
      'nettracer.bytes_tx',
    )
    expect(Object.keys(server?.attributes ?? {})).not.toContain('server.address')
    expect(Object.keys(unknown?.attributes ?? {})).not.toContain('server.port')
  })

  test('a direction without payload is a value of 0', () => {
    const series = store()
    series.connection(increment({ bytesTx: 100, pktsTx: 1, pktsRx: 1 }))
    expect(
      valuesOf(series.collect(at(10)).get('cumulative'), 'nettracer.session.bytes_rx'),
    ).toEqual([expect.objectContaining({ count: 1, zeroCount: 1, sum: 0, min: 0, max: 0 })])
  })

  test.each([
    ['a hand-over to another process', { active: -1, srttUs: 10 }],
    ['a failed attempt', { failed: 1, failureType: 1, pktsTx: 1, srttUs: 10 }],
    ['a merged report', { isMerged: true, pktsTx: 9, bytesTx: 9, srttUs: 10, durationNs: 5 }],
  ])('%s gives no value of a single connection', (_, part) => {
    const series = store()
    series.connection(increment(part))
    const names = namesOf(series.collect(at(10)).get('cumulative'))
    expect(names).not.toContain('nettracer.session.bytes_tx')
    expect(names).not.toContain('nettracer.rtt')
    expect(names).not.toContain('nettracer.connection.duration')
  })

  test('a merged report counts', () => {
    const series = store()
    series.connection(
      increment({ isMerged: true, bytesTx: 500, opened: 7, closed: 7, closeReason: 1 }),
    )
    const collected = series.collect(at(10)).get('cumulative')
    expect(valuesOf(collected, 'nettracer.bytes_tx')).toEqual([500])
    expect(valuesOf(collected, 'nettracer.connections.closed')).toEqual([7])
  })

  test('ends and failures have a point for each reason met, the untold ones too', () => {
    const series = store()
    for (const closeReason of [1, 1, 5, 0]) series.connection(increment({ closed: 1, closeReason }))
    for (const failureType of [1, 7, 99]) series.connection(increment({ failed: 1, failureType }))
    const collected = series.collect(at(10)).get('cumulative')
    const closed = pointsOf(collected, 'nettracer.connections.closed')
    expect(
      closed.map((point) => [point.attributes['nettracer.close.reason'], point.value]),
    ).toEqual([
      ['local_fin', 2],
      ['timeout', 1],
      ['error', 1],
    ])
    const failed = pointsOf(collected, 'nettracer.connections.failed')
    expect(failed.map((point) => [point.attributes['error.type'], point.value])).toEqual([
      ['refused', 1],
      ['_OTHER', 2],
    ])
  })

  test('an attempt that failed makes no points of a connection', () => {
    const series = store()
    series.connection(increment({ failed: 1, failureType: 2, pktsTx: 3 }))
    expect(namesOf(series.collect(at(10)).get('cumulative'))).toEqual([
      'nettracer.connections.failed',
      'nettracer.pkts_tx',
      'nettracer.retr_percentage',
    ])
  })

  test('queues of all sockets of a process on a port are summed, and known only while they are there', () => {
    const series = store({
      metrics: only('nettracer.listen.backlog', 'nettracer.listen.backlog_limit'),
    })
    const one = listener({ backlog: 3, backlogLimit: 10 })
    series.listener(one)
    series.listener(listener({ backlog: 4, backlogLimit: 10 }))
    const first = series.collect(at(10)).get('cumulative')
    expect(valuesOf(first, 'nettracer.listen.backlog')).toEqual([7])
    expect(valuesOf(first, 'nettracer.listen.backlog_limit')).toEqual([20])
    series.listener(one)
    expect(valuesOf(series.collect(at(20)).get('cumulative'), 'nettracer.listen.backlog')).toEqual([
      3,
    ])
    expect(namesOf(series.collect(at(30)).get('cumulative'))).toEqual([])
  })

  test('SYN cookies stand under the only process that listens, else under the host', () => {
    const series = store({
      metrics: (
        ['nettracer.listen.syn_cookies', 'nettracer.listen.syn_cookies_failed'] as const
      ).map((name) => ({ name, attributes: new Set(metrics[name].attributes) })),
    })
    series.synCookies({ process: processKey(100), port: 80, sent: 5, received: 3, failed: 1 })
    series.synCookies({ process: undefined, port: 0, sent: 4, received: 0, failed: 0 })
    const collected = series.collect(at(10)).get('cumulative')
    const told = (name: string) =>
      pointsOf(collected, name).map(({ resource, attributes, value }) => [
        resource,
        attributes['server.port'],
        attributes['network.io.direction'],
        value,
      ])
    expect(told('nettracer.listen.syn_cookies')).toEqual([
      ['{"process.pid":100}', 80, 'transmit', 5],
      ['{"process.pid":100}', 80, 'receive', 3],
      ['{"service.name":"host"}', undefined, 'transmit', 4],
    ])
    expect(told('nettracer.listen.syn_cookies_failed')).toEqual([
      ['{"process.pid":100}', 80, undefined, 1],
    ])
  })

  test('refused attempts stand under the host, dropped ones under the process that listens', () => {
    const series = store({ metrics: only('nettracer.rejects') })
    series.listener(listener({ overflows: 2 }))
    series.rejection(rejection({ rejects: 3, port: 81 }))
    const points = pointsOf(series.collect(at(10)).get('cumulative'), 'nettracer.rejects')
    expect(
      points.map(({ resource, attributes, value }) => ({ resource, attributes, value })),
    ).toEqual([
      {
        resource: '{"process.pid":100}',
        attributes: {
          'network.transport': 'tcp',
          'network.type': 'ipv4',
          'server.port': 80,
          'nettracer.reject.reason': 'backlog',
        },
        value: 2,
      },
      {
        resource: '{"service.name":"host"}',
        attributes: {
          'network.transport': 'tcp',
          'network.type': 'ipv4',
          'server.port': 81,
          'nettracer.reject.reason': 'no_listener',
        },
        value: 3,
      },
    ])
  })
})

describe('temporality', () => {
  test('cumulative sums and histograms go on from the start of the series', () => {
    const series = store()
    const one = flow()
    series.connection(increment({ flow: one, bytesTx: 5, pktsTx: 1 }))
    series.collect(at(10))
    series.connection(increment({ flow: one, bytesTx: 7, pktsTx: 1 }))
    const second = series.collect(at(20)).get('cumulative')
    expect(pointsOf(second, 'nettracer.bytes_tx')).toMatchObject([
      { value: 12, startTime: at(0).time },
    ])
    expect(pointsOf(second, 'nettracer.session.bytes_tx')).toMatchObject([
      { value: { count: 2, sum: 12 }, startTime: at(0).time },
    ])
  })

  test('a series starts with the interval it is first seen in', () => {
    const series = store()
    series.collect(at(10))
    series.connection(increment({ bytesTx: 5 }))
    expect(pointsOf(series.collect(at(20)).get('cumulative'), 'nettracer.bytes_tx')).toMatchObject([
      { startTime: at(10).time },
    ])
  })

  test('delta sums and histograms are those of the interval, and absent if nothing grew', () => {
    const series = store({ temporalities: delta })
    const one = flow()
    series.connection(increment({ flow: one, bytesTx: 5, pktsTx: 1, opened: 1, active: 1 }))
    series.collect(at(10))
    series.connection(increment({ flow: one, bytesTx: 7, pktsTx: 1 }))
    const second = series.collect(at(20)).get('delta')
    expect(pointsOf(second, 'nettracer.bytes_tx')).toMatchObject([
      { value: 7, startTime: at(10).time },
    ])
    expect(valuesOf(second, 'nettracer.session.bytes_tx')).toMatchObject([{ count: 1, sum: 7 }])
    expect(namesOf(series.collect(at(30)).get('delta'))).toEqual([
      'nettracer.connections.active',
      'nettracer.traffic',
      'nettracer.traffic_rx',
      'nettracer.traffic_tx',
    ])
  })

  test('open connections are cumulative for those who prefer delta', () => {
    const series = store({ temporalities: delta })
    series.connection(increment({ active: 1, opened: 1 }))
    series.collect(at(10))
    const collected = series.collect(at(20)).get('delta')
    const [active] = metricsNamed(collected, 'nettracer.connections.active')
    expect(active?.metric).toMatchObject({
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      isMonotonic: false,
      dataPoints: [{ value: 1, startTime: at(0).time }],
    })
  })

  test('both at once do not disturb each other', () => {
    const series = store({ temporalities: both })
    const one = flow()
    for (const [second, bytesTx] of [
      [10, 5],
      [20, 7],
      [30, 0],
    ] as const) {
      if (bytesTx > 0) series.connection(increment({ flow: one, bytesTx, pktsTx: 1 }))
      const collected = series.collect(at(second))
      const expected = { 10: [5, 5], 20: [7, 12], 30: [undefined, 12] }[second]
      for (const [place, temporality] of (['delta', 'cumulative'] as const).entries()) {
        const metricsOf = collected.get(temporality)
        const sums = valuesOf(metricsOf, 'nettracer.session.bytes_tx').map((value) =>
          typeof value === 'number' ? value : value.sum,
        )
        const value = expected[place]
        expect(valuesOf(metricsOf, 'nettracer.bytes_tx')).toEqual(
          value === undefined ? [] : [value],
        )
        expect(sums).toEqual(value === undefined ? [] : [value])
      }
    }
  })

  test('rates are those of the real length of the interval', () => {
    const series = store({ metrics: only('nettracer.traffic') })
    const one = flow()
    series.connection(increment({ flow: one, bytesTx: 100 }))
    series.collect(at(10))
    series.connection(increment({ flow: one, bytesTx: 100 }))
    expect(valuesOf(series.collect(at(30)).get('cumulative'), 'nettracer.traffic')).toEqual([40])
    expect(valuesOf(series.collect(at(40)).get('cumulative'), 'nettracer.traffic')).toEqual([0])
  })
})

describe('attributes', () => {
  const without = (name: MetricName, ...off: string[]) =>
    only(name).map((selected) => ({
      ...selected,
      attributes: new Set([...selected.attributes].filter((one) => !off.includes(one))),
    }))

  test('one that is off is summed over', () => {
    const off = without('nettracer.bytes_tx', 'network.peer.address', 'server.address')
    const series = store({ metrics: [...off, ...only('nettracer.bytes_rx')] })
    series.connection(
      increment({ bytesTx: 1, bytesRx: 10, flow: flow({ remoteAddress: '192.0.2.1' }) }),
    )
    series.connection(
      increment({ bytesTx: 2, bytesRx: 20, flow: flow({ remoteAddress: '192.0.2.2' }) }),
    )
    const collected = series.collect(at(10)).get('cumulative')
    expect(valuesOf(collected, 'nettracer.bytes_tx')).toEqual([3])
    expect(valuesOf(collected, 'nettracer.bytes_rx')).toEqual([10, 20])
  })

  test('what was summed over stays when one of its parts ends', () => {
    const off = without('nettracer.bytes_tx', 'network.peer.address', 'server.address')
    const series = store({
      metrics: [...off, ...only('nettracer.bytes_rx')],
      expirationMs: 15_000,
    })
    const staying = flow({ remoteAddress: '192.0.2.2' })
    series.connection(
      increment({ bytesTx: 1, bytesRx: 1, flow: flow({ remoteAddress: '192.0.2.1' }) }),
    )
    for (const second of [10, 20, 30, 40]) {
      series.connection(increment({ bytesTx: 2, bytesRx: 2, flow: staying }))
      series.collect(at(second))
    }
    const collected = series.collect(at(50)).get('cumulative')
    expect(valuesOf(collected, 'nettracer.bytes_tx')).toEqual([9])
    expect(valuesOf(collected, 'nettracer.bytes_rx')).toEqual([8])
  })

  test('a split that is off is summed over', () => {
    const series = store({
      metrics: without('nettracer.connections.closed', 'nettracer.close.reason'),
    })
    for (const closeReason of [1, 2, 3]) series.connection(increment({ closed: 1, closeReason }))
    const points = pointsOf(
      series.collect(at(10)).get('cumulative'),
      'nettracer.connections.closed',
    )
    expect(points.map(({ value }) => value)).toEqual([3])
    expect(points[0]?.attributes).not.toHaveProperty('nettracer.close.reason')
  })

  test('reports of connections and of listening sockets that come to the same attributes are one point', () => {
    const series = store({
      metrics: [{ name: 'nettracer.pkts_retr_syn', attributes: new Set(['server.port']) }],
    })
    series.connection(
      increment({ pktsRetrSyn: 1, flow: flow({ role: 'server', servicePort: 80 }) }),
    )
    series.listener(listener({ synAcksRetransmitted: 2 }))
    expect(
      pointsOf(series.collect(at(10)).get('cumulative'), 'nettracer.pkts_retr_syn'),
    ).toMatchObject([{ attributes: { 'server.port': 80 }, value: 3 }])
  })

  test('a metric that is not selected is not reported', () => {
    const series = store({ metrics: only('nettracer.rtt') })
    series.connection(increment({ srttUs: 5, pktsTx: 1, bytesTx: 1 }))
    expect(namesOf(series.collect(at(10)).get('cumulative'))).toEqual(['nettracer.rtt'])
  })
})

describe('the end of a series', () => {
  test('comes when its process is gone: reported once more, then forgotten', () => {
    let isAlive = true
    const series = store({ isAlive: () => isAlive })
    const one = flow()
    series.connection(increment({ flow: one, bytesTx: 5 }))
    series.collect(at(10))
    isAlive = false
    series.connection(increment({ flow: one, bytesTx: 7 }))
    expect(valuesOf(series.collect(at(20)).get('cumulative'), 'nettracer.bytes_tx')).toEqual([12])
    expect(namesOf(series.collect(at(30)).get('cumulative'))).toEqual([])
    expect(series.stats().active).toBe(0)
  })

  test('waits for the last open connection', () => {
    const series = store({ isAlive: () => false })
    const one = flow()
    series.connection(increment({ flow: one, active: 1, opened: 1 }))
    series.collect(at(10))
    expect(
      valuesOf(series.collect(at(20)).get('cumulative'), 'nettracer.connections.active'),
    ).toEqual([1])
    series.connection(increment({ flow: one, active: -1, closed: 1, closeReason: 1 }))
    expect(
      valuesOf(series.collect(at(30)).get('cumulative'), 'nettracer.connections.active'),
    ).toEqual([0])
    expect(namesOf(series.collect(at(40)).get('cumulative'))).toEqual([])
  })

  test('comes after the expiration while the process lives, and not before', () => {
    const series = store({ expirationMs: 60_000 })
    series.connection(increment({ bytesTx: 5 }))
    series.collect(at(10))
    expect(valuesOf(series.collect(at(69)).get('cumulative'), 'nettracer.bytes_tx')).toEqual([5])
    expect(valuesOf(series.collect(at(70)).get('cumulative'), 'nettracer.bytes_tx')).toEqual([5])
    expect(namesOf(series.collect(at(80)).get('cumulative'))).toEqual([])
  })

  test('does not come for an idle series with an open connection', () => {
    const series = store({ expirationMs: 60_000 })
    series.connection(increment({ active: 1 }))
    series.collect(at(10))
    expect(
      valuesOf(series.collect(at(9_000)).get('cumulative'), 'nettracer.connections.active'),
    ).toEqual([1])
  })

  test('a flow that goes on begins a new series', () => {
    const series = store({ expirationMs: 60_000 })
    const one = flow()
    series.connection(increment({ flow: one, bytesTx: 5 }))
    series.collect(at(10))
    series.collect(at(100))
    series.connection(increment({ flow: one, bytesTx: 7 }))
    expect(pointsOf(series.collect(at(110)).get('cumulative'), 'nettracer.bytes_tx')).toMatchObject(
      [{ value: 7, startTime: at(100).time }],
    )
  })

  test('an end that was lost does not keep a series for ever, and one that comes late harms nothing', () => {
    const series = store({ expirationMs: 60_000, isAlive: () => false })
    const one = flow()
    series.connection(increment({ flow: one, active: 1, opened: 1 }))
    series.collect(at(10))
    expect(
      valuesOf(series.collect(at(80)).get('cumulative'), 'nettracer.connections.active'),
    ).toEqual([0])
    series.connection(increment({ flow: one, active: -1, closed: 1, closeReason: 1 }))
    expect(
      valuesOf(series.collect(at(90)).get('cumulative'), 'nettracer.connections.active'),
    ).toEqual([0])
    expect(series.stats().unmatched).toBe(0)
  })

  test('an end whose beginning nobody counted is counted as such', () => {
    const series = store()
    series.connection(increment({ active: -1 }))
    expect(
      valuesOf(series.collect(at(10)).get('cumulative'), 'nettracer.connections.active'),
    ).not.toContain(-1)
    expect(series.stats().unmatched).toBe(1)
  })

  test('an end reported before its beginning within an interval is none of these', () => {
    const series = store()
    const one = flow()
    series.connection(increment({ flow: one, active: -1 }))
    series.connection(increment({ flow: one, active: 1, isMerged: true }))
    expect(
      valuesOf(series.collect(at(10)).get('cumulative'), 'nettracer.connections.active'),
    ).toEqual([0])
    expect(series.stats().unmatched).toBe(0)
  })
})

test.each([
  { waits: [300, 1_500, 20], value: [1.5] },
  { waits: [0], value: [0] },
  { waits: [-1], value: [] },
])('the oldest wait of listeners with $waits ms is $value s', ({ waits, value }) => {
  const series = store({ metrics: only('nettracer.listen.oldest_wait') })
  for (const oldestWaitMs of waits) series.listener(listener({ oldestWaitMs }))
  const collected = series.collect(at(10)).get('cumulative')
  expect(valuesOf(collected, 'nettracer.listen.oldest_wait')).toEqual(value)
})
