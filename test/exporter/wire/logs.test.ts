import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { protobufLogsWire } from '../../../src/exporter/wire/protobuf-wire.ts'
import type { WireRequest } from '../../../src/exporter/wire/requests.ts'
import type { Logs } from '../../../src/model/logs.ts'
import { logsOf, manyRecords, resourceLogs } from '../../support/logs.ts'
import { decodeLogsRequest, recordsOfModel, recordsOfOtlp } from '../../support/otlp-logs.ts'
import { anyLogs } from './arbitrary.ts'

async function write(logs: Logs, maxRequestBytes = 3_670_016) {
  const requests: WireRequest[] = []
  let tooLarge = 0
  await protobufLogsWire.write(logs, {
    maxRequestBytes,
    onRequest: (request) => void requests.push(request),
    onTooLarge: (records) => {
      tooLarge += records
    },
  })
  const records = requests.flatMap(({ body }) => recordsOfOtlp(decodeLogsRequest(body)))
  return { requests, records, tooLarge }
}

test('whatever is encoded is decoded the same, in any size of request', async () => {
  await fc.assert(
    fc.asyncProperty(anyLogs, fc.integer({ min: 100, max: 4000 }), async (logs, max) => {
      const { requests, records, tooLarge } = await write(logs, max)
      const counted = requests.reduce((total, request) => total + request.items, 0)
      expect(counted + tooLarge).toBe(logs.records)
      for (const { body } of requests) expect(body.length).toBeLessThanOrEqual(max)
      expect(records).toHaveLength(counted)
      expect(tooLarge > 0 || isDeepStrictEqual(records, recordsOfModel(logs))).toBe(true)
    }),
    { numRuns: 150 },
  )
})

test('many records of one resource are split by records', async () => {
  const logs = logsOf(resourceLogs(manyRecords(20_000)))
  const { requests, records, tooLarge } = await write(logs, 500_000)
  expect(requests.length).toBeGreaterThan(2)
  expect(tooLarge).toBe(0)
  expect(records.map(({ body }) => body)).toEqual(
    Array.from({ length: 20_000 }, (_, index) => `stringValue:${index}`),
  )
})
