import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics'
import type { Message } from '../wire/prometheus/message.ts'
import { type NativeBuckets, nativeBuckets, schemaOf } from '../wire/prometheus/native-buckets.ts'
import type { Sample } from './series.ts'

/** The one NaN that says that a series has ended. */
const STALE = 0x7ff0000000000002n

/** The least value that is not taken for 0 where a histogram does not say: OpenTelemetry's and Prometheus' own choice. */
const defaultZeroThreshold = 1e-128

/** Numbers of fields in which the two versions differ. */
export interface SampleFields {
  readonly samples: number
  readonly histograms: number
  /** Whether samples tell when their series began. */
  readonly hasStart: boolean
}

/** Writes the value of a `TimeSeries`: its one sample, or its one histogram. */
export function writeSample(message: Message, sample: Sample, fields: SampleFields): void {
  const { value, timeMs, hasEnded } = sample
  const startMs = fields.hasStart ? sample.startMs : 0
  if (typeof value !== 'number') {
    message.nested(fields.histograms, () => {
      if (hasEnded) message.fixed64(3, STALE)
      else writeHistogram(message, value)
      message.unsigned(15, timeMs)
      if (startMs > 0) message.unsigned(17, startMs)
    })
    return
  }
  message.nested(fields.samples, () => {
    if (hasEnded) message.fixed64(1, STALE)
    else message.double(1, value)
    message.unsigned(2, timeMs)
    if (startMs > 0) message.unsigned(3, startMs)
  })
}

function writeHistogram(message: Message, histogram: ExponentialHistogram): void {
  const { scale, zeroCount, positive, negative, count, sum } = histogram
  const schema = schemaOf(histogram) ?? 0
  message.unsigned(1, count)
  if (sum !== undefined) message.double(3, sum)
  message.signed(4, schema)
  message.double(5, defaultZeroThreshold)
  message.unsigned(6, zeroCount)
  writeSide(message, 8, nativeBuckets(negative, scale, schema))
  writeSide(message, 11, nativeBuckets(positive, scale, schema))
}

function writeSide(message: Message, spanField: number, { spans, deltas }: NativeBuckets): void {
  for (const { offset, length } of spans) {
    message.nested(spanField, () => {
      message.signed(1, offset)
      message.unsigned(2, length)
    })
  }
  if (deltas.length > 0) message.packedSigned(spanField + 1, deltas)
}
