import { fileURLToPath } from 'node:url'
import protobuf from 'protobufjs'

const proto = await protobuf.load(
  fileURLToPath(
    new URL('../exporter/prometheusremotewrite/fixtures/remote-write.proto', import.meta.url),
  ),
)
const requestV1 = proto.lookupType('v1.WriteRequest')
const requestV2 = proto.lookupType('v1.RequestV2')

export interface WrittenExemplar {
  /** `name=value`. */
  readonly labels: readonly string[]
  readonly value: number
  readonly timestamp: string
}

/** What a backend reads of one series of a request. */
export interface WrittenSeries {
  /** `name=value`, in the order of the request. */
  readonly labels: readonly string[]
  readonly samples: readonly { readonly value: number; readonly timestamp: string }[]
  readonly histograms: readonly object[]
  readonly exemplars: readonly WrittenExemplar[]
  /** Of 2.0. */
  readonly help?: string
  readonly unit?: string
}

interface RawLabels {
  readonly labels?: readonly { readonly name: string; readonly value: string }[]
  readonly labelsRefs?: readonly number[]
}

interface RawSeries extends RawLabels {
  readonly exemplars?: readonly (RawLabels & Omit<WrittenExemplar, 'labels'>)[]
  readonly samples?: WrittenSeries['samples']
  readonly histograms?: readonly object[]
  readonly metadata?: { readonly helpRef?: number; readonly unitRef?: number }
}

interface RawRequest {
  readonly symbols?: readonly string[]
  readonly timeseries?: readonly RawSeries[]
  readonly metadata?: readonly { readonly metricFamilyName: string }[]
}

/** A request of remote write 1.0 as another library than ours decodes it. */
export function decodeV1(body: Uint8Array): WrittenSeries[] {
  const texts = ({ labels = [] }: RawLabels) => labels.map(({ name, value }) => `${name}=${value}`)
  return rawOf(requestV1, body).map((series) => written(series, texts))
}

function written(series: RawSeries, texts: (of: RawLabels) => string[]): WrittenSeries {
  const { samples = [], histograms = [], exemplars = [] } = series
  return {
    labels: texts(series),
    samples,
    histograms,
    exemplars: exemplars.map((one) => ({
      labels: texts(one),
      value: one.value,
      timestamp: one.timestamp,
    })),
  }
}

/** Names of the families that a request of 1.0 describes. */
export function describedBy(body: Uint8Array): string[] {
  const request: RawRequest = requestV1.toObject(requestV1.decode(body))
  return (request.metadata ?? []).map(({ metricFamilyName }) => metricFamilyName)
}

/** The same of 2.0. @throws if a series refers to a symbol that is not there */
export function decodeV2(body: Uint8Array): WrittenSeries[] {
  const request: RawRequest = requestV2.toObject(requestV2.decode(body))
  const { symbols = [] } = request
  const text = (ref = 0): string => {
    const symbol = symbols[ref]
    if (symbol === undefined) throw new Error(`no symbol ${ref} of ${symbols.length}`)
    return symbol
  }
  const texts = ({ labelsRefs = [] }: RawLabels) =>
    pairs(labelsRefs).map(([name, value]) => `${text(name)}=${text(value)}`)
  return rawOf(requestV2, body).map((series) => ({
    ...written(series, texts),
    help: text(series.metadata?.helpRef),
    unit: text(series.metadata?.unitRef),
  }))
}

function rawOf(type: protobuf.Type, body: Uint8Array): readonly RawSeries[] {
  const request: RawRequest = type.toObject(type.decode(body), { longs: String })
  return request.timeseries ?? []
}

function pairs(refs: readonly number[]): [number, number][] {
  return Array.from({ length: Math.ceil(refs.length / 2) }, (_, at) => [
    refs[2 * at] ?? -1,
    refs[2 * at + 1] ?? -1,
  ])
}
