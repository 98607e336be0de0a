import { compress } from 'snappyjs'
import { Turns } from '../wire/turns.ts'

/** Snappy looks for repetitions in blocks of this size, so nothing is lost by giving it one after the other. */
const BLOCK_BYTES = 64 * 1024

/**
 * Compresses to Snappy's block format: the length, then the elements of one block after the other. Others have their
 * turn in between.
 */
export async function snappy(body: Uint8Array): Promise<Uint8Array> {
  const turns = new Turns()
  const parts: Uint8Array[] = [lengthOf(body)]
  for (let at = 0; at < body.length; at += BLOCK_BYTES) {
    const block = new Uint8Array(body.subarray(at, at + BLOCK_BYTES))
    parts.push(compress(block).subarray(lengthOf(block).length))
    await turns.next()
  }
  return Buffer.concat(parts)
}

/** As a varint of protobuf. */
function lengthOf({ length }: Uint8Array): Uint8Array {
  const bytes: number[] = []
  let rest = length
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80)
  return Uint8Array.of(...bytes, rest)
}
