import type { Attributes, HrTime } from '@opentelemetry/api'
import { ValueType } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countPoints, type Metrics } from '../../../src/model/metrics.ts'
import { Actions } from '../../../src/processor/shared/actions.ts'
import { actionList } from '../../../src/processor/shared/actions-config.ts'
import { Gathering } from '../../../src/processor/shared/gathering.ts'
import { Remake } from '../../../src/processor/shared/remake.ts'

type Kind = 'total' | 'delta' | 'level' | 'gauge' | 'histogram'

interface Given {
  readonly resource?: Attributes
  readonly attributes?: Attributes
  readonly value: number
  readonly kind?: Kind
  readonly start?: number
  readonly hasNoValue?: boolean
}

const time = (seconds: number): HrTime => [seconds, 0]

function metricOf({
  attributes = {},
  value,
  kind = 'total',
  start = 1,
  hasNoValue,
}: Given): MetricData {
  const descriptor = { name: `m.${kind}`, unit: '1', description: '', valueType: ValueType.INT }
  const { DELTA, CUMULATIVE } = AggregationTemporality
  const aggregationTemporality = kind === 'delta' || kind === 'histogram' ? DELTA : CUMULATIVE
  const point = {
    attributes,
    startTime: time(start),
    endTime: time(9),
    ...(hasNoValue && { hasNoValue }),
  }
  if (kind === 'gauge') {
    return {
      descriptor,
      aggregationTemporality,
      dataPointType: DataPointType.GAUGE,
      dataPoints: [{ ...point, value }],
    }
  }
  if (kind === 'histogram') {
    const none = { offset: 0, bucketCounts: [] }
    const buckets = {
      count: value,
      scale: 0,
      zeroCount: value,
      positive: none,
      negative: none,
      sum: 0,
    }
    return {
      descriptor,
      aggregationTemporality,
      dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
      dataPoints: [{ ...point, value: buckets }],
    }
  }
  const isMonotonic = kind !== 'level'
  return {
    descriptor,
    aggregationTemporality,
    isMonotonic,
    dataPointType: DataPointType.SUM,
    dataPoints: [{ ...point, value }],
  }
}

/** One resource for each; the same objects for the same attributes are not needed. */
function metricsOf(...all: Given[]): Metrics {
  const resourceMetrics = all.map(
    (given): ResourceMetrics => ({
      resource: resourceFromAttributes(given.resource ?? {}),
      scopeMetrics: [{ scope: { name: 's' }, metrics: [metricOf(given)] }],
    }),
  )
  return { resourceMetrics, points: all.length }
}

function points(metrics: Metrics) {
  return metrics.resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap((scope) =>
      scope.metrics.flatMap(({ dataPoints }) =>
        dataPoints.map(({ attributes, value, startTime }) => ({
          resource: resource.attributes,
          attributes,
          value: typeof value === 'number' ? value : value.count,
          start: startTime[0],
        })),
      ),
    ),
  )
}

function remake(part: { resource?: object[]; point?: object[] }) {
  const kept: number[] = []
  const change = (list: object[] | undefined) => {
    if (list === undefined) return undefined
    const actions = new Actions(actionList.parse(list))
    return actions.apply.bind(actions)
  }
  const [resource, point] = [change(part.resource), change(part.point)]
  const made = new Remake({
    ...(resource && { resource }),
    ...(point && { point }),
    onKept: (count) => void kept.push(count),
  })
  return { apply: (...all: Given[]) => points(made.apply(metricsOf(...all))), made, kept }
}

const withoutPid = { resource: [{ action: 'delete', key: 'pid' }] }
const withoutPeer = { point: [{ action: 'delete', key: 'peer' }] }
const one = { resource: { pid: 1, name: 'a' } }
const two = { resource: { pid: 2, name: 'a' } }

test('what stays different only changes its attributes', () => {
  const { apply } = remake({ resource: [{ action: 'upsert', key: 'site', value: 'x' }] })
  expect(apply({ ...one, value: 5 }, { ...two, value: 6 })).toEqual([
    { resource: { pid: 1, name: 'a', site: 'x' }, attributes: {}, value: 5, start: 1 },
    { resource: { pid: 2, name: 'a', site: 'x' }, attributes: {}, value: 6, start: 1 },
  ])
})

test.each(['total', 'delta', 'level', 'histogram'] as const)(
  'resources that become the same are one, and each %s is added up',
  (kind) => {
    const { apply, kept } = remake(withoutPid)
    expect(apply({ ...one, kind, value: 5, start: 2 }, { ...two, kind, value: 6 })).toEqual([
      { resource: { name: 'a' }, attributes: {}, value: 11, start: 1 },
    ])
    expect(kept).toEqual([])
  },
)

