import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics'
import { type Message, varintLength } from '../wire/prometheus/message.ts'
import { schemaOf } from '../wire/prometheus/native-buckets.ts'
import { writeNativeBuckets } from '../wire/prometheus/native-message.ts'
import type { Sample } from './series.ts'

/** The one NaN that says that a series has ended. */
const STALE = 0x7ff0000000000002n

const DOUBLE_FIELD_BYTES = 9

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
  const times = 1 + varintLength(timeMs) + (startMs > 0 ? 1 + varintLength(startMs) : 0)
  message.open(fields.samples, DOUBLE_FIELD_BYTES + times)
  if (hasEnded) message.fixed64(1, STALE)
  else message.double(1, value)
  message.unsigned(2, timeMs)
  if (startMs > 0) message.unsigned(3, startMs)
}

function writeHistogram(message: Message, histogram: ExponentialHistogram): void {
  const { count, sum } = histogram
  message.unsigned(1, count)
  if (sum !== undefined) message.double(3, sum)
  writeNativeBuckets(message, 4, schemaOf(histogram) ?? 0, histogram)
}
