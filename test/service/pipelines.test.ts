import { createNoopMeter } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import type { Logs } from '../../src/model/logs.ts'
import type { Metrics } from '../../src/model/metrics.ts'
import { exportersOf, type Pipelines, processorsOf } from '../../src/service/nodes.ts'
import { buildPipelines } from '../../src/service/pipelines.ts'
import { HealthBook } from '../../src/telemetry/health.ts'
import { Log } from '../../src/telemetry/logger.ts'
import { noExtensions, quietAgent } from '../support/recorded-telemetry.ts'
import { Journal, testCatalogue } from '../support/test-components.ts'

const metrics: Metrics = { resourceMetrics: [], points: 0 }

function build(yaml: string): { journal: Journal; pipelines: Pipelines } {
  const journal = new Journal()
  const config = loadConfig([`yaml:${yaml}`], testCatalogue(journal), {})
  const log = new Log({ level: 'error', encoding: 'console', write: () => {} })
  const telemetry = {
    logger: log.logger('x'),
    meter: createNoopMeter(),
    health: new HealthBook().of('x'),
  }
  const pipelines = buildPipelines(config, {
    settingsOf: (id) => ({
      id,
      version: '1',
      telemetry,
      extensions: noExtensions,
      host: { attributes: {}, system: {} },
    }),
    logger: telemetry.logger,
    agent: quietAgent,
  })
  return { journal, pipelines }
}

const components = `
receivers: { nettracer: , nettracer/2: }
processors: { batch/a: , batch/b: }
exporters:
  otlp/c: { endpoint: a }
  otlp/c2: { endpoint: a }
  otlp/d: { endpoint: a, temporality: delta }
`

test('a pipeline goes through its processors in order to all exporters', () => {
  const { journal, pipelines } = build(`${components}
service: { pipelines: { metrics: { receivers: [nettracer], processors: [batch/a, batch/b], exporters: [otlp/c, otlp/c2] } } }`)
  expect(journal.events).toEqual([
    'create otlp/c',
    'create otlp/c2',
    'create batch/b',
    'create batch/a',
    'create nettracer',
  ])
  const outlets = journal.outlets.get('nettracer') ?? []
  expect(outlets.map(({ temporality }) => temporality)).toEqual(['cumulative'])
  outlets[0]?.consumer.consume(metrics)
  expect([...journal.consumed.keys()]).toEqual(['batch/a', 'batch/b', 'otlp/c', 'otlp/c2'])
  expect(processorsOf(pipelines).map(({ id }) => id)).toEqual(['batch/b', 'batch/a'])
})

test('an exporter of several pipelines is one, a processor is one for each', () => {
  const { journal } = build(`${components}
service:
  pipelines:
    metrics: { receivers: [nettracer], processors: [batch/a], exporters: [otlp/c] }
    metrics/2: { receivers: [nettracer/2], processors: [batch/a], exporters: [otlp/c] }`)
  expect(journal.events.filter((event) => event === 'create otlp/c')).toHaveLength(1)
  expect(journal.events.filter((event) => event === 'create batch/a')).toHaveLength(2)
  for (const outlets of journal.outlets.values()) outlets[0]?.consumer.consume(metrics)
  expect(journal.consumed.get('otlp/c')).toHaveLength(2)
})

test('a pipeline of several temporalities is a chain for each', () => {
  const { journal } = build(`${components}
service: { pipelines: { metrics: { receivers: [nettracer], processors: [batch/a], exporters: [otlp/c, otlp/d] } } }`)
  expect(journal.events.filter((event) => event === 'create batch/a')).toHaveLength(2)
  const outlets = journal.outlets.get('nettracer') ?? []
  expect(outlets.map(({ temporality }) => temporality)).toEqual(['cumulative', 'delta'])
  outlets[1]?.consumer.consume(metrics)
  expect([...journal.consumed.keys()]).toEqual(['batch/a', 'otlp/d'])
})

test('a receiver of several pipelines is one, with one outlet for each temporality', () => {
  const { journal, pipelines } = build(`${components}
service:
  pipelines:
    metrics: { receivers: [nettracer], exporters: [otlp/c] }
    metrics/2: { receivers: [nettracer], exporters: [otlp/c2] }
    metrics/3: { receivers: [nettracer], exporters: [otlp/d] }`)
  expect(pipelines.receivers.map(({ id }) => id)).toEqual(['nettracer'])
  const outlets = journal.outlets.get('nettracer') ?? []
  expect(outlets.map(({ temporality }) => temporality)).toEqual(['cumulative', 'delta'])
  outlets[0]?.consumer.consume(metrics)
  expect([...journal.consumed.keys()]).toEqual(['otlp/c', 'otlp/c2'])
})

test('own metrics reach each exporter once and no processor', () => {
  const { journal, pipelines } = build(`${components}
service:
  pipelines:
    metrics: { receivers: [nettracer], processors: [batch/a], exporters: [otlp/c, otlp/d] }
    metrics/2: { receivers: [nettracer], exporters: [otlp/c] }`)
  for (const { consumer } of pipelines.ownOutlets) consumer.consume(metrics)
  expect([...journal.consumed].map(([id, list]) => [id, list.length])).toEqual([
    ['otlp/c', 1],
    ['otlp/d', 1],
  ])
})

test('what no pipeline names is not made', () => {
  const { journal } = build(`${components}
service: { pipelines: { metrics: { receivers: [nettracer], exporters: [otlp/c] } } }`)
  expect(journal.events).toEqual(['create otlp/c', 'create nettracer'])
})

const logs: Logs = { resourceLogs: [], records: 0 }

test('a logs pipeline has processors and exporters of its own, and shares the receiver', () => {
  const { journal, pipelines } = build(`${components}
service:
  pipelines:
    metrics: { receivers: [nettracer], processors: [batch/a], exporters: [otlp/c] }
    logs: { receivers: [nettracer], processors: [batch/a, batch/b], exporters: [otlp/c, otlp/c2] }
    logs/2: { receivers: [nettracer, nettracer/2], exporters: [otlp/c2] }`)
  expect(journal.events).toEqual([
    'create otlp/c',
    'create batch/a',
    'create otlp/c for logs',
    'create otlp/c2 for logs',
    'create batch/b for logs',
    'create batch/a for logs',
    'create nettracer',
    'create nettracer/2',
  ])
  expect(journal.outlets.get('nettracer/2')).toEqual([])
  journal.logsOutlets.get('nettracer')?.consume(logs)
  expect([...journal.consumedLogs].map(([id, taken]) => [id, taken.length])).toEqual([
    ['batch/a', 1],
    ['batch/b', 1],
    ['otlp/c', 1],
    // Of both pipelines that name it.
    ['otlp/c2', 2],
  ])
  expect(journal.consumed.size).toBe(0)
  expect(exportersOf(pipelines).map(({ id }) => id)).toEqual(['otlp/c', 'otlp/c', 'otlp/c2'])
  // Own metrics go to the exporters of metrics only.
  expect(pipelines.ownOutlets).toHaveLength(1)
})

test('a receiver that no logs pipeline names has no outlet for logs', () => {
  const { journal } = build(`${components}
service: { pipelines: { metrics: { receivers: [nettracer], exporters: [otlp/c] } } }`)
  expect(journal.logsOutlets.get('nettracer')).toBeUndefined()
})