test('points that become the same are one', () => {
  const { apply } = remake(withoutPeer)
  const same = { resource: { pid: 1 } }
  const metrics = metricsOf(
    { ...same, attributes: { peer: 'x' }, value: 1 },
    { ...same, attributes: { peer: 'y', port: 1 }, value: 2 },
    { ...same, attributes: { peer: 'z' }, value: 4 },
  )
  expect(
    points(remake(withoutPeer).made.apply(metrics)).map(({ attributes, value }) => [
      attributes,
      value,
    ]),
  ).toEqual([
    [{}, 5],
    [{ port: 1 }, 2],
  ])
  expect(apply({ ...same, attributes: { peer: 'x' }, value: 1 })).toMatchObject([
    { attributes: {}, value: 1 },
  ])
})

test('gauges that would be the same keep their attributes, and that is told', () => {
  const { apply, kept } = remake(withoutPeer)
  const [x, y] = [{ peer: 'x' }, { peer: 'y' }]
  expect(
    apply({ attributes: x, kind: 'gauge', value: 1 }, { attributes: y, kind: 'gauge', value: 2 }),
  ).toMatchObject([
    { attributes: x, value: 1 },
    { attributes: y, value: 2 },
  ])
  expect(kept).toEqual([2])
})

test('what a series had counted stays in the total when it has gone, ended or begun anew', () => {
  const { apply } = remake(withoutPid)
  expect(apply({ ...one, value: 5 }, { ...two, value: 6 })).toMatchObject([{ value: 11, start: 1 }])
  expect(apply({ ...two, value: 8 })).toMatchObject([{ value: 13, start: 1 }])
  expect(apply({ ...one, value: 2, start: 7 }, { ...two, value: 8 })).toMatchObject([
    { value: 15, start: 1 },
  ])
  expect(
    apply({ ...one, value: 3, start: 7 }, { ...two, value: 8, hasNoValue: true }),
  ).toMatchObject([{ value: 16, start: 1 }])
})

test('of a level only what is there counts', () => {
  const { apply } = remake(withoutPid)
  expect(
    apply({ ...one, kind: 'level', value: 5 }, { ...two, kind: 'level', value: 6 }),
  ).toMatchObject([{ value: 11 }])
  expect(apply({ ...two, kind: 'level', value: 6 })).toMatchObject([{ value: 6 }])
})

const turn = fc.array(
  fc.record({
    pid: fc.integer({ min: 1, max: 4 }),
    grown: fc.integer({ min: 0, max: 9 }),
    isAnew: fc.boolean(),
  }),
  { maxLength: 4 },
)

test('whatever comes and goes: a total never falls and holds all that was counted', () => {
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 12 }), (turns) => {
      const { made } = remake(withoutPid)
      const series = new Map<number, { value: number; start: number }>()
      // From the beginning on there are two, so that there is a total.
      for (const pid of [1, 2]) series.set(pid, { value: 0, start: 1 })
      made.apply(metricsOf(...[1, 2].map((pid) => ({ resource: { pid, name: 'a' }, value: 0 }))))
      let counted = 0
      let start = 1
      let last = 0
      for (const grown of turns) {
        start += 1
        const reported = new Map<number, Given>()
        for (const { pid, grown: by, isAnew } of grown) {
          if (reported.has(pid)) continue
          const before = series.get(pid)
          const now =
            before === undefined || isAnew
              ? { value: by, start }
              : { value: before.value + by, start: before.start }
          series.set(pid, now)
          counted += by
          reported.set(pid, { resource: { pid, name: 'a' }, ...now })
        }
        const out = made.apply(metricsOf(...reported.values()))
        expect(countPoints(out.resourceMetrics)).toBe(Math.min(reported.size, 1))
        for (const { value } of points(out)) {
          expect(value).toBe(counted)
          expect(value).toBeGreaterThanOrEqual(last)
          last = value
        }
      }
    }),
    { numRuns: 500 },
  )
})

test('parts of a collection are gone through as one', () => {
  const { made } = remake(withoutPid)
  const taken: Metrics[] = []
  const next = { consume: (metrics: Metrics) => void taken.push(metrics) }
  const gathering = new Gathering((metrics) => made.apply(metrics), next)
  gathering.consume({ ...metricsOf({ ...one, kind: 'delta', value: 5 }), goesOn: true })
  expect(taken).toEqual([])
  gathering.consume({ ...metricsOf({ ...two, kind: 'delta', value: 6 }), goesOn: false })
  expect(taken.flatMap((metrics) => points(metrics))).toMatchObject([{ value: 11 }])
})

test('of a collection that did not come to its end no growth is lost', () => {
  const { made } = remake(withoutPid)
  const part = metricsOf({ ...one, kind: 'delta', value: 5 })
  const again = metricsOf({ ...one, kind: 'delta', value: 6 })
  const both = { resourceMetrics: [...part.resourceMetrics, ...again.resourceMetrics], points: 2 }
  expect(points(made.apply(both))).toMatchObject([{ value: 11 }])
})
