import { constants } from 'node:fs'
import { access, type FileHandle, mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Backups } from './backups.ts'
import type { FileConfig } from './config.ts'
import { isFramed, mend } from './framing.ts'

const MIB = 1024 * 1024
const FILE_MODE = 0o644

/** Most bytes of one file. */
export function maxFileBytes({ rotation }: FileConfig): number {
  return rotation === undefined ? Number.POSITIVE_INFINITY : rotation.max_megabytes * MIB
}

/** The file of an exporter: opened at the start, exchanged for a new one when full. Calls must not overlap. */
export class OutputFile {
  readonly #config: FileConfig
  readonly #backups: Backups | undefined
  readonly #maxBytes: number
  readonly #onPruneFailed: (error: unknown) => void
  readonly #now: () => number
  #handle: FileHandle | undefined
  /** Bytes in the file, as far as we wrote it; not known of pipes and terminals. */
  #size = 0

  /** @param now wall clock in ms */
  constructor(
    config: FileConfig,
    onPruneFailed: (error: unknown) => void,
    now: () => number = Date.now,
  ) {
    this.#onPruneFailed = onPruneFailed
    const { path, rotation } = config
    this.#config = config
    this.#now = now
    this.#maxBytes =
      rotation === undefined ? Number.POSITIVE_INFINITY : rotation.max_megabytes * MIB
    this.#backups =
      rotation === undefined
        ? undefined
        : new Backups({
            path,
            isLocal: rotation.localtime,
            maxBackups: rotation.max_backups,
            maxDays: rotation.max_days,
          })
  }

  /** @throws the system's error if the file cannot be written */
  async open(): Promise<void> {
    const { path, append, create_directory, directory_permissions } = this.#config
    if (create_directory) {
      const mode = Number.parseInt(directory_permissions ?? '0755', 8)
      await mkdir(dirname(path), { recursive: true, mode })
    }
    const isGoneOnWith = append || this.#backups !== undefined
    if (isGoneOnWith) await mend(path, isFramed(this.#config))
    await this.#reopen(isGoneOnWith ? 'a' : 'w')
    await this.#prune()
  }

  /**
   * Writes an entry whole or not at all, as far as the system lets it.
   *
   * @throws the system's error, e.g. of a full disk; later entries may be written again
   */
  async write(entry: Uint8Array): Promise<void> {
    if (this.#size + entry.length > this.#maxBytes) await this.#rotate()
    const handle = this.#handle ?? (await this.#reopen('a'))
    let written = 0
    try {
      while (written < entry.length) {
        written += (await handle.write(entry, written)).bytesWritten
      }
      this.#size += written
    } catch (error) {
      await this.#takeBack(handle, written)
      throw error
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }

  async #reopen(flags: 'a' | 'w'): Promise<FileHandle> {
    const handle = await open(this.#config.path, flags, FILE_MODE)
    this.#handle = handle
    const stats = await handle.stat()
    this.#size = stats.isFile() ? stats.size : 0
    return handle
  }

  async #rotate(): Promise<void> {
    await this.close()
    if (this.#backups === undefined) return
    try {
      await rename(this.#config.path, await this.#freeName(this.#backups))
    } catch (error) {
      // Somebody removed the file: there is nothing to set aside.
      if (!isMissing(error)) throw error
    }
    await this.#reopen('a')
    await this.#prune()
  }

  /** Old files that stay cost room on the disk, and no points. */
  async #prune(): Promise<void> {
    try {
      await this.#backups?.prune(this.#now())
    } catch (error) {
      this.#onPruneFailed(error)
    }
  }

  /** Two files may be full within a millisecond. */
  async #freeName(backups: Backups): Promise<string> {
    for (let time = this.#now(); ; time += 1) {
      const path = backups.pathAt(time)
      try {
        await access(path, constants.F_OK)
      } catch {
        return path
      }
    }
  }

  /** A part of an entry would spoil the one behind it. */
  async #takeBack(handle: FileHandle, written: number): Promise<void> {
    try {
      const stats = await handle.stat()
      const isOurs = stats.isFile() && stats.size === this.#size + written
      if (written > 0 && isOurs) await handle.truncate(this.#size)
      else if (stats.isFile()) this.#size = stats.size
    } catch {
      // The write has failed already; what it left cannot be helped.
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
