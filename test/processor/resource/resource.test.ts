import { resourceFromAttributes } from '@opentelemetry/resources'
import { expect, test } from 'vitest'
import type { Logs } from '../../../src/model/logs.ts'
import type { Metrics } from '../../../src/model/metrics.ts'
import { resourceConfig } from '../../../src/processor/resource/config.ts'
import { resourceFactory } from '../../../src/processor/resource/index.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'

const config = resourceConfig.parse({
  attributes: [
    { key: 'deployment.environment.name', value: 'test', action: 'upsert' },
    { key: 'process.pid', action: 'delete' },
  ],
})
const before = resourceFromAttributes({ 'service.name': 'a', 'process.pid': 7 })
const after = { 'service.name': 'a', 'deployment.environment.name': 'test' }

test('resources of metrics are changed', () => {
  const taken: Metrics[] = []
  const { settings } = recordedSettings('resource')
  const next = { consume: (metrics: Metrics) => void taken.push(metrics) }
  const processor = resourceFactory.create(settings, config, next)
  const scopeMetrics = [{ scope: { name: 's' }, metrics: [] }]
  processor.consume({ resourceMetrics: [{ resource: before, scopeMetrics }], points: 0 })
  expect(taken[0]?.resourceMetrics.map(({ resource }) => resource.attributes)).toEqual([after])
  expect(taken[0]?.resourceMetrics[0]?.scopeMetrics).toBe(scopeMetrics)
})

test('resources of logs are changed', () => {
  const taken: Logs[] = []
  const { settings } = recordedSettings('resource')
  const next = { consume: (logs: Logs) => void taken.push(logs) }
  const processor = resourceFactory.createLogs?.(settings, config, next)
  processor?.consume({ resourceLogs: [{ resource: before, scopeLogs: [] }], records: 0 })
  expect(taken[0]?.resourceLogs.map(({ resource }) => resource.attributes)).toEqual([after])
})

test('without actions, or with an unknown key, it is an error', () => {
  for (const bad of [{}, { attributes: [] }, { attributes: [{ action: 'delete', kye: 'a' }] }]) {
    expect(resourceConfig.safeParse(bad).success).toBe(false)
  }
})
