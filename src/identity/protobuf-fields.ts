import type { Buffer } from 'node:buffer'

/** What is no protobuf message. */
export class Malformed extends Error {
  override message = 'no protobuf message'
}

/** One field of a message, as it stands on the wire. */
export interface Field {
  readonly number: number
  /** Value of a varint (wire type 0) or of a 64-bit field. */
  readonly bits: bigint
  /** Content of a length-delimited field. */
  readonly bytes?: Buffer
  readonly wireType: number
}

/**
 * Hands on field by field, in their order; those of 32 bits are left out.
 *
 * @throws Malformed
 */
export function eachField(bytes: Buffer, take: (field: Field) => void): void {
  let at = 0
  const next = (): bigint => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at]
      if (byte === undefined) throw new Malformed()
      at += 1
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new Malformed()
  }
  const skip = (length: bigint): Buffer => {
    if (length > BigInt(bytes.length - at)) throw new Malformed()
    const start = at
    at += Number(length)
    return bytes.subarray(start, at)
  }
  while (at < bytes.length) {
    const tag = next()
    const wireType = Number(tag & 7n)
    const number = Number(tag >> 3n)
    if (number === 0) throw new Malformed()
    if (wireType === 0) take({ number, wireType, bits: next() })
    else if (wireType === 1) take({ number, wireType, bits: skip(8n).readBigUInt64LE() })
    else if (wireType === 2) take({ number, wireType, bits: 0n, bytes: skip(next()) })
    else if (wireType === 5) skip(4n)
    else throw new Malformed()
  }
}

/**
 * Of a text, bytes or a message.
 *
 * @throws Malformed if it is none
 */
export function content(field: Field): Buffer {
  if (field.bytes === undefined) throw new Malformed()
  return field.bytes
}
