import { type FileHandle, open } from 'node:fs/promises'

const maxBytes = 64 * 1024

/**
 * @returns the file's text, at most 64 KiB of it; `undefined` if there is no such file
 * @throws if it is there and cannot be read
 */
export async function smallText(path: string): Promise<string | undefined> {
  const file = await opened(path)
  if (file === undefined) return undefined
  try {
    const bytes = new Uint8Array(maxBytes)
    const { bytesRead } = await file.read(bytes, 0, maxBytes, 0)
    return new TextDecoder().decode(bytes.subarray(0, bytesRead))
  } finally {
    await file.close()
  }
}

async function opened(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
