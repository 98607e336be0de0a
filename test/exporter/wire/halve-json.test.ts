import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { halveJson } from '../../../src/exporter/wire/halve-json.ts'
import { jsonLogsWire, jsonMetricsWire } from '../../../src/exporter/wire/json-wire.ts'
import type { WireRequest } from '../../../src/exporter/wire/requests.ts'
import type { Wire } from '../../../src/exporter/wire/wire.ts'
import type { SignalName } from '../../../src/model/signal.ts'
import { manyPoints, metricsOf, resource } from '../../support/metrics.ts'
import { type OtlpLogsRequest, recordsOfModel, recordsOfOtlp } from '../../support/otlp-logs.ts'
import { type OtlpRequest, pointsOfModel, pointsOfOtlp } from '../../support/otlp-points.ts'
import { anyLogs, anyResources } from './arbitrary.ts'

async function encoded<Batch>(wire: Wire<Batch>, batch: Batch): Promise<WireRequest[]> {
  const requests: WireRequest[] = []
  const onRequest = (request: WireRequest) => void requests.push(request)
  await wire.write(batch, { maxRequestBytes: 1e7, onRequest, onTooLarge: () => {} })
  return requests
}

/** Until nothing can be halved any more. */
function pieces(request: WireRequest, signal: SignalName): WireRequest[] {
  const halves = halveJson(request, signal, 0)
  return halves === undefined ? [request] : halves.flatMap((half) => pieces(half, signal))
}

const pointsIn = ({ body }: WireRequest) => {
  const request: OtlpRequest = JSON.parse(Buffer.from(body).toString())
  return pointsOfOtlp(request)
}
const recordsIn = ({ body }: WireRequest) => {
  const request: OtlpLogsRequest = JSON.parse(Buffer.from(body).toString())
  return recordsOfOtlp(request)
}

test('metrics in halves, down to single points, are the same points, each with all that is around it', async () => {
  await fc.assert(
    fc.asyncProperty(anyResources, async (resources) => {
      const requests = await encoded(jsonMetricsWire, metricsOf(...resources))
      const all = requests.flatMap((request) => pieces(request, 'metrics'))
      const points = all.map(pointsIn)
      expect(points.flat()).toEqual(pointsOfModel(resources))
      expect(all.map(({ items }) => items)).toEqual(points.map(({ length }) => length))
      for (const { length } of points) expect(length).toBeLessThanOrEqual(1)
    }),
    { numRuns: 100 },
  )
})

test('log records in halves are the same records', async () => {
  await fc.assert(
    fc.asyncProperty(anyLogs, async (logs) => {
      const requests = await encoded(jsonLogsWire, logs)
      const all = requests.flatMap((request) => pieces(request, 'logs'))
      expect(all.flatMap(recordsIn)).toEqual(recordsOfModel(logs))
      expect(all.reduce((sum, { items }) => sum + items, 0)).toBe(logs.records)
    }),
    { numRuns: 100 },
  )
})

test('a small request is not halved', async () => {
  const [request] = await encoded(jsonMetricsWire, metricsOf(resource([manyPoints(5)])))
  expect(halveJson(request as WireRequest, 'metrics')).toBeUndefined()
})
