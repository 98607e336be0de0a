import { fileURLToPath } from 'node:url'
import { ValueType } from '@opentelemetry/api'
import { DataPointType, type MetricData, type ResourceMetrics } from '@opentelemetry/sdk-metrics'
import protobuf from 'protobufjs'
import type { Exemplar, Point } from '../../src/model/points.ts'

const proto = await protobuf.load(
  fileURLToPath(new URL('../exporter/wire/fixtures/metrics.proto', import.meta.url)),
)
const requestType = proto.lookupType('otlp.ExportMetricsServiceRequest')
const responseType = proto.lookupType('otlp.ExportMetricsServiceResponse')

/** A request of OTLP metrics as another library than ours decodes it. */
export function decodeRequest(body: Uint8Array): OtlpRequest {
  return requestType.toObject(requestType.decode(body), { longs: String })
}

/** Every field, those at their default too: to compare two encodings of one request. */
export function decodeEveryField(body: Uint8Array): object {
  return requestType.toObject(requestType.decode(body), {
    longs: String,
    bytes: String,
    defaults: true,
  })
}

export function encodeResponse(partialSuccess?: object): Uint8Array {
  const message = partialSuccess === undefined ? {} : { partialSuccess }
  return responseType.encode(responseType.fromObject(message)).finish()
}

/** Every point of OTLP, decoded or as JSON, each with all that it stands under, in one comparable shape. */
export function pointsOfOtlp(request: OtlpRequest): object[] {
  return (request.resourceMetrics ?? []).flatMap(({ resource, scopeMetrics, schemaUrl }) =>
    (scopeMetrics ?? []).flatMap(({ scope, metrics }) =>
      (metrics ?? []).flatMap((metric) => {
        const above = {
          resource: attributesOf(resource?.attributes),
          schemaUrl: schemaUrl ?? '',
          scope: `${scope?.name ?? ''}@${scope?.version ?? ''}`,
        }
        return metricPoints(metric).map((dataPoint) => ({ ...above, ...dataPoint }))
      }),
    ),
  )
}

function metricPoints(metric: OtlpMetric): object[] {
  const { name = '', description = '', unit = '' } = metric
  const [kind, { dataPoints = [], aggregationTemporality = 0, isMonotonic = false }] =
    kindOf(metric)
  const above = { name, description, unit, kind, temporality: aggregationTemporality, isMonotonic }
  return dataPoints.map((dataPoint) => ({ ...above, ...otlpPoint(dataPoint) }))
}

/** The same shape, from the model that was to be encoded. */
export function pointsOfModel(resourceMetrics: readonly ResourceMetrics[]): object[] {
  return resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap(({ scope, metrics }) =>
      metrics.flatMap((metric) =>
        metric.dataPoints.map((dataPoint) => ({
          resource: modelAttributes(resource.attributes),
          schemaUrl: resource.schemaUrl ?? '',
          scope: `${scope.name}@${scope.version ?? ''}`,
          name: metric.descriptor.name,
          description: metric.descriptor.description,
          unit: metric.descriptor.unit,
          kind: modelKinds[metric.dataPointType],
          temporality:
            metric.dataPointType === DataPointType.GAUGE ? 0 : 1 + metric.aggregationTemporality,
          isMonotonic: metric.dataPointType === DataPointType.SUM && metric.isMonotonic,
          attributes: modelAttributes(dataPoint.attributes),
          start: nanoseconds(dataPoint.startTime),
          end: nanoseconds(dataPoint.endTime),
          ...modelContent(metric, dataPoint),
        })),
      ),
    ),
  )
}

export interface AnyValue {
  stringValue?: string
  boolValue?: boolean
  intValue?: string
  doubleValue?: number | string
  arrayValue?: { values?: AnyValue[] }
}
export type KeyValues = { key: string; value?: AnyValue }[]
interface Buckets {
  offset?: number
  bucketCounts?: string[]
}
interface OtlpExemplar {
  timeUnixNano?: string
  asInt?: string
  asDouble?: number | string
  /** JSON has them as hexadecimal text. */
  traceId?: Uint8Array | string
  spanId?: Uint8Array | string
  filteredAttributes?: KeyValues
}
interface OtlpPoint {
  flags?: number
  exemplars?: OtlpExemplar[]
  attributes?: KeyValues
  startTimeUnixNano?: string
  timeUnixNano?: string
  asInt?: string
  asDouble?: number | string
  count?: string
  sum?: number | string
  min?: number | string
  max?: number | string
  bucketCounts?: string[]
  explicitBounds?: number[]
  scale?: number
  zeroCount?: string
  positive?: Buckets
  negative?: Buckets
}
interface KindBody {
  dataPoints?: OtlpPoint[]
  aggregationTemporality?: number
  isMonotonic?: boolean
}
interface OtlpMetric {
  name?: string
  description?: string
  unit?: string
  gauge?: KindBody
  sum?: KindBody
  histogram?: KindBody
  exponentialHistogram?: KindBody
}
export interface OtlpRequest {
  resourceMetrics?: {
    resource?: { attributes?: KeyValues }
    scopeMetrics?: { scope?: { name?: string; version?: string }; metrics?: OtlpMetric[] }[]
    schemaUrl?: string
  }[]
}

const kinds = ['gauge', 'sum', 'histogram', 'exponentialHistogram'] as const
const modelKinds = {
  [DataPointType.GAUGE]: 'gauge',
  [DataPointType.SUM]: 'sum',
  [DataPointType.HISTOGRAM]: 'histogram',
  [DataPointType.EXPONENTIAL_HISTOGRAM]: 'exponentialHistogram',
}

