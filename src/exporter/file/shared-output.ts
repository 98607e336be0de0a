import type { ComponentSettings } from '../../config/component.ts'
import { messageOf, NettracerError } from '../../shared/errors.ts'
import { type Compression, compressionOf } from '../wire/compression.ts'
import type { FileConfig } from './config.ts'
import { isFramed, LENGTH_BYTES } from './framing.ts'
import { maxFileBytes, OutputFile } from './output-file.ts'

/** What waits for the next flush; more is written at once. */
const FLUSH_BYTES = 1024 * 1024

export interface EntryOutcome {
  readonly onWritten: () => void
  readonly onFailed: (error: unknown) => void
}

interface Entry extends EntryOutcome {
  readonly bytes: Uint8Array
}

/** Where an exporter of the configuration writes its requests. */
export interface Output {
  /** To be closed as often as it was opened. @throws NettracerError if the file cannot be written */
  open(): Promise<void>
  /** Most bytes of a request that fits into any file. */
  readonly maxEntryBytes: number
  /** Takes a request. @returns false if it is larger than a file may be */
  write(body: Uint8Array, outcome: EntryOutcome, group: string): Promise<boolean>
  close(): Promise<void>
}

/** Where no file has a limit: a reader must hold an entry in memory. */
const MAX_ENTRY_BYTES = 64 * 1024 * 1024

/** What a line end, a length and a compression that finds nothing may add. */
const MARGIN = 0.99

/** The default of zstd, as the Collector writes it. */
const ZSTD_LEVEL = 3

/** Most bytes of a request that fits into any file. */
export function maxEntryBytes(config: FileConfig): number {
  return Math.min(MAX_ENTRY_BYTES, Math.floor(maxFileBytes(config) * MARGIN))
}

const lineEnd = Buffer.from('\n')

/** The file of one exporter of the configuration: metrics and logs go into the same one, as in the Collector. */
export class SharedOutput implements Output {
  readonly #settings: ComponentSettings
  readonly #config: FileConfig
  readonly #file: OutputFile
  readonly #compression: Compression | undefined
  #waiting: Entry[] = []
  #waitingBytes = 0
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> = Promise.resolve()
  #users = 0

  constructor(settings: ComponentSettings, config: FileConfig) {
    this.#settings = settings
    this.#config = config
    const { compression, compression_params: params } = config
    this.#compression = compressionOf(compression, params.level === 0 ? ZSTD_LEVEL : params.level)
    this.#file = new OutputFile(config, (error) => {
      const fields = { path: config.path, reason: messageOf(error) }
      const { logger } = settings.telemetry
      logger.limited('warn', 'prune_failed', 'Old files cannot be removed', fields)
    })
  }

  async open(): Promise<void> {
    if (this.#users === 0) await this.#openFile()
    this.#users += 1
  }

  get maxEntryBytes(): number {
    return maxEntryBytes(this.#config)
  }

  async write(body: Uint8Array, outcome: EntryOutcome): Promise<boolean> {
    const bytes = await this.#entryOf(body)
    if (bytes.length > maxFileBytes(this.#config)) return false
    this.#waiting.push({ bytes, ...outcome })
    this.#waitingBytes += bytes.length
    // Holds up the next batch, which then waits in the bounded hand-over.
    if (this.#waitingBytes >= FLUSH_BYTES) await this.#flush()
    return true
  }

  async close(): Promise<void> {
    this.#users -= 1
    if (this.#users === 0) clearInterval(this.#timer)
    await this.#flush()
    if (this.#users > 0) return
    try {
      await this.#file.close()
    } catch (error) {
      this.#settings.telemetry.logger.warn('The file cannot be closed', {
        reason: messageOf(error),
      })
    }
  }

  async #openFile(): Promise<void> {
    try {
      await this.#file.open()
    } catch (error) {
      const message = `${this.#config.path} cannot be written: ${messageOf(error)}`
      throw new NettracerError('NETTRACER_ERR_FILE_UNWRITABLE', message, { cause: error })
    }
    this.#timer = setInterval(() => void this.#flush(), this.#config.flush_interval)
  }

  async #entryOf(body: Uint8Array): Promise<Uint8Array> {
    const packed = (await this.#compression?.apply(body)) ?? body
    if (!isFramed(this.#config)) return Buffer.concat([packed, lineEnd])
    const length = Buffer.alloc(LENGTH_BYTES)
    length.writeUInt32BE(packed.length)
    return Buffer.concat([length, packed])
  }

  async #flush(): Promise<void> {
    this.#flushing = this.#flushing.then(async () => this.#writeWaiting())
    await this.#flushing
  }

  async #writeWaiting(): Promise<void> {
    const entries = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    for (const { bytes, onWritten, onFailed } of entries) {
      try {
        await this.#file.write(bytes)
        onWritten()
      } catch (error) {
        onFailed(error)
      }
    }
  }
}
