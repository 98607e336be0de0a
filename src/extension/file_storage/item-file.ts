import { crc32 } from 'node:zlib'
import { DamagedItemError, type StoredItem } from '../../model/storage.ts'

const MAGIC = 0x31_51_54_4e // "NTQ1"
const HEADER_BYTES = 32
/** Where the checksum ends: it is over all behind it. */
const CHECKED_FROM = 8

/**
 * The name says all that must be known without opening the file, so that a start reads names only, and so that what is
 * lost with a damaged file can be counted: `SEQUENCE-ITEMS-TIME-BYTES.otlp`.
 */
export function fileNameOf({ sequence, items, timeMs, bytes }: StoredItem): string {
  return `${String(sequence).padStart(16, '0')}-${items}-${timeMs}-${bytes}.otlp`
}

/** `undefined`: not one of ours. */
export function parseFileName(name: string): StoredItem | undefined {
  const found = /^(\d{16})-(\d{1,9})-(\d{1,15})-(\d{1,9})\.otlp$/.exec(name)
  if (found === null) return undefined
  const [sequence = 0, items = 0, timeMs = 0, bytes = 0] = found.slice(1).map(Number)
  const item = { sequence, items, timeMs, bytes }
  return fileNameOf(item) === name ? item : undefined
}

export function fileSizeOf({ bytes }: StoredItem): number {
  return HEADER_BYTES + bytes
}

/** Magic, CRC-32 of what follows, then the numbers of the name, little-endian; behind it comes the body. */
export function headerOf(item: StoredItem, body: Uint8Array): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt32LE(MAGIC, 0)
  header.writeUInt32LE(item.bytes, 8)
  header.writeUInt32LE(item.items, 12)
  header.writeDoubleLE(item.timeMs, 16)
  header.writeDoubleLE(item.sequence, 24)
  header.writeUInt32LE(checksum(header, body), 4)
  return header
}

/** @throws DamagedItemError if the file is not the one of that name as it was written */
export function bodyOf(item: StoredItem, file: Uint8Array): Uint8Array {
  if (file.length !== fileSizeOf(item)) {
    throw new DamagedItemError(`${file.length} bytes instead of ${fileSizeOf(item)}`)
  }
  const body = file.subarray(HEADER_BYTES)
  if (!headerOf(item, body).every((byte, at) => byte === file[at])) {
    throw new DamagedItemError('its checksum is wrong')
  }
  return body
}

function checksum(header: Uint8Array, body: Uint8Array): number {
  return crc32(body, crc32(header.subarray(CHECKED_FROM)))
}
