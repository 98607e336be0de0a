import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ComponentSettings } from '../../config/component.ts'
import type { Extension } from '../../model/component.ts'
import type { Storage, StorageClient } from '../../model/storage.ts'
import { messageOf, NettracerError } from '../../shared/errors.ts'
import type { FileStorageConfig } from './config.ts'
import { isMistake } from './disk-errors.ts'
import { Folder } from './folder.ts'
import { DirectoryLock } from './lock.ts'

const MIB = 1024 * 1024
const MAX_NAME_LENGTH = 200

/** Keeps requests in files, a folder for each queue. */
export class FileStorage implements Extension, Storage {
  readonly storage: Storage = this
  readonly maxBytes: number
  readonly maxAgeMs: number
  readonly #settings: ComponentSettings
  readonly #config: FileStorageConfig
  readonly #owners = new Set<string>()
  #lock: Promise<DirectoryLock> | undefined

  constructor(settings: ComponentSettings, config: FileStorageConfig) {
    this.#settings = settings
    this.#config = config
    this.maxBytes = config.max_size_mib * MIB
    this.maxAgeMs = config.max_age === 0 ? Number.POSITIVE_INFINITY : config.max_age
  }

  /** @throws NettracerError if the directory is a mistake or in use; not if the disk is full, read-only or failing */
  async start(): Promise<void> {
    try {
      await this.#hold()
    } catch (error) {
      if (error instanceof NettracerError) throw error
      const reason = messageOf(error)
      const message = `directory ${this.#config.directory} cannot be used: ${reason}`
      if (isMistake(error)) throw unusable(message, error)
      const fields = { directory: this.#config.directory, reason }
      const { logger } = this.#settings.telemetry
      logger.warn('Nothing can be kept on disk now; queues stay in memory and try again', fields)
    }
  }

  async shutdown(): Promise<void> {
    const lock = await this.#lock?.catch(() => undefined)
    this.#lock = undefined
    await lock?.release()
  }

  async open(owner: string): Promise<StorageClient> {
    if (this.#owners.has(owner)) throw unusable(`it is open already for ${owner}`)
    this.#owners.add(owner)
    try {
      await this.#hold()
      return await Folder.open({
        path: join(this.#config.directory, folderNameOf(owner)),
        mode: this.#mode,
        fsync: this.#config.fsync,
        onClosed: () => this.#owners.delete(owner),
      })
    } catch (error) {
      this.#owners.delete(owner)
      throw error
    }
  }

  get #mode(): number {
    return Number.parseInt(this.#config.directory_permissions, 8)
  }

  /** What failed may be tried again. */
  async #hold(): Promise<void> {
    this.#lock ??= this.#acquire()
    try {
      await this.#lock
    } catch (error) {
      this.#lock = undefined
      throw error
    }
  }

  async #acquire(): Promise<DirectoryLock> {
    const { directory, timeout, create_directory: isMade } = this.#config
    if (isMade) await mkdir(directory, { recursive: true, mode: this.#mode })
    const lock = await DirectoryLock.acquire(directory, timeout)
    if (lock !== undefined) return lock
    throw unusable(`directory ${directory} is in use by another process`)
  }
}

/** Only letters, digits, dot, dash and underscore stay: `exporter otlp/2 metrics` is `exporter_otlp~002F2_metrics`. */
function folderNameOf(owner: string): string {
  const safe = owner
    .replaceAll(/[^A-Za-z0-9._ -]/gu, (sign) => `~${hex(sign.codePointAt(0) ?? 0)}`)
    .replaceAll(' ', '_')
  if (safe.length <= MAX_NAME_LENGTH) return `${safe}.queue`
  const digest = createHash('sha256').update(owner).digest('hex').slice(0, 16)
  return `${safe.slice(0, MAX_NAME_LENGTH)}~${digest}.queue`
}

function hex(codePoint: number): string {
  return codePoint.toString(16).toUpperCase().padStart(4, '0')
}

function unusable(message: string, cause?: unknown): NettracerError {
  return new NettracerError('NETTRACER_ERR_STORAGE_UNUSABLE', message, { cause })
}
