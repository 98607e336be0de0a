import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics'
import type { Message } from './message.ts'
import { type NativeBuckets, nativeBuckets } from './native-buckets.ts'

/** The least value that is not taken for 0 where a histogram does not say: OpenTelemetry's and Prometheus' own choice. */
const defaultZeroThreshold = 1e-128

/**
 * Writes schema, zero bucket and buckets of a native histogram, whose fields have the same order in the messages of a scrape and
 * of remote write.
 *
 * @param schemaField number of the field `schema`; the others follow from it
 */
export function writeNativeBuckets(
  message: Message,
  schemaField: number,
  schema: number,
  { scale, zeroCount, positive, negative }: ExponentialHistogram,
): void {
  message.signed(schemaField, schema)
  message.double(schemaField + 1, defaultZeroThreshold)
  message.unsigned(schemaField + 2, zeroCount)
  writeSide(message, schemaField + 4, nativeBuckets(negative, scale, schema))
  writeSide(message, schemaField + 7, nativeBuckets(positive, scale, schema))
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
