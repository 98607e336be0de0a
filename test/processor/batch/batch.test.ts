import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Logs } from '../../../src/model/logs.ts'
import { countPoints, type Metrics } from '../../../src/model/metrics.ts'
import { logsSignal, metricsSignal } from '../../../src/model/signal.ts'
import { BatchProcessor } from '../../../src/processor/batch/batch.ts'
import { batchConfig } from '../../../src/processor/batch/config.ts'
import { logsOf, manyRecords, resourceLogs } from '../../support/logs.ts'
import { manyPoints, metricsOf, resource } from '../../support/metrics.ts'
import { recordsOfModel } from '../../support/otlp-logs.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function batching(config: object) {
  const batches: Metrics[] = []
  const consumer = { consume: (metrics: Metrics) => void batches.push(metrics) }
  return {
    batches,
    processor: new BatchProcessor(metricsSignal, batchConfig.parse(config), consumer),
  }
}

const points = (count: number) => metricsOf(resource([manyPoints(count)]))

test('points wait until there are enough', () => {
  const { batches, processor } = batching({ send_batch_size: 10 })
  processor.consume(points(4))
  expect(batches).toHaveLength(0)
  processor.consume(points(6))
  expect(batches.map((batch) => batch.points)).toEqual([10])
})

test('points wait no longer than the timeout', () => {
  const { batches, processor } = batching({ send_batch_size: 10, timeout: '50ms' })
  processor.consume(points(4))
  vi.advanceTimersByTime(49)
  expect(batches).toHaveLength(0)
  vi.advanceTimersByTime(1)
  expect(batches.map((batch) => batch.points)).toEqual([4])
})

test('a batch that went full starts the time anew', () => {
  const { batches, processor } = batching({
    send_batch_size: 10,
    send_batch_max_size: 10,
    timeout: '50ms',
  })
  processor.consume(points(4))
  vi.advanceTimersByTime(40)
  processor.consume(points(8))
  expect(batches.map((batch) => batch.points)).toEqual([10])
  vi.advanceTimersByTime(49)
  expect(batches).toHaveLength(1)
  vi.advanceTimersByTime(1)
  expect(batches.map((batch) => batch.points)).toEqual([10, 2])
})

test('without a maximum a batch is as large as what came', () => {
  const { batches, processor } = batching({ send_batch_size: 10 })
  processor.consume(points(35))
  expect(batches.map((batch) => batch.points)).toEqual([35])
})

test('a maximum splits by points, and the count of each batch is true', () => {
  const { batches, processor } = batching({ send_batch_size: 10, send_batch_max_size: 12 })
  processor.consume(points(35))
  expect(batches.map((batch) => batch.points)).toEqual([12, 12, 11])
  expect(batches.map((batch) => countPoints(batch.resourceMetrics))).toEqual([12, 12, 11])
})

test.each([{ timeout: '0s' }, { send_batch_size: 0 }])('%j sends at once', (config) => {
  const { batches, processor } = batching({ ...config, send_batch_max_size: 0 })
  processor.consume(points(3))
  expect(batches.map((batch) => batch.points)).toEqual([3])
})

test('send_batch_size 0 still splits at the maximum', () => {
  const { batches, processor } = batching({ send_batch_size: 0, send_batch_max_size: 2 })
  processor.consume(points(5))
  expect(batches.map((batch) => batch.points)).toEqual([2, 2, 1])
})

test('shutdown hands on what is held, once, and later points at once', async () => {
  const { batches, processor } = batching({})
  processor.consume(points(3))
  await processor.shutdown()
  await processor.shutdown()
  processor.consume(points(2))
  expect(batches.map((batch) => batch.points)).toEqual([3, 2])
  expect(vi.getTimerCount()).toBe(0)
})

test('metrics without a point start no batch', () => {
  const { batches, processor } = batching({})
  processor.consume(points(0))
  vi.runAllTimers()
  expect(batches).toHaveLength(0)
})

test('the defaults are those of the Collector', () => {
  expect(batchConfig.parse({})).toEqual({
    timeout: 200,
    send_batch_size: 8192,
    send_batch_max_size: 0,
  })
})

test.each([
  { config: { send_batch_max_size: 5 }, message: /greater than or equal to send_batch_size/ },
  { config: { metadata_keys: ['x'] }, message: /not supported here: metrics made on this host/ },
  { config: { metadata_cardinality_limit: 5 }, message: /not supported here/ },
  { config: { send_batch_size: -1 }, message: /send_batch_size/ },
  { config: { tiemout: '1s' }, message: /tiemout/ },
])('$config is refused', ({ config, message }) => {
  expect(() => batchConfig.parse(config)).toThrow(message)
})

test('logs are gathered by log records', async () => {
  const batches: Logs[] = []
  const config = batchConfig.parse({ timeout: '1h', send_batch_size: 10, send_batch_max_size: 10 })
  const processor = new BatchProcessor(logsSignal, config, {
    consume: (logs) => void batches.push(logs),
  })
  await processor.start()
  processor.consume(logsOf(resourceLogs(manyRecords(7))))
  expect(batches).toEqual([])
  processor.consume(logsOf(resourceLogs(manyRecords(15, 7))))
  expect(batches.map(({ records }) => records)).toEqual([10, 10])
  await processor.shutdown()
  const bodies = batches.flatMap((logs) => recordsOfModel(logs).map(({ body }) => body))
  expect(bodies).toEqual(Array.from({ length: 22 }, (_, index) => `stringValue:${index}`))
})
