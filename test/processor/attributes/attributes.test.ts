import { resourceFromAttributes } from '@opentelemetry/resources'
import { expect, test } from 'vitest'
import type { Logs } from '../../../src/model/logs.ts'
import { attributesConfig } from '../../../src/processor/attributes/config.ts'
import { attributesFactory } from '../../../src/processor/attributes/index.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'

test('records of logs are changed, not their resources', () => {
  const config = attributesConfig.parse({
    actions: [
      { action: 'hash', key: 'who' },
      { action: 'delete', key: 'what' },
    ],
  })
  const taken: Logs[] = []
  const { settings } = recordedSettings('attributes')
  const next = { consume: (logs: Logs) => void taken.push(logs) }
  const processor = attributesFactory.createLogs?.(settings, config, next)
  const record = {
    time: [1, 0] as [number, number],
    observedTime: [1, 0] as [number, number],
    severity: 'INFO' as const,
    eventName: 'e',
    body: 'b',
    attributes: { who: 'me', what: 'that', kept: 1 },
  }
  const resource = resourceFromAttributes({ what: 'a resource' })
  const scopeLogs = [{ scope: { name: 's' }, logRecords: [record] }]
  processor?.consume({ resourceLogs: [{ resource, scopeLogs }], records: 1 })
  const [out] = taken[0]?.resourceLogs ?? []
  expect(out?.resource).toBe(resource)
  expect(out?.scopeLogs[0]?.logRecords).toEqual([
    { ...record, attributes: { who: expect.stringMatching(/^[0-9a-f]{64}$/), kept: 1 } },
  ])
})

test('keys that are not done here are errors', () => {
  const actions = [{ action: 'delete', key: 'a' }]
  for (const key of ['include', 'exclude']) {
    expect(attributesConfig.safeParse({ actions, [key]: {} }).success).toBe(false)
  }
})
