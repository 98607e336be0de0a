import { closeSync, openSync, readSync } from 'node:fs'
import { getSystemErrorMessage } from 'node:util'
import { messageOf } from '../shared/errors.ts'

/** More than any configuration; a file that is larger was named by mistake. */
export const maxFileBytes = 1024 * 1024

export type ReadResult = { readonly text: string } | { readonly problem: string }

/** Reads a text file of at most {@link maxFileBytes}. Never throws. */
export function readTextFile(path: string): ReadResult {
  try {
    const bytes = readBounded(path)
    if (bytes === undefined) return { problem: `is larger than ${maxFileBytes} bytes` }
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch (error) {
    return { problem: reasonOf(error) }
  }
}

/** Read rather than asked for its size, since pipes and devices do not tell it. */
function readBounded(path: string): Buffer | undefined {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(maxFileBytes + 1)
    let length = 0
    while (length < bytes.length) {
      const got = readSync(file, bytes, length, bytes.length - length, null)
      if (got === 0) return bytes.subarray(0, length)
      length += got
    }
    return undefined
  } finally {
    closeSync(file)
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error) {
    if (error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'is not UTF-8 text'
    if ('errno' in error && typeof error.errno === 'number') {
      return `cannot be read: ${getSystemErrorMessage(error.errno)}`
    }
  }
  return `cannot be read: ${messageOf(error)}`
}
