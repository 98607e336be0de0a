import { expect, test } from 'vitest'
import type { Flow } from '../../src/connection/flow.ts'
import { defaultSelection } from '../../src/series/index.ts'
import { flow, increment, listener } from '../support/increment.ts'
import { at, pointsOf, store, valuesOf } from './support.ts'

const overflow = { 'otel.metric.overflow': true }

function peer(number: number): Flow {
  return flow({ remoteAddress: `192.0.2.${number}` })
}

function peersOf(points: ReturnType<typeof pointsOf>): string[] {
  return points
    .map(({ attributes }) => JSON.stringify(attributes['network.peer.address'] ?? 'overflow'))
    .sort()
}

function sorted(values: readonly unknown[]): number[] {
  return values.map(Number).sort((one, other) => one - other)
}

test('what comes after the limit is one series under the host', () => {
  const series = store({ limit: 2 })
  for (const number of [1, 2, 3, 4]) {
    series.connection(increment({ flow: peer(number), bytesTx: number }))
  }
  // Equal weights: nobody gives its place away.
  const points = pointsOf(series.collect(at(10)).get('cumulative'), 'nettracer.bytes_rx')
  expect(points).toHaveLength(3)
  expect(points.filter(({ attributes }) => 'otel.metric.overflow' in attributes)).toMatchObject([
    { resource: '{"service.name":"host"}', attributes: overflow },
  ])
  expect(series.stats()).toMatchObject({ active: 2, limit: 2, overflowed: 2 })
})

test('reasons stay apart in the overflow', () => {
  const series = store({ limit: 1 })
  series.connection(increment({ flow: peer(1), bytesTx: 1_000 }))
  for (const closeReason of [1, 4]) {
    series.connection(increment({ flow: peer(2), closed: 1, closeReason }))
  }
  const points = pointsOf(series.collect(at(10)).get('cumulative'), 'nettracer.connections.closed')
  expect(points.map(({ attributes }) => attributes)).toEqual([
    { ...overflow, 'nettracer.close.reason': 'local_fin' },
    { ...overflow, 'nettracer.close.reason': 'remote_reset' },
  ])
})

test('a heavy one takes the place of the lightest, which is reported once more', () => {
  const series = store({ limit: 2 })
  const [light, middle, heavy] = [peer(1), peer(2), peer(3)]
  const move = () => {
    series.connection(increment({ flow: light, bytesTx: 1, active: 1, opened: 1 }))
    series.connection(increment({ flow: middle, bytesTx: 1_000, active: 1, opened: 1 }))
    series.connection(increment({ flow: heavy, bytesTx: 9_000, active: 1, opened: 1 }))
  }
  move()
  const first = series.collect(at(10)).get('cumulative')
  const open = pointsOf(first, 'nettracer.connections.active')
  expect(peersOf(open)).toEqual(['"192.0.2.1"', '"192.0.2.2"', '"192.0.2.3"', '"overflow"'])
  expect(
    open.find(({ attributes }) => attributes['network.peer.address'] === '192.0.2.1')?.value,
  ).toBe(0)
  expect(series.stats().exchanged).toBe(1)

  move()
  const second = pointsOf(series.collect(at(20)).get('cumulative'), 'nettracer.bytes_tx')
  expect(peersOf(second)).toEqual(['"192.0.2.2"', '"192.0.2.3"', '"overflow"'])
  expect(sorted(second.map(({ value }) => value))).toEqual([2_000, 9_000, 9_001])
})

test('ends of connections find the series that their beginnings were moved to', () => {
  const series = store({ limit: 1 })
  const [light, heavy] = [peer(1), peer(2)]
  series.connection(increment({ flow: light, bytesTx: 1, active: 3, opened: 3 }))
  series.connection(increment({ flow: heavy, bytesTx: 9_000, active: 2, opened: 2 }))
  const first = series.collect(at(10)).get('cumulative')
  expect(sorted(valuesOf(first, 'nettracer.connections.active'))).toEqual([0, 2, 3])
  series.connection(increment({ flow: light, active: -3 }))
  series.connection(increment({ flow: heavy, active: -2 }))
  const second = series.collect(at(20)).get('cumulative')
  expect(valuesOf(second, 'nettracer.connections.active')).toEqual([0, 0])
  expect(series.stats().unmatched).toBe(0)
})

test('series of like weight do not take turns', () => {
  const series = store({ limit: 1 })
  for (let second = 10; second <= 100; second += 10) {
    series.connection(increment({ flow: peer(1), bytesTx: 1_000 }))
    series.connection(increment({ flow: peer(2), bytesTx: 1_500 }))
    series.collect(at(second))
  }
  expect(series.stats().exchanged).toBe(0)
})

test('a place that became free goes to the heaviest that waits', () => {
  const series = store({ limit: 1, expirationMs: 10_000 })
  const waiting = peer(2)
  series.connection(increment({ flow: peer(1), bytesTx: 1_000 }))
  series.connection(increment({ flow: waiting, bytesTx: 10 }))
  series.collect(at(10))
  series.connection(increment({ flow: waiting, bytesTx: 10 }))
  series.collect(at(20))
  series.connection(increment({ flow: waiting, bytesTx: 10 }))
  const points = pointsOf(series.collect(at(30)).get('cumulative'), 'nettracer.bytes_tx')
  expect(peersOf(points)).toEqual(['"192.0.2.2"', '"overflow"'])
  expect(sorted(points.map(({ value }) => value))).toEqual([10, 20])
})

