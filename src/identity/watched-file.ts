import type { Buffer } from 'node:buffer'
import { type FileHandle, open } from 'node:fs/promises'
import type { Logger } from '../telemetry/telemetry.ts'

export interface WatchedFileSettings<Content> {
  readonly path: string
  readonly mostBytes: number
  /** @throws with the place and what is wrong */
  readonly parse: (bytes: Buffer) => Content | Promise<Content>
  readonly logger?: Pick<Logger, 'limited'> | undefined
}

/** Looked at again after this long. */
const lookEveryMs = 10_000

/** What a file holds, read again when it was replaced or changed. One that is damaged leaves what there was. */
export class WatchedFile<Content> {
  readonly #settings: WatchedFileSettings<Content>
  #content: Content | undefined
  #version = ''
  #isDamaged = false
  #lookAtMs = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | undefined
  /** Grows with each reading. */
  epoch = 0
  /** Whether the last look found it whole; `true` before the first. */
  isUsable = true

  constructor(settings: WatchedFileSettings<Content>) {
    this.#settings = settings
  }

  /** `undefined` as long as it could not be read. */
  get content(): Content | undefined {
    return this.#content
  }

  /**
   * Looks whether it changed, if the last look is long ago. Never fails.
   *
   * @param nowMs of a monotonic clock
   */
  refresh(nowMs: number): Promise<void> {
    if (nowMs - this.#lookAtMs < lookEveryMs) return this.#reading ?? Promise.resolve()
    this.#lookAtMs = nowMs
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #read(): Promise<void> {
    const { path, logger } = this.#settings
    let file: FileHandle | undefined
    try {
      file = await open(path, 'r')
      await this.#readChanged(file)
      this.isUsable = !this.#isDamaged
    } catch (error) {
      this.isUsable = false
      const reason = error instanceof Error ? error.message : String(error)
      const message = 'a file of names for peers cannot be used: what was read before stays'
      logger?.limited('warn', `peers_file ${path}`, message, { file: path, reason })
    } finally {
      await file?.close()
    }
  }

  async #readChanged(file: FileHandle): Promise<void> {
    const { mostBytes, parse } = this.#settings
    const { ino, size, mtimeMs } = await file.stat()
    const version = `${ino} ${size} ${mtimeMs}`
    if (version === this.#version) return
    // One that is damaged is not read again before it changes.
    this.#version = version
    this.#isDamaged = true
    if (size > mostBytes) throw new Error(`it has ${size} bytes, and may have ${mostBytes}`)
    this.#content = await parse(await file.readFile())
    this.#isDamaged = false
    this.epoch += 1
  }
}
