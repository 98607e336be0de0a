import { type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import { expect, test } from 'vitest'
import type { Logs } from '../../../../src/model/logs.ts'
import { CloseRecords } from '../../../../src/receiver/nettracer/close-records/close-records.ts'
import { closeRecordsConfig } from '../../../../src/receiver/nettracer/close-records/config.ts'
import { ended, failed } from '../../../support/ended.ts'
import { flow, processKey } from '../../../support/increment.ts'

const host = resourceFromAttributes({ 'host.name': 'a' })

function closeRecords(config: object = {}) {
  const handed: Logs[] = []
  const clock = { ms: 0 }
  const resources = new Map<number, Resource>()
  const records = new CloseRecords(
    {
      config: closeRecordsConfig.parse(config),
      scope: { name: 'otel-nettracer', version: '1' },
      hostResource: host,
      resourceOf: ({ pid }) => resources.get(pid) ?? host,
      peerOf: () => ({ scope: 'private', address: '10.0.0.1', called: '10.0.0.1' }),
      now: () => ({ time: [clock.ms / 1e3, 0], monotonicMs: clock.ms }),
    },
    { consume: (logs) => void handed.push(logs) },
  )
  return { records, handed, clock, resources }
}

const of = (pid: number) => ended({ flow: flow({ process: processKey(pid) }) })
const recordsOf = (logs: readonly Logs[]) =>
  logs.flatMap(({ resourceLogs }) =>
    resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords)),
  )

test('records stand under the resource that their process has when they are handed on', () => {
  const { records, handed, resources } = closeRecords()
  const early = resourceFromAttributes({ 'service.name': 'unknown' })
  const late = resourceFromAttributes({ 'service.name': 'checkout' })
  resources.set(1, early)
  for (const pid of [1, 2, 1]) records.ended(of(pid))
  resources.set(1, late)
  records.flush()
  expect(handed).toHaveLength(1)
  const [{ records: count, resourceLogs } = { records: 0, resourceLogs: [] }] = handed
  expect(count).toBe(3)
  expect(resourceLogs.map(({ resource }) => resource)).toEqual([late, host])
  expect(
    resourceLogs.map((one) => recordsOf([{ resourceLogs: [one], records: 0 }]).length),
  ).toEqual([2, 1])
})

test('nothing is handed on where nothing ended', () => {
  const { records, handed } = closeRecords()
  records.flush()
  records.tellLeftOut(0)
  expect(handed).toEqual([])
})

test('what waits is bounded: many ends are handed on at once', () => {
  const { records, handed } = closeRecords({ burst: 100_000 })
  for (let count = 0; count < 10_000; count += 1) records.ended(of(1))
  expect(handed.map((logs) => logs.records)).toEqual([4096, 4096])
  records.flush()
  expect(recordsOf(handed)).toHaveLength(10_000)
})

test('what sampling leaves out is counted, not told', () => {
  const { records, handed } = closeRecords({ sampling: 'errors' })
  for (const end of [of(1), failed('refused', 111), of(1)]) records.ended(end)
  records.flush()
  records.tellLeftOut(0)
  expect(recordsOf(handed).map(({ severity }) => severity)).toEqual(['WARN'])
  expect(records.counts).toEqual({ made: 1, sampling: 2, rate_limit: 0, ring_full: 0 })
})

test('what the rate limit and a full ring leave out is told once, under the host', () => {
  const { records, handed, clock } = closeRecords({ rate_limit: 10, burst: 5 })
  for (let count = 0; count < 12; count += 1) records.ended(of(1))
  records.flush()
  handed.length = 0
  records.tellLeftOut(3)
  records.tellLeftOut(3)
  clock.ms = 100
  for (let count = 0; count < 2; count += 1) records.ended(of(1))
  records.tellLeftOut(4)

  const told = recordsOf(handed).map(({ eventName, severity, attributes }) => [
    `${eventName} ${severity}`,
    attributes,
  ])
  const name = 'nettracer.close_records.left_out WARN'
  expect(told).toEqual([
    [name, { 'nettracer.drop.reason': 'rate_limit', 'nettracer.left_out': 7 }],
    [name, { 'nettracer.drop.reason': 'ring_full', 'nettracer.left_out': 3 }],
    [name, { 'nettracer.drop.reason': 'rate_limit', 'nettracer.left_out': 1 }],
    [name, { 'nettracer.drop.reason': 'ring_full', 'nettracer.left_out': 1 }],
  ])
  expect(handed.every(({ resourceLogs }) => resourceLogs[0]?.resource === host)).toBe(true)
  expect(records.counts).toEqual({ made: 6, sampling: 0, rate_limit: 8, ring_full: 4 })
})
