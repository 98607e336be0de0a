import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { DamagedItemError, type StorageClient, type StoredItem } from '../../model/storage.ts'
import { isSystemError } from './disk-errors.ts'
import { bodyOf, fileNameOf, fileSizeOf, headerOf, parseFileName } from './item-file.ts'

const FILE_MODE = 0o600
/** Nothing that somebody put there may make it wait. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK

export interface FolderSettings {
  readonly path: string
  readonly mode: number
  /** Whether a request counts as kept only when the disk has it. */
  readonly fsync: boolean
  readonly onClosed: () => void
}

/**
 * A file for each request. What was sent is removed, so the room is free at once, and damage to one file costs that one
 * alone. Files are written under their final name: length and checksum tell a half-written one.
 */
export class Folder implements StorageClient {
  readonly left: readonly StoredItem[]
  readonly #settings: FolderSettings
  #next: number

  private constructor(settings: FolderSettings, left: readonly StoredItem[]) {
    this.#settings = settings
    this.left = left
    this.#next = (left.at(-1)?.sequence ?? 0) + 1
  }

  /** @throws the system's error */
  static async open(settings: FolderSettings): Promise<Folder> {
    await mkdir(settings.path, { recursive: true, mode: settings.mode })
    const names = await readdir(settings.path)
    const left = names
      .flatMap((name) => parseFileName(name) ?? [])
      .toSorted((one, other) => one.sequence - other.sequence)
    return new Folder(settings, left)
  }

  async append(
    body: Uint8Array,
    { items, timeMs }: Pick<StoredItem, 'items' | 'timeMs'>,
  ): Promise<StoredItem> {
    const item = { sequence: this.#next, items, timeMs: Math.trunc(timeMs), bytes: body.length }
    this.#next += 1
    const path = this.#pathOf(item)
    const handle = await open(path, 'wx', FILE_MODE)
    try {
      await writeWhole(handle, [headerOf(item, body), body], this.#settings.fsync)
    } catch (error) {
      // A part of it would only be counted as damaged later. If it cannot be removed, it is.
      await unlink(path).catch(() => undefined)
      throw error
    }
    if (this.#settings.fsync) await this.#syncNames()
    return item
  }

  async read(item: StoredItem): Promise<Uint8Array> {
    const handle = await open(this.#pathOf(item), READ)
    try {
      const { size } = await handle.stat()
      if (size !== fileSizeOf(item)) {
        throw new DamagedItemError(`${size} bytes instead of ${fileSizeOf(item)}`)
      }
      return bodyOf(item, await handle.readFile())
    } finally {
      await handle.close()
    }
  }

  async remove(item: StoredItem): Promise<void> {
    try {
      await unlink(this.#pathOf(item))
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw error
    }
  }

  async close(): Promise<void> {
    this.#settings.onClosed()
  }

  #pathOf(item: StoredItem): string {
    return join(this.#settings.path, fileNameOf(item))
  }

  async #syncNames(): Promise<void> {
    const handle = await open(this.#settings.path, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }
}

async function writeWhole(
  handle: FileHandle,
  parts: readonly Uint8Array[],
  fsync: boolean,
): Promise<void> {
  try {
    for (const part of parts) await handle.writeFile(part)
    if (fsync) await handle.datasync()
  } finally {
    await handle.close()
  }
}
