import type { Exemplar } from '../../../model/points.ts'
import { writeAttributes } from './attributes.ts'
import type { ByteWriter } from './byte-writer.ts'
import { Tag } from './tags.ts'

/** `repeated Exemplar`, each under the tag of its kind of point. */
export function writeExemplars(
  to: ByteWriter,
  exemplars: readonly Exemplar[] | undefined,
  tag: number,
  isInteger: boolean,
): void {
  if (exemplars === undefined) return
  for (const exemplar of exemplars.toReversed()) writeExemplar(to, exemplar, tag, isInteger)
}

function writeExemplar(to: ByteWriter, exemplar: Exemplar, tag: number, isInteger: boolean): void {
  const { time, value, traceId, spanId, attributes } = exemplar
  const before = to.length
  writeAttributes(to, attributes, Tag.exemplar.attributes)
  if (isInteger) {
    to.fixed64(value)
    to.byte(Tag.exemplar.int)
  }
  writeId(to, traceId, Tag.exemplar.traceId)
  writeId(to, spanId, Tag.exemplar.spanId)
  if (!isInteger) {
    to.double(value)
    to.byte(Tag.exemplar.double)
  }
  to.time(time)
  to.byte(Tag.exemplar.time)
  to.close(tag, before)
}

function writeId(to: ByteWriter, id: string | undefined, tag: number): void {
  if (id === undefined) return
  const before = to.length
  to.bytes(Buffer.from(id, 'hex'))
  to.close(tag, before)
}
