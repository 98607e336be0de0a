import { expect, test } from 'vitest'
import type { Logs } from '../../../src/model/logs.ts'
import type { Metrics } from '../../../src/model/metrics.ts'
import { filterConfig } from '../../../src/processor/filter/config.ts'
import { filterFactory } from '../../../src/processor/filter/index.ts'
import { logRecord, logsOf, resourceLogs } from '../../support/logs.ts'
import { gauge, metricsOf, point, resource, sum } from '../../support/metrics.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'

const metrics = metricsOf(
  resource(
    [
      sum([point(1, { peer: 'a' }), point(2, { peer: 'b' })], { name: 'one' }),
      gauge([point(3, { peer: 'a' })], { name: 'two' }),
    ],
    { 'service.name': 'x' },
  ),
  resource([sum([point(4, { peer: 'a' })], { name: 'one' })], { 'service.name': 'y' }),
)

function filtered(config: object): unknown[] | undefined {
  const taken: Metrics[] = []
  const next = { consume: (one: Metrics) => void taken.push(one) }
  const { settings } = recordedSettings('filter')
  const parsed = filterConfig.parse({ metrics: config })
  filterFactory.create(settings, parsed, next).consume(metrics)
  const [out] = taken
  if (out === undefined) return undefined
  const values = out.resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap((scope) =>
      scope.metrics.flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value)),
    ),
  )
  expect(out.points).toBe(values.length)
  return values
}

test.each([
  { name: 'nothing to do', config: {}, left: [1, 2, 3, 4] },
  {
    name: 'a name included',
    config: { include: { match_type: 'strict', metric_names: ['two'] } },
    left: [3],
  },
  {
    name: 'a name excluded',
    config: { exclude: { match_type: 'strict', metric_names: ['two'] } },
    left: [1, 2, 4],
  },
  {
    name: 'a strict name is the whole one',
    config: { include: { match_type: 'strict', metric_names: ['tw'] } },
    left: undefined,
  },
  {
    name: 'a pattern may be a part',
    config: { include: { match_type: 'regexp', metric_names: ['w'] } },
    left: [3],
  },
  {
    name: 'a resource included',
    config: {
      include: { match_type: 'strict', resource_attributes: [{ key: 'service.name', value: 'y' }] },
    },
    left: [4],
  },
  {
    name: 'a resource excluded',
    config: {
      exclude: {
        match_type: 'regexp',
        resource_attributes: [{ key: 'service.name', value: '^y$' }],
      },
    },
    left: [1, 2, 3],
  },
  {
    name: 'a condition of a metric',
    config: { metric: ['name == "one" and resource.attributes["service.name"] == "x"'] },
    left: [3, 4],
  },
  {
    name: 'any condition of a point',
    config: { datapoint: ['attributes["peer"] == "b"', 'value_int == 4'] },
    left: [1, 3],
  },
  { name: 'all dropped', config: { metric: ['true'] }, left: undefined },
])('$name', ({ config, left }) => {
  expect(filtered(config)).toEqual(left)
})

test('what loses nothing goes on as it is', () => {
  const taken: Metrics[] = []
  const { settings } = recordedSettings('filter')
  const next = { consume: (one: Metrics) => void taken.push(one) }
  filterFactory.create(settings, filterConfig.parse({}), next).consume(metrics)
  expect(taken[0]).toBe(metrics)
})

test('log records are dropped by conditions', () => {
  const taken: Logs[] = []
  const { settings } = recordedSettings('filter')
  const config = filterConfig.parse({
    logs: { log_record: ['severity_number >= 13', 'body == "dull"'] },
  })
  const next = { consume: (logs: Logs) => void taken.push(logs) }
  const logs = logsOf(
    resourceLogs([logRecord({ severity: 'WARN' }), logRecord({ body: 'kept' })]),
    resourceLogs([logRecord({ body: 'dull' })]),
  )
  filterFactory.createLogs?.(settings, config, next).consume(logs)
  expect(taken.map(({ records, resourceLogs: all }) => [records, all.length])).toEqual([[1, 1]])
})

test.each([
  { metrics: { include: { match_type: 'expr', metric_names: [] } } },
  { metrics: { include: { metric_names: ['a'] } } },
  { metrics: { include: { match_type: 'regexp', metric_names: ['('] } } },
  { metrics: { metric: ['nonsense'] } },
  { logs: { include: {} } },
  { traces: {} },
  { error_mode: 'panic' },
])('%j is an error', (config) => {
  expect(filterConfig.safeParse(config).success).toBe(false)
})
