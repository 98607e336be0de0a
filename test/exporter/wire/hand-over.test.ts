import { AggregationTemporality } from '@opentelemetry/sdk-metrics'
import { expect, test } from 'vitest'
import { HandOver } from '../../../src/exporter/wire/hand-over.ts'
import { HeldMetrics } from '../../../src/model/held-metrics.ts'
import { metricsSignal } from '../../../src/model/signal.ts'
import { manyPoints, metricsOf, point, resource, sum } from '../../support/metrics.ts'

const points = (count: number) => metricsOf(resource([manyPoints(count)]))

function handOver(maxItems: number, work: (points: number) => Promise<void>) {
  const dropped: number[] = []
  const failed: number[] = []
  const door = new HandOver({
    signal: metricsSignal,
    maxItems,
    work: (metrics) => work(metrics.points),
    onDropped: (count) => dropped.push(count),
    onFailed: (count) => failed.push(count),
  })
  return { door, dropped, failed }
}

test('metrics are worked on one by one, in order, outside of the turn that offered them', async () => {
  const done: number[] = []
  let running = 0
  const { door } = handOver(100, async (count) => {
    running += 1
    expect(running).toBe(1)
    await new Promise(setImmediate)
    running -= 1
    done.push(count)
  })
  door.offer(points(1))
  door.offer(points(2))
  door.offer(points(3))
  expect(running).toBe(0)
  await door.idle()
  expect(done).toEqual([1, 2, 3])
})

test('what does not fit drops the oldest that wait, and counts them', async () => {
  const done: number[] = []
  const { door, dropped } = handOver(10, async (count) => void done.push(count))
  for (const count of [4, 5, 6, 3]) door.offer(points(count))
  await door.idle()
  expect(dropped).toEqual([4, 5])
  expect(done).toEqual([6, 3])
})

test('metrics that alone are more than the limit are still taken', async () => {
  const done: number[] = []
  const { door, dropped } = handOver(10, async (count) => void done.push(count))
  door.offer(points(50))
  await door.idle()
  expect([done, dropped]).toEqual([[50], []])
})

test('work that throws is reported and the next goes on', async () => {
  const done: number[] = []
  const { door, failed } = handOver(100, async (count) => {
    if (count === 1) throw new Error('no')
    done.push(count)
  })
  door.offer(points(1))
  door.offer(points(2))
  await door.idle()
  expect([done, failed]).toEqual([[2], [1]])
})

test('it has caught up when all that was offered is worked off', async () => {
  const done: number[] = []
  const { door } = handOver(100, async (count) => {
    await new Promise(setImmediate)
    done.push(count)
  })
  await door.caughtUp()
  door.offer(points(1))
  door.offer(points(2))
  await door.caughtUp()
  expect(done).toEqual([1, 2])
})

test('nobody waits long for work that waits itself, and then not again', async () => {
  let goOn: (() => void) | undefined
  const { door } = handOver(100, async () => {
    await new Promise<void>((resolve) => {
      goOn = resolve
    })
  })
  door.offer(points(1))
  await door.caughtUp()
  let turns = 0
  const counting = setInterval(() => {
    turns += 1
  }, 1)
  await door.caughtUp()
  clearInterval(counting)
  expect(turns).toBe(0)
  goOn?.()
  await door.idle()
})

test('it works again after it was idle', async () => {
  const done: number[] = []
  const { door } = handOver(100, async (count) => void done.push(count))
  door.offer(points(1))
  await door.idle()
  door.offer(points(2))
  await door.idle()
  expect(done).toEqual([1, 2])
})

test('with a hold nothing that waits is dropped: it is put together, in order, and comes first', async () => {
  let isStalled = true
  let goOn = () => {}
  const gate = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const done: number[][] = []
  const dropped: number[] = []
  const onDropped = (count: number) => dropped.push(count)
  const door = new HandOver({
    signal: metricsSignal,
    maxItems: 3,
    work: async (metrics) => {
      await gate
      done.push(
        metrics.resourceMetrics.flatMap(({ scopeMetrics }) =>
          scopeMetrics.flatMap((scope) =>
            scope.metrics.flatMap(({ dataPoints }) => dataPoints.map(({ value }) => Number(value))),
          ),
        ),
      )
    },
    onDropped,
    onFailed: () => {},
    hold: new HeldMetrics({ maxPoints: 3, onDropped, onSuperseded: () => {} }),
    isStalled: () => isStalled,
  })
  const growth = (value: number) =>
    metricsOf(resource([sum([point(value)], { temporality: AggregationTemporality.DELTA })]))
  door.offer(growth(1))
  await new Promise(setImmediate)
  for (const value of [2, 3, 4]) door.offer(growth(value))
  isStalled = false
  door.offer(growth(5))
  goOn()
  await door.idle()
  expect([done, dropped]).toEqual([[[1], [9], [5]], []])
})
