import type { Attributes } from '@opentelemetry/api'
import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics'
import type { Point } from '../../../model/points.ts'
import { writeAttributes } from './attributes.ts'
import type { ByteWriter } from './byte-writer.ts'
import { writeExemplars } from './exemplars.ts'
import { RecentBytes } from './known-bytes.ts'
import { Tag } from './tags.ts'

/** `DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK` */
const noRecordedValue = 1

const knownUnder = (tag: number): RecentBytes<Attributes> =>
  new RecentBytes((to, attributes) => writeAttributes(to, attributes, tag))
const ofNumbers = knownUnder(Tag.number.attributes)
const ofHistograms = knownUnder(Tag.histogram.attributes)
const ofExponentials = knownUnder(Tag.exponential.attributes)

export function writeInteger(to: ByteWriter, point: Point<number>): void {
  writeNumber(to, point, true)
}

export function writeDouble(to: ByteWriter, point: Point<number>): void {
  writeNumber(to, point, false)
}

function writeNumber(to: ByteWriter, point: Point<number>, isInteger: boolean): void {
  const before = to.length
  if (point.hasNoValue === true) writeFlag(to, Tag.number.flags)
  else {
    if (isInteger) field64(to, point.value, Tag.number.int)
    else fieldDouble(to, point.value, Tag.number.double)
    writeExemplars(to, point.exemplars, Tag.number.exemplars, isInteger)
  }
  writeTimes(to, point)
  to.bytes(ofNumbers.of(point.attributes))
  to.close(Tag.kind.points, before)
}

export function writeHistogram(to: ByteWriter, point: Point<Histogram>): void {
  const before = to.length
  if (point.hasNoValue === true) writeFlag(to, Tag.histogram.flags)
  else writeHistogramValue(to, point)
  writeTimes(to, point)
  to.bytes(ofHistograms.of(point.attributes))
  to.close(Tag.kind.points, before)
}

function writeHistogramValue(to: ByteWriter, { value, exemplars }: Point<Histogram>): void {
  const { buckets, count, sum, min, max } = value
  fieldDouble(to, max, Tag.histogram.max)
  fieldDouble(to, min, Tag.histogram.min)
  writeExemplars(to, exemplars, Tag.histogram.exemplars, false)
  const beforeBounds = to.length
  for (const bound of buckets.boundaries.toReversed()) to.double(bound)
  if (to.length > beforeBounds) to.close(Tag.histogram.bounds, beforeBounds)
  const beforeCounts = to.length
  for (const one of buckets.counts.toReversed()) to.fixed64(one)
  if (to.length > beforeCounts) to.close(Tag.histogram.counts, beforeCounts)
  fieldDouble(to, sum, Tag.histogram.sum)
  field64(to, count, Tag.histogram.count)
}

export function writeExponential(to: ByteWriter, point: Point<ExponentialHistogram>): void {
  const before = to.length
  if (point.hasNoValue === true) writeFlag(to, Tag.exponential.flags)
  else writeExponentialValue(to, point)
  writeTimes(to, point)
  to.bytes(ofExponentials.of(point.attributes))
  to.close(Tag.kind.points, before)
}

function writeExponentialValue(
  to: ByteWriter,
  { value, exemplars }: Point<ExponentialHistogram>,
): void {
  const { count, sum, scale, zeroCount, positive, negative, min, max } = value
  fieldDouble(to, max, Tag.exponential.max)
  fieldDouble(to, min, Tag.exponential.min)
  writeExemplars(to, exemplars, Tag.exponential.exemplars, false)
  writeBuckets(to, negative, Tag.exponential.negative)
  writeBuckets(to, positive, Tag.exponential.positive)
  field64(to, zeroCount, Tag.exponential.zeroCount)
  if (scale !== 0) {
    to.sint32(scale)
    to.byte(Tag.exponential.scale)
  }
  fieldDouble(to, sum, Tag.exponential.sum)
  field64(to, count, Tag.exponential.count)
}

function writeBuckets(
  to: ByteWriter,
  { offset, bucketCounts }: ExponentialHistogram['positive'],
  tag: number,
): void {
  const before = to.length
  for (let place = bucketCounts.length - 1; place >= 0; place -= 1)
    to.varint(bucketCounts[place] ?? 0)
  if (to.length > before) to.close(Tag.buckets.counts, before)
  if (offset !== 0) {
    to.sint32(offset)
    to.byte(Tag.buckets.offset)
  }
  to.close(tag, before)
}

function writeTimes(to: ByteWriter, { startTime, endTime }: Point<unknown>): void {
  to.time(endTime)
  to.byte(Tag.point.end)
  to.time(startTime)
  to.byte(Tag.point.start)
}

function writeFlag(to: ByteWriter, tag: number): void {
  to.byte(noRecordedValue)
  to.byte(tag)
}

function field64(to: ByteWriter, value: number, tag: number): void {
  to.fixed64(value)
  to.byte(tag)
}

/** Left out where it is not known: 0 is a value. */
function fieldDouble(to: ByteWriter, value: number | undefined, tag: number): void {
  if (value === undefined) return
  to.double(value)
  to.byte(tag)
}
