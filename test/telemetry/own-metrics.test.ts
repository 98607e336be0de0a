import { resourceFromAttributes } from '@opentelemetry/resources'
import { AggregationTemporality, type ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { expect, test } from 'vitest'
import type { MetricsOutlet } from '../../src/model/component.ts'
import type { Metrics, Temporality } from '../../src/model/metrics.ts'
import { Log } from '../../src/telemetry/logger.ts'
import type { OwnLevel } from '../../src/telemetry/own-levels.ts'
import { OwnMetrics } from '../../src/telemetry/own-metrics.ts'
import { OwnMetricsReceiver } from '../../src/telemetry/own-metrics-receiver.ts'
import { observeProcess } from '../../src/telemetry/process-metrics.ts'
import { RuntimeMetrics } from '../../src/telemetry/runtime-metrics.ts'

const logger = new Log({ level: 'error', encoding: 'console', write: () => {} }).logger('test')

function valuesOf(metrics: ResourceMetrics | undefined): Record<string, unknown> {
  const all = metrics?.scopeMetrics.flatMap((scope) => scope.metrics) ?? []
  return Object.fromEntries(
    all.map((one) => [one.descriptor.name, one.dataPoints.map(({ value }) => value)]),
  )
}

test('each temporality is read for itself', async () => {
  const own = new OwnMetrics(() => resourceFromAttributes({ a: 'b' }), '1')
  const counter = own.meter().createCounter('c')
  const upDown = own.meter().createUpDownCounter('u')
  counter.add(3)
  upDown.add(3)
  expect(valuesOf(await own.collect('cumulative'))).toEqual({ c: [3], u: [3] })
  counter.add(4)
  upDown.add(4)
  expect(valuesOf(await own.collect('cumulative'))).toEqual({ c: [7], u: [7] })
  const delta = await own.collect('delta')
  expect(valuesOf(delta)).toEqual({ c: [7], u: [7] })
  expect(delta?.scopeMetrics[0]?.scope).toMatchObject({ name: 'otel-nettracer', version: '1' })
  counter.add(5)
  const next = await own.collect('delta')
  expect(valuesOf(next)).toMatchObject({ c: [5], u: [7] })
  expect(next?.scopeMetrics[0]?.metrics.map((one) => one.aggregationTemporality)).toEqual([
    AggregationTemporality.DELTA,
    AggregationTemporality.CUMULATIVE,
  ])
})

test('the process is measured', async () => {
  const own = new OwnMetrics(() => resourceFromAttributes({}), '1')
  observeProcess(own.meter())
  const values = valuesOf(await own.collect('cumulative'))
  expect(Object.keys(values).toSorted()).toEqual([
    'nettracer.exporter.cpu.time',
    'nettracer.exporter.memory.rss',
    'nettracer.exporter.uptime',
  ])
  expect(values['nettracer.exporter.cpu.time']).toEqual([expect.any(Number), expect.any(Number)])
})

test('own metrics go to each outlet in its temporality, once more at the end', async () => {
  const own = new OwnMetrics(() => resourceFromAttributes({ 'service.name': 'me' }), '1')
  const counter = own.meter().createCounter('c')
  const got = new Map<Temporality, Metrics[]>([
    ['cumulative', []],
    ['delta', []],
  ])
  const outlets = [...got].map(
    ([temporality, list]): MetricsOutlet => ({
      temporality,
      consumer: { consume: (metrics) => void list.push(metrics) },
    }),
  )
  const receiver = new OwnMetricsReceiver({
    metrics: own,
    logger,
    hasRun: () => true,
  })
  receiver.configure({ outlets, intervalMs: 3_600_000 })
  await receiver.start()
  counter.add(2)
  await receiver.shutdown()
  await receiver.shutdown()
  for (const list of got.values()) {
    expect(list).toHaveLength(1)
    expect(list[0]?.points).toBe(1)
    expect(list[0]?.resourceMetrics[0]?.resource.attributes).toEqual({ 'service.name': 'me' })
  }
})

test('an outlet that throws does not end the receiver', async () => {
  const own = new OwnMetrics(() => resourceFromAttributes({}), '1')
  const fail = (): void => {
    throw new Error('no')
  }
  const outlets: MetricsOutlet[] = [{ temporality: 'cumulative', consumer: { consume: fail } }]
  const receiver = new OwnMetricsReceiver({
    metrics: own,
    logger,
    hasRun: () => true,
  })
  receiver.configure({ outlets, intervalMs: 1000 })
  await receiver.start()
  await expect(receiver.shutdown()).resolves.toBeUndefined()
})

test('a service that never ran tells nothing of itself', async () => {
  const own = new OwnMetrics(() => resourceFromAttributes({}), '1')
  own.meter().createCounter('c').add(1)
  const got: Metrics[] = []
  const consumer = { consume: (metrics: Metrics): void => void got.push(metrics) }
  const outlets: MetricsOutlet[] = [{ temporality: 'cumulative', consumer }]
  const receiver = new OwnMetricsReceiver({ metrics: own, logger, hasRun: () => false })
  receiver.configure({ outlets, intervalMs: 3_600_000 })
  await receiver.start()
  await receiver.shutdown()

  expect(got).toEqual([])
})

test('levels tell different metrics, and attributes lie over those of the resource', async () => {
  const own = new OwnMetrics(() => resourceFromAttributes({ a: 'b', c: 'd' }), '1')
  for (const name of ['sent_points', 'records', 'memory.heap']) {
    own.meter().createCounter(`nettracer.exporter.${name}`).add(1)
  }
  const namesAt = async (level: OwnLevel) => {
    own.configure({ level, resource: { a: null, e: 5 } })
    const collected = await own.collect('cumulative')
    expect([undefined, { c: 'd', e: 5 }]).toContainEqual(collected?.resource.attributes)
    return collected?.scopeMetrics.flatMap(({ metrics }) =>
      metrics.map(({ descriptor }) => descriptor.name.replace('nettracer.exporter.', '')),
    )
  }
  expect(await namesAt('none')).toBeUndefined()
  expect(await namesAt('basic')).toEqual(['sent_points'])
  expect(await namesAt('normal')).toEqual(['sent_points', 'records'])
  expect(await namesAt('detailed')).toEqual(['sent_points', 'records', 'memory.heap'])
})

test('the runtime is measured while that is on', async () => {
  const own = new OwnMetrics(() => resourceFromAttributes({}), '1')
  own.configure({ level: 'detailed', resource: {} })
  const runtime = new RuntimeMetrics(own.meter())
  expect(valuesOf(await own.collect('delta'))).not.toHaveProperty([
    'nettracer.exporter.memory.heap',
  ])
  runtime.isOn = true
  await expect
    .poll(async () => Object.keys(valuesOf(await own.collect('cumulative'))))
    .toEqual(['nettracer.exporter.memory.heap', 'nettracer.exporter.event_loop.delay'])
  runtime.isOn = false
})
