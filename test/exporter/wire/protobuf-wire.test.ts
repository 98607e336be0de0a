import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { protobufMetricsWire } from '../../../src/exporter/wire/protobuf-wire.ts'
import type { WireRequest } from '../../../src/exporter/wire/requests.ts'
import type { Metrics } from '../../../src/model/metrics.ts'
import { everyKind, manyPoints, metricsOf, resource } from '../../support/metrics.ts'
import { decodeRequest, pointsOfModel, pointsOfOtlp } from '../../support/otlp-points.ts'
import { anyResources } from './arbitrary.ts'

async function write(metrics: Metrics, maxRequestBytes = 3_670_016) {
  const requests: WireRequest[] = []
  let tooLarge = 0
  await protobufMetricsWire.write(metrics, {
    maxRequestBytes,
    onRequest: (request) => void requests.push(request),
    onTooLarge: (points) => {
      tooLarge += points
    },
  })
  const points = requests.flatMap(({ body }) => pointsOfOtlp(decodeRequest(body)))
  return { requests, points, tooLarge }
}

test('many resources make one request that another decoder reads point by point', async () => {
  const metrics = metricsOf(resource(everyKind(1)), resource(everyKind(2), { 'host.name': 'a' }))
  const { requests, points } = await write(metrics)

  expect(requests.map((request) => request.items)).toEqual([14])
  expect(points).toEqual(pointsOfModel(metrics.resourceMetrics))
})

test('whatever is encoded is decoded the same, in any size of request', async () => {
  await fc.assert(
    fc.asyncProperty(anyResources, fc.integer({ min: 100, max: 4000 }), async (resources, max) => {
      const metrics = metricsOf(...resources)
      const { requests, points, tooLarge } = await write(metrics, max)

      const counted = requests.reduce((total, request) => total + request.items, 0)
      expect(counted + tooLarge).toBe(metrics.points)
      expect(points).toHaveLength(counted)
      for (const { body } of requests) expect(body.length).toBeLessThanOrEqual(max)
      const whole = pointsOfModel(resources)
      expect(tooLarge > 0 || isDeepStrictEqual(points, whole)).toBe(true)
    }),
    { numRuns: 150 },
  )
})

test('a resource that is larger than a request is split by points', async () => {
  const metrics = metricsOf(resource([manyPoints(20_000, 0, { a: 'x'.repeat(100) })]))
  const { requests, points, tooLarge } = await write(metrics, 500_000)

  expect(requests.length).toBeGreaterThan(4)
  for (const { body } of requests) expect(body.length).toBeLessThanOrEqual(500_000)
  expect(tooLarge).toBe(0)
  expect(points).toEqual(pointsOfModel(metrics.resourceMetrics))
})

test('a point that is larger than a request is counted and the others arrive', async () => {
  const huge = manyPoints(1, 7, { a: 'x'.repeat(2000) })
  const { points, tooLarge } = await write(
    metricsOf(resource([manyPoints(3), huge, manyPoints(2)])),
    1000,
  )
  expect(tooLarge).toBe(1)
  expect(points).toHaveLength(5)
})

test('a resource whose attributes fill a request is counted as a whole, at once', async () => {
  const wide = resource([manyPoints(4000)], { a: 'x'.repeat(2000) })
  const { requests, tooLarge } = await write(metricsOf(wide, resource([manyPoints(1)])), 1000)
  expect(tooLarge).toBe(4000)
  expect(requests.map((request) => request.items)).toEqual([1])
})

test('metrics without points make no request', async () => {
  const { requests } = await write(metricsOf(resource([manyPoints(0)]), resource([])))
  expect(requests).toHaveLength(0)
})

test('encoding 100,000 points lets timers run in between', async () => {
  let turns = 0
  const timer = setInterval(() => {
    turns += 1
  }, 1)
  await write(metricsOf(...Array.from({ length: 500 }, (_, at) => resource([manyPoints(200, at)]))))
  clearInterval(timer)
  expect(turns).toBeGreaterThan(3)
})
