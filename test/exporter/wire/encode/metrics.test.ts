import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeMetrics } from '../../../../src/exporter/wire/encode/metrics.ts'
import {
  beyondTheSdk,
  ended,
  everyKind,
  exponential,
  histogram,
  point,
  resource,
  sum,
} from '../../../support/metrics.ts'
import {
  decodeEveryField,
  decodeRequest,
  pointsOfModel,
  pointsOfOtlp,
} from '../../../support/otlp-points.ts'
import { anyResource } from '../arbitrary.ts'

const bySdk = (one: ResourceMetrics): object =>
  decodeEveryField(ProtobufMetricsSerializer.serializeRequest(one) ?? new Uint8Array())
const byUs = (one: ResourceMetrics): object => decodeEveryField(encodeMetrics(one))

test("every field is as the SDK's serializer writes it", () => {
  fc.assert(
    fc.property(anyResource, (one) => {
      expect(byUs(one)).toEqual(bySdk(one))
    }),
    { numRuns: 300 },
  )
})

test('one of each kind is no longer than by the SDK', () => {
  const one = resource(everyKind(3))
  const theirs = ProtobufMetricsSerializer.serializeRequest(one)?.length ?? 0
  expect(encodeMetrics(one).length).toBeLessThanOrEqual(theirs)
})

test('the same objects give the same bytes again', () => {
  const one = resource(everyKind(1))
  const first = encodeMetrics(one)
  encodeMetrics(resource(everyKind(2), { 'service.name': 'other' }))
  expect(encodeMetrics(one)).toEqual(first)
})

test('exemplars and the end of a series are there for every kind of metric', () => {
  const one = resource(beyondTheSdk())
  expect(pointsOfOtlp(decodeRequest(encodeMetrics(one)))).toEqual(pointsOfModel([one]))
})

test('a series that ended has its flag and no value', () => {
  const empty = { offset: 0, bucketCounts: [] }
  const exponentialValue = { count: 5, sum: 5, scale: 0, zeroCount: 5 }
  const metrics = [
    sum([ended(5)]),
    histogram([ended({ count: 5, sum: 5, buckets: { boundaries: [], counts: [5] } })]),
    exponential([ended({ ...exponentialValue, positive: empty, negative: empty })]),
  ]
  const request = decodeRequest(encodeMetrics(resource(metrics)))
  const points = request.resourceMetrics?.[0]?.scopeMetrics?.[0]?.metrics?.flatMap((metric) => {
    return (metric.sum ?? metric.histogram ?? metric.exponentialHistogram)?.dataPoints ?? []
  })
  const bare = {
    attributes: [],
    flags: 1,
    startTimeUnixNano: '1767323045000000321',
    timeUnixNano: '1767323055789000000',
  }
  expect(points?.map((one) => ({ attributes: [], ...one }))).toEqual([bare, bare, bare])
})

test('what cannot be encoded spoils nothing that comes after it', () => {
  const cyclic: string[] = []
  cyclic.push(cyclic as never)
  const bad = resource([sum([point(1, { cyclic })])])
  expect(() => encodeMetrics(bad)).toThrow(RangeError)
  const good = resource(everyKind(4))
  expect(pointsOfOtlp(decodeRequest(encodeMetrics(good)))).toEqual(pointsOfModel([good]))
})
