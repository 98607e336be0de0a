/** A field of a protobuf message; a fixed32 or fixed64 is its bytes. */
export interface ProtobufField {
  readonly number: number
  readonly value: bigint | Uint8Array
}

/**
 * Reads the fields of a protobuf message that comes from the network.
 *
 * @returns those up to the first that is malformed or a group, and whether that was all
 */
export function readFields(bytes: Uint8Array): {
  readonly fields: readonly ProtobufField[]
  readonly isWhole: boolean
} {
  const fields: ProtobufField[] = []
  const cursor = { bytes, at: 0 }
  while (cursor.at < bytes.length) {
    const tag = readVarint(cursor)
    const value = tag === undefined ? undefined : readValue(cursor, Number(tag & 7n))
    if (tag === undefined || value === undefined) return { fields, isWhole: false }
    fields.push({ number: Number(tag >> 3n), value })
  }
  return { fields, isWhole: true }
}

/** Messages, strings or bytes of one number. */
export function bytesOf(fields: readonly ProtobufField[], number: number): readonly Uint8Array[] {
  return fields.flatMap((field) =>
    field.number === number && field.value instanceof Uint8Array ? [field.value] : [],
  )
}

/** An int64, 0 if it is not there. */
export function numberOf(fields: readonly ProtobufField[], number: number): number {
  const value = fields.findLast((field) => field.number === number)?.value
  return typeof value === 'bigint' ? Number(BigInt.asIntN(64, value)) : 0
}

interface Cursor {
  readonly bytes: Uint8Array
  at: number
}

const fixedLengths = new Map([
  [1, 8],
  [5, 4],
])

function readValue(cursor: Cursor, wireType: number): bigint | Uint8Array | undefined {
  if (wireType === 0) return readVarint(cursor)
  const length = wireType === 2 ? readVarint(cursor) : fixedLengths.get(wireType)
  if (length === undefined || Number(length) > cursor.bytes.length - cursor.at) return undefined
  const start = cursor.at
  cursor.at += Number(length)
  return cursor.bytes.subarray(start, cursor.at)
}

function readVarint(cursor: Cursor): bigint | undefined {
  let value = 0n
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = cursor.bytes[cursor.at]
    if (byte === undefined) return undefined
    cursor.at += 1
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return value
  }
  return undefined
}
