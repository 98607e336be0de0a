import { promisify } from 'node:util'
import { zstdCompress } from 'node:zlib'
import type { ComponentSettings } from '../../config/component.ts'
import { messageOf, NettracerError } from '../../shared/errors.ts'
import type { FileConfig } from './config.ts'
import { OutputFile } from './output-file.ts'

/** What waits for the next flush; more is written at once. */
const FLUSH_BYTES = 1024 * 1024

interface Entry {
  readonly bytes: Uint8Array
  readonly onWritten: () => void
  readonly onFailed: (error: unknown) => void
}

const compress = promisify(zstdCompress)

/** The file of one exporter of the configuration: metrics and logs go into the same one, as in the Collector. */
export class SharedOutput {
  readonly #settings: ComponentSettings
  readonly #config: FileConfig
  readonly #file: OutputFile
  #waiting: Entry[] = []
  #waitingBytes = 0
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> = Promise.resolve()
  #users = 0

  constructor(settings: ComponentSettings, config: FileConfig) {
    this.#settings = settings
    this.#config = config
    this.#file = new OutputFile(config, (error) => {
      const fields = { path: config.path, reason: messageOf(error) }
      const { logger } = settings.telemetry
      logger.limited('warn', 'prune_failed', 'Old files cannot be removed', fields)
    })
  }

  /** To be closed as often as it was opened. @throws NettracerError if the file cannot be written */
  async open(): Promise<void> {
    if (this.#users === 0) await this.#openFile()
    this.#users += 1
  }

  /** Takes a line. @returns false if it is larger than a file may be */
  async write(json: string, outcome: Omit<Entry, 'bytes'>): Promise<boolean> {
    const bytes = await this.#entryOf(json)
    if (!this.#file.canHold(bytes.length)) return false
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

  async #entryOf(json: string): Promise<Uint8Array> {
    if (this.#config.compression === '') return Buffer.from(`${json}\n`)
    const compressed = await compress(json)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(compressed.length)
    return Buffer.concat([length, compressed])
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