function kindOf(metric: OtlpMetric): [string, KindBody] {
  for (const kind of kinds) {
    const body = metric[kind]
    if (body !== undefined) return [kind, body]
  }
  return ['none', {}]
}

/** Numbers as text, so that JSON's `"NaN"` and protobuf's NaN, and 5 and "5", compare equal. */
const text = (value: number | string | undefined) => (value === undefined ? '-' : String(value))

function otlpPoint(point: OtlpPoint): object {
  const { startTimeUnixNano: start = '0', timeUnixNano: end = '0', attributes } = point
  const common = { attributes: attributesOf(attributes), start, end, ...otlpExemplars(point) }
  if (point.flags === 1 && isEmpty(point)) return { ...common, hasNoValue: true }
  if (point.asInt !== undefined) return { ...common, int: point.asInt }
  if (point.asDouble !== undefined) return { ...common, double: text(point.asDouble) }
  return { ...common, ...(point.positive === undefined ? classic(point) : exponential(point)) }
}

function isEmpty({ asInt, asDouble, count = '0', sum }: OtlpPoint): boolean {
  return asInt === undefined && asDouble === undefined && count === '0' && sum === undefined
}

function otlpExemplars({ exemplars }: OtlpPoint): object {
  if (exemplars === undefined) return {}
  const hex = (id: Uint8Array | string = '') =>
    typeof id === 'string' ? id : Buffer.from(id).toString('hex')
  return {
    exemplars: exemplars.map(({ timeUnixNano: time, asInt, asDouble, ...rest }) => ({
      time,
      value: text(asInt ?? asDouble),
      traceId: hex(rest.traceId),
      spanId: hex(rest.spanId),
      attributes: attributesOf(rest.filteredAttributes),
    })),
  }
}

function modelExemplars(exemplars: readonly Exemplar[] | undefined): object {
  if (exemplars === undefined) return {}
  return {
    exemplars: exemplars.map(({ time, value, traceId = '', spanId = '', attributes }) => ({
      time: nanoseconds(time),
      value: text(value),
      traceId,
      spanId,
      attributes: modelAttributes(attributes),
    })),
  }
}

function modelContent(metric: MetricData, point: Point<unknown>): object {
  if (point.hasNoValue === true) return { hasNoValue: true }
  return { ...modelValue(metric, point.value), ...modelExemplars(point.exemplars) }
}

function classic({ bucketCounts = [], explicitBounds = [], ...point }: OtlpPoint) {
  return { ...summary(point), counts: bucketCounts, bounds: explicitBounds.map(text) }
}

function summary({ count = '0', sum, min, max }: OtlpPoint) {
  return { count, sum: text(sum), min: text(min), max: text(max) }
}

function exponential(point: OtlpPoint) {
  const { scale = 0, zeroCount = '0', positive, negative } = point
  const buckets = { positive: otlpBuckets(positive), negative: otlpBuckets(negative) }
  return { ...summary(point), scale, zeroCount, ...buckets }
}

const otlpBuckets = ({ offset = 0, bucketCounts = [] }: Buckets = {}) => [offset, ...bucketCounts]

function modelValue({ dataPointType, descriptor }: MetricData, value: unknown) {
  if (typeof value === 'number') {
    return descriptor.valueType === ValueType.INT
      ? { int: BigInt(value).toString() }
      : { double: text(value) }
  }
  const { count, sum, min, max, ...rest } = value as Record<string, number>
  const summary = { count: String(count), sum: text(sum), min: text(min), max: text(max) }
  if (dataPointType === DataPointType.HISTOGRAM) {
    const { buckets } = rest as never as { buckets: { boundaries: number[]; counts: number[] } }
    return { ...summary, counts: buckets.counts.map(String), bounds: buckets.boundaries.map(text) }
  }
  const { scale, zeroCount, positive, negative } = rest as never as {
    scale: number
    zeroCount: number
    positive: { offset: number; bucketCounts: number[] }
    negative: { offset: number; bucketCounts: number[] }
  }
  return {
    ...summary,
    scale,
    zeroCount: String(zeroCount),
    positive: [positive.offset, ...positive.bucketCounts.map(String)],
    negative: [negative.offset, ...negative.bucketCounts.map(String)],
  }
}

export function attributesOf(attributes: KeyValues = []): Record<string, string> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, valueText(value ?? {})]))
}

export function valueText(value: AnyValue): string {
  if (value.arrayValue !== undefined) {
    return `[${(value.arrayValue.values ?? []).map(valueText).join()}]`
  }
  const [kind, content] = Object.entries(value)[0] ?? ['none', '']
  return `${kind}:${content}`
}

export function modelAttributes(attributes: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [key, modelValueText(value)]),
  )
}

function modelValueText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(modelValueText).join()}]`
  if (typeof value === 'string') return `stringValue:${value}`
  if (typeof value === 'boolean') return `boolValue:${value}`
  if (!Number.isInteger(value) || Math.abs(Number(value)) >= 2 ** 63)
    return `doubleValue:${String(value)}`
  return `intValue:${BigInt(Number(value))}`
}

export const nanoseconds = ([seconds, nanos]: [number, number]) =>
  (BigInt(seconds) * 1_000_000_000n + BigInt(nanos)).toString()
