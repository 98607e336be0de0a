import type { Attributes } from '@opentelemetry/api'
import type { ByteWriter } from './byte-writer.ts'
import { Tag } from './tags.ts'

/** `repeated KeyValue`, each under the tag. What a value cannot be is an empty one. */
export function writeAttributes(to: ByteWriter, attributes: Attributes, tag: number): void {
  const keys = Object.keys(attributes)
  for (let place = keys.length - 1; place >= 0; place -= 1) {
    const key = keys[place] ?? ''
    const before = to.length
    writeValue(to, attributes[key])
    to.close(Tag.keyValue.value, before)
    writeText(to, key, Tag.keyValue.key)
    to.close(tag, before)
  }
}

/** Left out where it is empty, as protobuf has it. */
export function writeText(to: ByteWriter, text: string | undefined, tag: number): void {
  if (text === undefined || text === '') return
  const before = to.length
  to.text(text)
  to.close(tag, before)
}

/** The content of an `AnyValue`. */
export function writeValue(to: ByteWriter, value: unknown): void {
  const before = to.length
  if (typeof value === 'string') {
    to.text(value)
    to.close(Tag.anyValue.text, before)
  } else if (typeof value === 'boolean') {
    to.byte(value ? 1 : 0)
    to.byte(Tag.anyValue.bool)
  } else if (typeof value === 'number') {
    writeNumber(to, value)
  } else if (Array.isArray(value)) {
    for (const item of value.toReversed()) {
      const beforeItem = to.length
      writeValue(to, item)
      to.close(Tag.arrayValue.values, beforeItem)
    }
    to.close(Tag.anyValue.array, before)
  }
}

function writeNumber(to: ByteWriter, value: number): void {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 63) {
    to.int64(value)
    to.byte(Tag.anyValue.int)
  } else {
    to.double(value)
    to.byte(Tag.anyValue.double)
  }
}
