import { AggregationTemporality } from '@opentelemetry/sdk-metrics'
import { expect, test, vi } from 'vitest'
import type { Logs } from '../../../src/model/logs.ts'
import type { Metrics } from '../../../src/model/metrics.ts'
import { memoryLimiterConfig } from '../../../src/processor/memory_limiter/config.ts'
import { processMemory, softLimit } from '../../../src/processor/memory_limiter/gate.ts'
import { LogsLimiter, MetricsLimiter } from '../../../src/processor/memory_limiter/limiter.ts'
import { logRecord, logsOf, resourceLogs } from '../../support/logs.ts'
import { gauge, metricsOf, point, resource, sum } from '../../support/metrics.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'

const mebibyte = 1024 * 1024
const config = memoryLimiterConfig.parse({
  check_interval: '1s',
  limit_mib: 100,
  spike_limit_mib: 20,
})

/** Memory as a test wants it. */
function memory() {
  let used = 0
  return {
    total: () => 1000 * mebibyte,
    used: () => used,
    set: (mib: number) => void (used = mib * mebibyte),
  }
}

const delta = AggregationTemporality.DELTA

function batch(value: number): Metrics {
  return metricsOf(
    resource([
      sum([point(value, { a: 1 })], { name: 'grown', temporality: delta }),
      sum([point(value, { a: 1 })], { name: 'total' }),
      gauge([point(value, { a: 1 })], { name: 'level' }),
    ]),
  )
}

function valuesOf({ resourceMetrics }: Metrics): unknown[] {
  return resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value)),
    ),
  )
}

async function limiting() {
  vi.useFakeTimers()
  const taken: Metrics[] = []
  const recorded = recordedSettings('memory_limiter')
  const used = memory()
  const next = { consume: (metrics: Metrics) => void taken.push(metrics) }
  const limiter = new MetricsLimiter(recorded.settings, config, next, used)
  await limiter.start()
  const at = (mib: number) => {
    used.set(mib)
    vi.advanceTimersByTime(1000)
  }
  return { ...recorded, limiter, at, out: () => taken.splice(0).map(valuesOf) }
}

test('above the soft limit growth is added up and the newest of all else stays, until there is memory', async () => {
  const { limiter, at, out, readings, problems } = await limiting()
  at(79)
  limiter.consume(batch(1))
  expect(out()).toEqual([[1, 1, 1]])
  at(80)
  expect(problems()).toMatchObject([{ component: 'memory_limiter', what: 'memory' }])
  for (const value of [2, 3, 4]) limiter.consume(batch(value))
  at(90)
  expect(out()).toEqual([])
  at(79)
  expect(out()).toEqual([[9, 4, 4]])
  expect(problems()).toEqual([])
  limiter.consume(batch(5))
  expect(out()).toEqual([[5, 5, 5]])
  vi.useRealTimers()
  const name = 'nettracer.exporter.dropped_points'
  expect(await readings()).toEqual({
    [`${name}{otel.component.name=memory_limiter,nettracer.drop.reason=superseded}`]: 4,
  })
})

test('as long as memory is short the log tells of it', async () => {
  const { at, lines } = await limiting()
  for (const used of [70, 80, 99, 79]) at(used)
  expect(lines.map(({ level, fields }) => [level, fields['used_mib']])).toEqual([
    ['warn', 80],
    ['warn', 99],
    ['info', 79],
  ])
  vi.useRealTimers()
})

test('a stop hands on what is held', async () => {
  const { limiter, at, out } = await limiting()
  at(99)
  limiter.consume(batch(2))
  await limiter.shutdown()
  expect(out()).toEqual([[2, 2, 2]])
  vi.useRealTimers()
})

test('memory is measured at the start', async () => {
  const { settings, problems } = recordedSettings('memory_limiter')
  const used = memory()
  used.set(500)
  const limiter = new MetricsLimiter(settings, config, { consume: () => {} }, used)
  await limiter.start()
  expect(problems()).toHaveLength(1)
  await limiter.shutdown()
})

test('log records are dropped and counted', async () => {
  const { settings, readings } = recordedSettings('memory_limiter')
  const used = memory()
  used.set(500)
  const taken: Logs[] = []
  const next = { consume: (logs: Logs) => void taken.push(logs) }
  const limiter = new LogsLimiter(settings, config, next, used)
  await limiter.start()
  limiter.consume(logsOf(resourceLogs([logRecord(), logRecord()])))
  await limiter.shutdown()
  expect(taken).toEqual([])
  const name = 'nettracer.exporter.dropped_log_records'
  expect(await readings()).toEqual({
    [`${name}{otel.component.name=memory_limiter,nettracer.drop.reason=memory}`]: 2,
  })
})

// As the Collector reckons: limit less spike, a fifth of the limit where none is given.
test.each([
  { given: { limit_mib: 100 }, mib: 80 },
  { given: { limit_mib: 100, spike_limit_mib: 30 }, mib: 70 },
  { given: { limit_percentage: 50 }, mib: 400 },
  { given: { limit_percentage: 50, spike_limit_percentage: 20 }, mib: 300 },
  { given: { limit_mib: 100, limit_percentage: 50 }, mib: 80 },
])('$given holds back from $mib MiB on of 1000', ({ given, mib }) => {
  const parsed = memoryLimiterConfig.parse({ check_interval: '1s', ...given })
  expect(softLimit(parsed, 1000 * mebibyte) / mebibyte).toBeCloseTo(mib)
})

test('the memory of this process is between nothing and all there is', () => {
  expect(processMemory.used()).toBeGreaterThan(1e6)
  expect(processMemory.total()).toBeGreaterThan(processMemory.used())
})

test.each([
  { limit_mib: 100 },
  { check_interval: '0s', limit_mib: 100 },
  { check_interval: '1s' },
  { check_interval: '1s', limit_mib: 100, spike_limit_mib: 100 },
  { check_interval: '1s', limit_percentage: 101 },
  { check_interval: '1s', limit_mib: 1, min_gc_interval_when_soft_limited: '1s' },
])('%j is an error', (given) => {
  expect(memoryLimiterConfig.safeParse(given).success).toBe(false)
})
