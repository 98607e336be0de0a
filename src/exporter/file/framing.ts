import { type FileHandle, open, stat } from 'node:fs/promises'
import type { FileConfig } from './config.ts'

/** Before each entry that is no line, big-endian. */
export const LENGTH_BYTES = 4

/** Whether entries stand behind their length, not on lines. */
export function isFramed({ format, compression }: FileConfig): boolean {
  return format === 'proto' || compression !== ''
}

/**
 * Ends what an agent that was killed had begun to write, so that what comes behind it can be read: half a line gets its
 * end, half an entry goes. What is not there, no file, or of another form, is left alone.
 *
 * @throws the system's error if the file cannot be read and written
 */
export async function mend(path: string, isFramedFile: boolean): Promise<void> {
  const size = await sizeOf(path)
  if (size === 0) return
  const handle = await open(path, 'r+')
  try {
    if (isFramedFile) await cutHalfEntry(handle, size)
    else await endHalfLine(handle, size)
  } finally {
    await handle.close()
  }
}

/** @returns 0 for what is no file */
async function sizeOf(path: string): Promise<number> {
  try {
    const stats = await stat(path)
    return stats.isFile() ? stats.size : 0
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0
    throw error
  }
}

async function endHalfLine(handle: FileHandle, size: number): Promise<void> {
  const last = Buffer.alloc(1)
  await handle.read(last, 0, 1, size - 1)
  if (last.toString() !== '\n') await handle.write('\n', size)
}

async function cutHalfEntry(handle: FileHandle, size: number): Promise<void> {
  const length = Buffer.alloc(LENGTH_BYTES)
  let end = 0
  while (end < size) {
    const { bytesRead } = await handle.read(length, 0, LENGTH_BYTES, end)
    const next = end + LENGTH_BYTES + length.readUInt32BE()
    if (bytesRead < LENGTH_BYTES || next > size) {
      // Without one whole entry it may be something else.
      if (end > 0) await handle.truncate(end)
      return
    }
    end = next
  }
}
