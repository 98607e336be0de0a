import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonLogsWire, jsonMetricsWire } from '../../../src/exporter/wire/json-wire.ts'
import type { WireRequest } from '../../../src/exporter/wire/requests.ts'
import type { Wire } from '../../../src/exporter/wire/wire.ts'
import { metricsOf } from '../../support/metrics.ts'
import { type OtlpLogsRequest, recordsOfModel, recordsOfOtlp } from '../../support/otlp-logs.ts'
import { type OtlpRequest, pointsOfModel, pointsOfOtlp } from '../../support/otlp-points.ts'
import { anyLogs, anyResources } from './arbitrary.ts'

async function write<Batch>(wire: Wire<Batch>, batch: Batch, maxRequestBytes: number) {
  const requests: WireRequest[] = []
  let tooLarge = 0
  await wire.write(batch, {
    maxRequestBytes,
    onRequest: (request) => void requests.push(request),
    onTooLarge: (items) => {
      tooLarge += items
    },
  })
  const counted = requests.reduce((total, request) => total + request.items, 0)
  for (const { body } of requests) expect(body.length).toBeLessThanOrEqual(maxRequestBytes)
  return { bodies: requests.map(({ body }) => Buffer.from(body).toString()), counted, tooLarge }
}

const sizes = fc.integer({ min: 300, max: 10_000 })

test('metrics as JSON are read the same, in any size of request', async () => {
  await fc.assert(
    fc.asyncProperty(anyResources, sizes, async (resources, max) => {
      const metrics = metricsOf(...resources)
      const { bodies, counted, tooLarge } = await write(jsonMetricsWire, metrics, max)
      expect(counted + tooLarge).toBe(metrics.points)
      const points = bodies.flatMap((body) => {
        const request: OtlpRequest = JSON.parse(body)
        return pointsOfOtlp(request)
      })
      expect(points).toHaveLength(counted)
      expect(tooLarge > 0 || isDeepStrictEqual(points, pointsOfModel(resources))).toBe(true)
    }),
    { numRuns: 150 },
  )
})

test('logs as JSON are read the same, in any size of request', async () => {
  await fc.assert(
    fc.asyncProperty(anyLogs, sizes, async (logs, max) => {
      const { bodies, counted, tooLarge } = await write(jsonLogsWire, logs, max)
      expect(counted + tooLarge).toBe(logs.records)
      const records = bodies.flatMap((body) => {
        const request: OtlpLogsRequest = JSON.parse(body)
        return recordsOfOtlp(request)
      })
      expect(records).toHaveLength(counted)
      expect(tooLarge > 0 || isDeepStrictEqual(records, recordsOfModel(logs))).toBe(true)
    }),
    { numRuns: 150 },
  )
})
