/** A tiny protobuf writer: what the decoder is fed with is made by other code than the decoder. */
export type Any =
  | { string: string | Buffer }
  | { bool: boolean }
  | { int: bigint }
  | { double: number }
  | { list: Any[] }
  | { map: Record<string, Any> }
  | { bytes: Buffer }
  | Record<string, never>

export function varint(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, value)
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0))
    rest >>= 7n
  } while (rest > 0n)
  return Buffer.from(bytes)
}

export function field(number: number, content: Buffer | string): Buffer {
  const bytes = Buffer.from(content)
  return Buffer.concat([varint(BigInt(number * 8 + 2)), varint(BigInt(bytes.length)), bytes])
}

export function anyValue(value: Any): Buffer {
  if ('string' in value) return field(1, value.string)
  if ('bool' in value) return Buffer.from([0x10, value.bool ? 1 : 0])
  if ('int' in value) return Buffer.concat([Buffer.from([0x18]), varint(value.int)])
  if ('double' in value) {
    const bytes = Buffer.alloc(9)
    bytes.writeUInt8(0x21)
    bytes.writeDoubleLE(value.double, 1)
    return bytes
  }
  if ('list' in value) {
    return field(5, Buffer.concat(value.list.map((one) => field(1, anyValue(one)))))
  }
  if ('map' in value) {
    const pairs = Object.entries(value.map)
    return field(6, Buffer.concat(pairs.map(([key, one]) => field(1, keyValue(key, one)))))
  }
  if ('bytes' in value) return field(7, value.bytes)
  return Buffer.alloc(0)
}

export function keyValue(key: string, value: Any): Buffer {
  return Buffer.concat([field(1, key), field(2, anyValue(value))])
}

/** A `ProcessContext` with these resource attributes. */
export function processContext(attributes: readonly (readonly [string, Any])[]): Buffer {
  const resource = attributes.map(([key, value]) => field(1, keyValue(key, value)))
  return field(1, Buffer.concat(resource))
}

/** The same for text attributes. */
export function textContext(attributes: Record<string, string>): Buffer {
  return processContext(Object.entries(attributes).map(([key, value]) => [key, { string: value }]))
}
