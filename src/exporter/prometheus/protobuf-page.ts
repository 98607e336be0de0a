import type { HrTime } from '@opentelemetry/api'
import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics'
import type { Exemplar } from '../../model/points.ts'
import {
  type ClassicBucket,
  explicitBuckets,
  exponentialBuckets,
} from '../wire/prometheus/classic-buckets.ts'
import { writeLabelsAndValue } from '../wire/prometheus/exemplar-message.ts'
import { parseLabels } from '../wire/prometheus/labels.ts'
import { Message } from '../wire/prometheus/message.ts'
import type { FamilyType } from '../wire/prometheus/names.ts'
import { schemaOf } from '../wire/prometheus/native-buckets.ts'
import { writeNativeBuckets } from '../wire/prometheus/native-message.ts'
import { unitSuffix } from '../wire/prometheus/units.ts'
import type { FamilySnapshot, Point } from './family.ts'

/** `io.prometheus.client.MetricType`. */
const types: Record<FamilyType, number> = { counter: 0, gauge: 1, histogram: 4 }

/** Field of `io.prometheus.client.Metric` that has the value. */
const valueFields: Record<FamilyType, number> = { counter: 3, gauge: 2, histogram: 7 }

/** A part is at least this long, but for the last. */
const partBytes = 64 * 1024

/** Labels of so many series are kept; beyond, all are made anew. */
const maxLabels = 100_000

/**
 * Writes pages as a stream of `io.prometheus.client.MetricFamily`, each after its length. Exponential histograms are
 * native histograms here, with all their buckets; they have the classic ones of the text page too, for a server that
 * does not take native ones. Counters and histograms tell when they began.
 */
export class ProtobufPages {
  readonly #hasTimestamps: boolean
  /** Encoded, by their text: written once for all pages and families. */
  readonly #labels = new Map<string, Uint8Array>()

  constructor({ hasTimestamps }: { readonly hasTimestamps: boolean }) {
    this.#hasTimestamps = hasTimestamps
  }

  /** The page in parts. Some are empty: there, too, the caller can let others work. */
  *write(families: readonly FamilySnapshot[]): Generator<Uint8Array, void, void> {
    for (const family of families) {
      if (family.points.length > 0) yield* this.#writeFamily(family)
    }
  }

  *#writeFamily(family: FamilySnapshot): Generator<Uint8Array, void, void> {
    // The length of a family stands before it, so all its parts are made before the first goes.
    const parts: Uint8Array[] = []
    const message = new Message(partBytes * 2)
    let bytes = 0
    const finish = () => {
      parts.push(message.toBytes())
      bytes += message.length
      message.clear()
    }
    writeHead(message, family)
    for (const [at, point] of family.points.entries()) {
      message.nested(4, () => {
        message.raw(this.#labelsOf(family.labels[at] ?? ''))
        writePoint(message, family, point)
        if (this.#hasTimestamps) writeTime(message, point.endTime)
      })
      if (message.length < partBytes) continue
      finish()
      yield new Uint8Array()
    }
    finish()
    const length = new Message(16)
    length.varint(bytes)
    yield length.toBytes()
    yield* parts
  }

  #labelsOf(text: string): Uint8Array {
    const known = this.#labels.get(text)
    if (known !== undefined) return known
    if (this.#labels.size >= maxLabels) this.#labels.clear()
    const encoded = encodeLabels(text)
    this.#labels.set(text, encoded)
    return encoded
  }
}

function writeHead(message: Message, { name, help, type, unit }: FamilySnapshot): void {
  message.string(1, name)
  if (help !== '') message.string(2, help)
  message.unsigned(3, types[type])
  const suffix = unitSuffix(unit)
  const isInName = suffix !== '' && name.replace(/_total$/, '').endsWith(`_${suffix}`)
  if (isInName) message.string(5, suffix)
}

function encodeLabels(text: string): Uint8Array {
  const labels = new Message(text.length + 16)
  for (const [name, value] of parseLabels(text)) {
    labels.nested(1, () => {
      labels.string(1, name)
      labels.string(2, value)
    })
  }
  return labels.toBytes()
}

function writePoint(message: Message, { type, unit }: FamilySnapshot, point: Point): void {
  const { value, startTime } = point
  message.nested(valueFields[type], () => {
    if (typeof value === 'number') {
      message.double(1, value)
      if (type === 'counter') writeInstant(message, 3, startTime)
      return
    }
    message.unsigned(1, value.count)
    if (value.sum !== undefined) message.double(2, value.sum)
    if ('scale' in value) writeExponential(message, value, unit, point.exemplars)
    else writeClassic(message, explicitBuckets(value), point.exemplars?.[0])
    writeInstant(message, 15, startTime)
  })
}

function writeExponential(
  message: Message,
  histogram: ExponentialHistogram,
  unit: string,
  exemplars: readonly Exemplar[] = [],
): void {
  writeClassic(message, exponentialBuckets(histogram, unit), exemplars[0])
  const schema = schemaOf(histogram)
  if (schema === undefined) return
  writeNativeBuckets(message, 5, schema, histogram)
  for (const exemplar of exemplars) writeExemplar(message, 16, exemplar)
}

/** @param exemplar stands in the bucket that it is of, unless it is beyond the last bound */
function writeClassic(
  message: Message,
  buckets: readonly ClassicBucket[],
  exemplar: Exemplar | undefined,
): void {
  const place =
    exemplar === undefined ? -1 : buckets.findIndex(({ bound }) => exemplar.value <= bound)
  for (const [at, { bound, count }] of buckets.entries()) {
    message.nested(3, () => {
      message.unsigned(1, count)
      message.double(2, bound)
      if (at === place && exemplar !== undefined) writeExemplar(message, 3, exemplar)
    })
  }
}

function writeExemplar(message: Message, field: number, exemplar: Exemplar): void {
  message.nested(field, () => {
    writeLabelsAndValue(message, exemplar)
    writeInstant(message, 3, exemplar.time)
  })
}

function writeInstant(message: Message, field: number, [seconds, nanoseconds]: HrTime): void {
  if (seconds === 0) return
  message.nested(field, () => {
    message.unsigned(1, seconds)
    message.unsigned(2, nanoseconds)
  })
}

function writeTime(message: Message, [seconds, nanoseconds]: HrTime): void {
  if (seconds !== 0) message.unsigned(6, seconds * 1000 + Math.floor(nanoseconds / 1e6))
}
