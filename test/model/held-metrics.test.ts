import { AggregationTemporality, type DataPoint } from '@opentelemetry/sdk-metrics'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HeldMetrics } from '../../src/model/held-metrics.ts'
import type { Metrics } from '../../src/model/metrics.ts'
import { defaultSelection } from '../../src/series/index.ts'
import { metricsNamed, pointsOf, valuesOf } from '../series/support.ts'
import { amountOf, events, World } from '../series/world.ts'
import { ended, gauge, histogram, metricsOf, point, resource, sum } from '../support/metrics.ts'

function holding(maxPoints = 1_000_000) {
  const dropped: number[] = []
  const superseded: number[] = []
  const hold = new HeldMetrics({
    maxPoints,
    onDropped: (points) => dropped.push(points),
    onSuperseded: (points) => superseded.push(points),
  })
  return { hold, dropped, superseded }
}

const delta = { temporality: AggregationTemporality.DELTA }

test('growth that waits is added up, from the first beginning to the last end', () => {
  const { hold, superseded } = holding()
  const later: DataPoint<number> = {
    ...point(5, { a: 1, b: 'x' }),
    startTime: [2e9, 0],
    endTime: [2e9 + 10, 0],
  }
  hold.add(metricsOf(resource([sum([point(3, { b: 'x', a: 1 }), point(1)], delta)])))
  hold.add(metricsOf(resource([sum([later, point(1, { a: 2 })], delta)])))
  expect(hold.points).toBe(3)
  const taken = hold.take()
  expect(taken?.points).toBe(3)
  const points: DataPoint<unknown>[] = []
  for (const { metric } of metricsNamed(taken, 'sum')) points.push(...metric.dataPoints)
  expect(points.map(({ value }) => value)).toEqual([8, 1, 1])
  expect(points[0]).toMatchObject({ startTime: point(0).startTime, endTime: [2e9 + 10, 0] })
  expect(superseded).toEqual([])
  expect(hold.take()).toBeUndefined()
})

test('of gauges and totals the newest stays, and the others are counted', () => {
  const { hold, superseded } = holding()
  for (const value of [1, 2, 3]) {
    hold.add(metricsOf(resource([gauge([point(value)]), sum([point(value)])])))
  }
  const taken = hold.take()
  expect(valuesOf(taken, 'gauge')).toEqual([3])
  expect(valuesOf(taken, 'sum')).toEqual([3])
  expect(superseded).toEqual([1, 1, 1, 1])
})

test('growth is kept when its series says that it has ended', () => {
  const { hold } = holding()
  for (const one of [point(1), ended(0), point(2)]) {
    hold.add(metricsOf(resource([sum([one], delta)])))
  }
  expect(valuesOf(hold.take(), 'sum')).toEqual([3])
})

test('resources, metrics and temporalities that differ stay apart', () => {
  const { hold } = holding()
  for (const name of ['a', 'b']) {
    hold.add(metricsOf(resource([sum([point(1)], delta)], { name })))
    hold.add(metricsOf(resource([sum([point(1)], { ...delta, name: 'other' })], { name })))
    hold.add(metricsOf(resource([sum([point(1)])], { name })))
  }
  expect(hold.points).toBe(6)
})

test('growth in buckets of bounds that may differ waits point by point', () => {
  const { hold } = holding()
  const value = { buckets: { boundaries: [1], counts: [1, 0] }, count: 1, sum: 0.5 }
  const one = metricsOf(resource([histogram([point(value)], delta)]))
  hold.add(one)
  hold.add(one)
  expect(hold.points).toBe(2)
  expect(valuesOf(hold.take(), 'histogram')).toEqual([value, value])
})

test('more series than can be held are dropped and counted; those held go on growing', () => {
  const { hold, dropped } = holding(2)
  const three = metricsOf(
    resource([sum([point(1, { a: 1 }), point(1, { a: 2 }), point(1, { a: 3 })], delta)]),
  )
  hold.add(three)
  hold.add(three)
  expect(dropped).toEqual([1, 1])
  expect(valuesOf(hold.take(), 'sum')).toEqual([2, 2])
})

test('resources that come when all room is taken are dropped whole, and leave nothing', () => {
  const { hold, dropped } = holding(2)
  for (const name of ['a', 'b', 'c', 'd']) {
    hold.add(metricsOf(resource([sum([point(1), point(1, { a: 2 })], delta)], { name })))
  }
  expect(dropped).toEqual([2, 2, 2])
  expect(hold.take()?.resourceMetrics.map((one) => one.resource.attributes)).toEqual([
    { name: 'a' },
  ])
})

test('whatever waits however long: what went on and what is held is the truth', () => {
  const names = ['nettracer.bytes_tx', 'nettracer.rtt', 'nettracer.connections.closed'] as const
  const property = fc.property(events, fc.array(fc.boolean(), { minLength: 1 }), (all, goesOn) => {
    const world = new World(defaultSelection(), 20)
    const { hold, dropped } = holding()
    const sums = new Map<string, number>()
    const ends = new Map<string, number>()
    const send = (metrics: Metrics | undefined) => {
      for (const name of names) {
        for (const one of pointsOf(metrics, name))
          sums.set(name, (sums.get(name) ?? 0) + amountOf(one))
      }
      for (const { resource: owner, metric } of metricsNamed(metrics, 'nettracer.bytes_tx')) {
        for (const { attributes, startTime, endTime } of metric.dataPoints) {
          const key = `${owner} ${JSON.stringify(attributes)}`
          expect(startTime[0]).toBeGreaterThanOrEqual(ends.get(key) ?? 0)
          expect(endTime[0]).toBeGreaterThan(startTime[0])
          ends.set(key, endTime[0])
        }
      }
    }
    let collections = 0
    const collect = (seconds: number) => {
      const metrics = world.collect(seconds).get('delta')
      if (metrics !== undefined) hold.add(metrics)
      if (goesOn[collections % goesOn.length] === true) send(hold.take())
      collections += 1
    }
    for (const one of all) {
      if (one.type === 'collection') collect(one.seconds)
      else world.happen(one)
    }
    collect(10)
    send(hold.take())
    expect(dropped).toEqual([])
    for (const name of names) expect(sums.get(name) ?? 0).toBe(world.told.get(name) ?? 0)
  })
  fc.assert(property, { numRuns: 60 })
})