test('a heavy one beyond those that are watched is found in time', () => {
  const series = store({ limit: 10 })
  const heavy = peer(60)
  const flows = [...Array.from({ length: 59 }, (_, number) => peer(number)), heavy]
  // One set is watched for ten that are kept: the first to ask in an interval.
  for (let second = 10; second <= 700; second += 10) {
    for (const one of flows) {
      series.connection(increment({ flow: one, bytesTx: one === heavy ? 100_000 : 1 }))
    }
    flows.push(...flows.splice(0, 1))
    series.collect(at(second))
  }
  const points = pointsOf(series.collect(at(710)).get('cumulative'), 'nettracer.bytes_tx')
  expect(peersOf(points)).toHaveLength(11)
  expect(peersOf(points)).toContain('"192.0.2.60"')
})

test('a listening socket is not pushed out by connections', () => {
  const series = store({ limit: 1 })
  const one = listener({ backlog: 2 })
  for (const second of [10, 20, 30]) {
    series.listener(one)
    for (const number of [1, 2, 3]) {
      series.connection(increment({ flow: peer(number), bytesTx: 1e6 }))
    }
    expect(
      pointsOf(series.collect(at(second)).get('cumulative'), 'nettracer.listen.backlog'),
    ).toMatchObject([{ attributes: { 'server.port': 80 }, value: 2 }])
  }
})

test.each([
  ['bytes', '"192.0.2.1"'],
  ['retransmissions', '"192.0.2.2"'],
  ['connections', '"192.0.2.3"'],
] as const)('ranked by %s, the one with the most of it is kept', (ranking, kept) => {
  const series = store({ limit: 100, ranking })
  // So many of like weight that those that are looked for come after the limit.
  for (let number = 10; number < 110; number += 1) {
    series.connection(increment({ flow: peer(number), bytesTx: 500, pktsRetr: 3, opened: 3 }))
  }
  for (let times = 0; times < 3; times += 1) {
    series.connection(increment({ flow: peer(1), bytesTx: 9_000 }))
    series.connection(increment({ flow: peer(2), pktsRetr: 90 }))
    series.connection(increment({ flow: peer(3), opened: 40, closed: 40, closeReason: 1 }))
    series.collect(at(10 * (times + 1)))
  }
  const special = new Set(['"192.0.2.1"', '"192.0.2.2"', '"192.0.2.3"'])
  series.connection(increment({ flow: peer(1), bytesTx: 1 }))
  series.connection(increment({ flow: peer(2), bytesTx: 1 }))
  series.connection(increment({ flow: peer(3), bytesTx: 1 }))
  const last = pointsOf(series.collect(at(40)).get('cumulative'), 'nettracer.bytes_tx')
  expect(peersOf(last).filter((name) => special.has(name))).toEqual([kept])
})

test('ranked by retransmissions or connections, a listening socket is kept', () => {
  for (const ranking of ['retransmissions', 'connections'] as const) {
    const series = store({ limit: 1, ranking })
    series.listener(listener())
    series.connection(increment({ flow: peer(1), pktsRetr: 1e6, opened: 1e6 }))
    series.collect(at(10))
    series.listener(listener())
    const points = pointsOf(series.collect(at(20)).get('cumulative'), 'nettracer.listen.backlog')
    expect(points.map(({ attributes }) => attributes)).not.toContainEqual(overflow)
  }
})

test('a metric may keep fewer series apart than others, the heaviest, and its sum is theirs', () => {
  const metrics = defaultSelection().map((selected) =>
    selected.name === 'nettracer.bytes_tx' ? { ...selected, limit: 2 } : selected,
  )
  const series = store({ metrics })
  const sums: number[] = []
  for (const seconds of [10, 20, 30]) {
    for (const number of [1, 2, 3, 4]) {
      series.connection(increment({ flow: peer(number), bytesTx: 10 ** number, pktsTx: number }))
    }
    const collected = series.collect(at(seconds)).get('cumulative')
    sums.push(
      sorted(valuesOf(collected, 'nettracer.bytes_tx')).reduce((sum, value) => sum + value, 0),
    )
  }
  // With what the two that gave their places away had counted.
  expect(sums[0]).toBe(11_110)
  for (const number of [1, 2, 3, 4]) {
    series.connection(increment({ flow: peer(number), bytesTx: 1, pktsTx: 1 }))
  }
  const last = series.collect(at(40)).get('cumulative')
  expect(peersOf(pointsOf(last, 'nettracer.bytes_tx'))).toEqual([
    '"192.0.2.3"',
    '"192.0.2.4"',
    '"overflow"',
  ])
  expect(peersOf(pointsOf(last, 'nettracer.pkts_tx'))).toEqual(
    [1, 2, 3, 4].map((number) => `"192.0.2.${number}"`),
  )
})
