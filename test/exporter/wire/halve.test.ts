import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { halve } from '../../../src/exporter/wire/halve.ts'
import { protobufLogsWire, protobufMetricsWire } from '../../../src/exporter/wire/protobuf-wire.ts'
import type { WireRequest } from '../../../src/exporter/wire/requests.ts'
import type { Wire } from '../../../src/exporter/wire/wire.ts'
import type { SignalName } from '../../../src/model/signal.ts'
import { manyPoints, metricsOf, resource } from '../../support/metrics.ts'
import { decodeLogsRequest, recordsOfModel, recordsOfOtlp } from '../../support/otlp-logs.ts'
import { decodeRequest, pointsOfModel, pointsOfOtlp } from '../../support/otlp-points.ts'
import { anyLogs, anyResources } from './arbitrary.ts'

async function encoded<Batch>(wire: Wire<Batch>, batch: Batch): Promise<WireRequest[]> {
  const requests: WireRequest[] = []
  const onRequest = (request: WireRequest) => void requests.push(request)
  await wire.write(batch, { maxRequestBytes: 1e7, onRequest, onTooLarge: () => {} })
  return requests
}

/** Until nothing can be halved any more. */
function pieces(request: WireRequest, signal: SignalName): WireRequest[] {
  const halves = halve(request, signal, 0)
  return halves === undefined ? [request] : halves.flatMap((half) => pieces(half, signal))
}

test('metrics in halves, down to single points, are the same points, each with all that is around it', async () => {
  await fc.assert(
    fc.asyncProperty(anyResources, async (resources) => {
      const requests = await encoded(protobufMetricsWire, metricsOf(...resources))
      const all = requests.flatMap((request) => pieces(request, 'metrics'))
      const points = all.map(({ body }) => pointsOfOtlp(decodeRequest(body)))
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
      const all = (await encoded(protobufLogsWire, logs)).flatMap((request) =>
        pieces(request, 'logs'),
      )
      const records = all.map(({ body }) => recordsOfOtlp(decodeLogsRequest(body)))
      expect(records.flat()).toEqual(recordsOfModel(logs))
      expect(all.map(({ items }) => items)).toEqual(records.map(({ length }) => length))
    }),
    { numRuns: 100 },
  )
})

test('one metric of one resource is halved by its points', async () => {
  const [request] = await encoded(protobufMetricsWire, metricsOf(resource([manyPoints(1001)])))
  const halves = halve(request!, 'metrics')
  expect(halves?.map(({ items }) => items)).toEqual([501, 500])
})

test('what is small is not halved, whoever calls it too large', async () => {
  const [request] = await encoded(protobufMetricsWire, metricsOf(resource([manyPoints(50)])))
  expect(halve(request!, 'metrics')).toBeUndefined()
})

test('bytes that are no request are not halved', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
      expect(() => halve({ body, items: 1 }, 'metrics', 0)).not.toThrow()
    }),
  )
})
