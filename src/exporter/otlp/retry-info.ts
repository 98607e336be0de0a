/**
 * Reads `google.rpc.RetryInfo` out of `grpc-status-details-bin`, a `google.rpc.Status`. What cannot be read is
 * as if it were not there: the bytes come from the network.
 *
 * @returns the wait that the backend asks for in milliseconds, or `undefined` if there is no `RetryInfo`
 */
export function readRetryDelay(statusDetails: Uint8Array): number | undefined {
  for (const any of messages(statusDetails, 3)) {
    const [typeUrl] = messages(any, 1)
    if (
      typeUrl === undefined ||
      !Buffer.from(typeUrl).toString().endsWith('/google.rpc.RetryInfo')
    ) {
      continue
    }
    const [retryInfo] = messages(any, 2)
    const [delay] = messages(retryInfo ?? new Uint8Array(), 1)
    const duration = fields(delay ?? new Uint8Array())
    const seconds = numberOf(duration, 1)
    const nanos = numberOf(duration, 2)
    return Math.max(0, seconds * 1000 + nanos / 1e6)
  }
  return undefined
}

interface Field {
  readonly number: number
  readonly value: bigint | Uint8Array
}

function messages(bytes: Uint8Array, number: number): Uint8Array[] {
  return fields(bytes).flatMap((field) =>
    field.number === number && field.value instanceof Uint8Array ? [field.value] : [],
  )
}

function numberOf(all: readonly Field[], number: number): number {
  const value = all.findLast((field) => field.number === number)?.value
  return typeof value === 'bigint' ? Number(BigInt.asIntN(64, value)) : 0
}

/** The fields of a protobuf message, up to the first that is malformed or of a kind that is not needed here. */
function fields(bytes: Uint8Array): Field[] {
  const found: Field[] = []
  const cursor = { bytes, at: 0 }
  while (cursor.at < bytes.length) {
    const tag = readVarint(cursor)
    if (tag === undefined) break
    const value = readValue(cursor, Number(tag & 7n))
    if (value === undefined) break
    found.push({ number: Number(tag >> 3n), value })
  }
  return found
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
