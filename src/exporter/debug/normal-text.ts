import { ValueType } from '@opentelemetry/api'
import {
  DataPointType,
  type ExponentialHistogram,
  type Histogram,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import type { Point } from '../../model/points.ts'
import { escapeUnprintable } from '../../shared/escape.ts'
import { shortest } from './go-format.ts'
import { bucketsOf, textAttributes } from './values.ts'

/** `verbosity: normal`: a line for each resource, scope and data point, as the Collector writes them. */
export function* normalText(resourceMetrics: readonly ResourceMetrics[]): Generator<string> {
  for (const [index, { resource, scopeMetrics }] of resourceMetrics.entries()) {
    yield `ResourceMetrics #${index}${resourceText(resource)}`
    for (const { scope, metrics } of scopeMetrics) {
      // The number is the resource's, in the Collector as well.
      yield `ScopeMetrics #${index}${scopeText(scope)}`
      for (const metric of metrics) yield* pointLines(metric)
    }
  }
}

/** Schema and attributes of a resource, each behind a space. */
export function resourceText({ schemaUrl, attributes }: ResourceMetrics['resource']): string {
  const url = schemaUrl ? ` [${escapeUnprintable(schemaUrl)}]` : ''
  const words = pairs(textAttributes(attributes)).map((pair) => ` ${pair}`)
  return `${url}${words.join('')}`
}

/** Name, version and schema of a scope, each behind a space. */
export function scopeText(scope: ResourceMetrics['scopeMetrics'][number]['scope']): string {
  const version = scope.version ? `@${scope.version}` : ''
  const url = scope.schemaUrl ? `[${scope.schemaUrl}]` : ''
  const words = [`${scope.name}${version}`, url].filter((word) => word !== '')
  return words.map((word) => ` ${escapeUnprintable(word)}`).join('')
}

function* pointLines(metric: MetricData): Generator<string> {
  const name = escapeUnprintable(metric.descriptor.name)
  const points: readonly Point<number | Histogram | ExponentialHistogram>[] = metric.dataPoints
  for (const { attributes, value, hasNoValue } of points) {
    const labels = pairs(textAttributes(attributes)).join(',')
    const text = hasNoValue === true ? endText(value) : valueText(metric, value)
    yield `${name}{${labels}} ${text}`
  }
}

const pairs = (attributes: [string, string][]): string[] =>
  attributes.map(([key, value]) => `${key}=${value}`)

/** As the Collector shows that a series has ended: a number is left out, and a histogram has counted nothing. */
const endText = (value: unknown): string => (typeof value === 'number' ? '' : 'count=0')

function valueText(metric: MetricData, value: number | Histogram | ExponentialHistogram): string {
  if (typeof value === 'number') {
    return metric.descriptor.valueType === ValueType.INT ? String(value) : shortest(value)
  }
  const buckets =
    metric.dataPointType === DataPointType.HISTOGRAM
      ? classicBuckets(value as Histogram)
      : exponentialBuckets(value as ExponentialHistogram)
  return [`count=${value.count}`, ...summary(value), ...buckets].join(' ')
}

function summary(value: Histogram | ExponentialHistogram): string[] {
  return (['sum', 'min', 'max'] as const).flatMap((key) => {
    const number = value[key]
    return number === undefined ? [] : [`${key}=${shortest(number)}`]
  })
}

function classicBuckets({ buckets }: Histogram): string[] {
  return buckets.counts.map((count, at) => {
    const bound = buckets.boundaries[at]
    return bound === undefined ? String(count) : `le${shortest(bound)}=${count}`
  })
}

function exponentialBuckets(value: ExponentialHistogram): string[] {
  const { negative, positive } = bucketsOf(value)
  const write = ({ upper, count }: { upper: number; count: number }) =>
    `le${shortest(upper)}=${count}`
  const zero = value.zeroCount === 0 ? [] : [`zero=${value.zeroCount}`]
  return [...negative.map(write), ...zero, ...positive.map(write)]
}
