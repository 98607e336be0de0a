import { type Attributes, ValueType } from '@opentelemetry/api'
import {
  AggregationTemporality,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import * as fc from 'fast-check'
import type { ResourceLogs } from '../../../src/model/logs.ts'
import { logRecord, logsOf, resourceLogs } from '../../support/logs.ts'
import { exponential, gauge, histogram, point, resource, sum } from '../../support/metrics.ts'

const counts = fc.array(fc.nat(2 ** 31 - 1), { maxLength: 8 })
const buckets = fc.record({ offset: fc.integer({ min: -2000, max: 2000 }), bucketCounts: counts })
const double = fc.double({ noDefaultInfinity: true, noNaN: true })
const safeInteger = fc.maxSafeInteger()

export const anyAttributes: fc.Arbitrary<Attributes> = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }).filter((key) => key !== '__proto__'),
  fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.boolean(),
    safeInteger,
    double.filter((value) => !Object.is(value, -0)),
    fc.array(fc.string(), { maxLength: 3 }),
  ),
  { maxKeys: 5, noNullPrototype: true },
)

const settings = fc.record({
  name: fc.string({ minLength: 1 }),
  unit: fc.string({ maxLength: 5 }),
  description: fc.string({ unit: 'grapheme' }),
  temporality: fc.constantFrom(AggregationTemporality.CUMULATIVE, AggregationTemporality.DELTA),
  isMonotonic: fc.boolean(),
})

const summary = {
  count: fc.nat(),
  sum: fc.option(double, { nil: undefined }),
  min: fc.option(double, { nil: undefined }),
  max: fc.option(double, { nil: undefined }),
}

function points<T>(value: fc.Arbitrary<T>) {
  return fc.array(
    fc.tuple(value, anyAttributes).map(([at, own]) => point(at, own)),
    { maxLength: 4 },
  )
}

const metric: fc.Arbitrary<MetricData> = fc.oneof(
  fc.tuple(points(safeInteger), settings).map(([at, own]) => sum(at, own)),
  fc
    .tuple(points(double), settings)
    .map(([at, own]) => sum(at, { ...own, valueType: ValueType.DOUBLE })),
  fc.tuple(points(double), settings).map(([at, own]) => gauge(at, own)),
  fc
    .tuple(
      points(
        fc.record({
          ...summary,
          buckets: fc.record({ boundaries: fc.array(double, { maxLength: 5 }), counts }),
        }),
      ),
      settings,
    )
    .map(([at, own]) => histogram(at as never, own)),
  fc
    .tuple(
      points(
        fc.record({
          ...summary,
          scale: fc.integer({ min: -10, max: 20 }),
          zeroCount: fc.nat(),
          positive: buckets,
          negative: buckets,
        }),
      ),
      settings,
    )
    .map(([at, own]) => exponential(at as never, own)),
)

/** Metrics of every kind with edges of every field; no NaN, which does not equal itself. */
export const anyResource: fc.Arbitrary<ResourceMetrics> = fc
  .tuple(fc.array(metric, { maxLength: 4 }), anyAttributes)
  .map(([at, own]) => resource(at, own))
export const anyResources = fc.array(anyResource, { maxLength: 4 })

const text = fc.string({ unit: 'grapheme' })
const time = fc.tuple(fc.integer({ min: 0, max: 4e9 }), fc.nat(999_999_999))
const anyRecord = fc
  .record({
    time,
    observedTime: time,
    severity: fc.constantFrom('INFO' as const, 'WARN' as const),
    eventName: fc.string({ minLength: 1 }),
    body: text,
    attributes: anyAttributes,
  })
  .map(logRecord)
export const anyResourceLogs: fc.Arbitrary<ResourceLogs> = fc
  .tuple(fc.array(anyRecord, { maxLength: 4 }), anyAttributes)
  .map(([records, attributes]) => resourceLogs(records, attributes))
export const anyLogs = fc.array(anyResourceLogs, { maxLength: 4 }).map((all) => logsOf(...all))
