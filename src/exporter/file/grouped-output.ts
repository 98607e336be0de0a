import { join, normalize } from 'node:path'
import type { ComponentSettings } from '../../config/component.ts'
import type { FileConfig } from './config.ts'
import { type EntryOutcome, maxEntryBytes, type Output, SharedOutput } from './shared-output.ts'

/** The files of one exporter of the configuration, one for each value of a resource attribute. */
export class GroupedOutput implements Output {
  readonly #settings: ComponentSettings
  readonly #config: FileConfig
  readonly #prefix: string
  readonly #suffix: string
  /** By path, the one that was used last at the end. */
  readonly #files = new Map<string, SharedOutput>()
  /** One write at a time, since each may close the file of another. */
  #last: Promise<unknown> = Promise.resolve()
  #users = 0

  constructor(settings: ComponentSettings, config: FileConfig) {
    const [prefix = '', suffix = ''] = config.path.split('*')
    this.#settings = settings
    // A file is opened again after others: what is there must stay.
    this.#config = { ...config, append: true, create_directory: true }
    this.#prefix = normalize(prefix)
    this.#suffix = suffix
  }

  get maxEntryBytes(): number {
    return maxEntryBytes(this.#config)
  }

  async open(): Promise<void> {
    this.#users += 1
  }

  async write(body: Uint8Array, outcome: EntryOutcome, group: string): Promise<boolean> {
    return this.#inTurn(async () => {
      try {
        const file = await this.#fileOf(pathOf(this.#prefix, group, this.#suffix))
        return await file.write(body, outcome)
      } catch (error) {
        outcome.onFailed(error)
        return true
      }
    })
  }

  async close(): Promise<void> {
    this.#users -= 1
    if (this.#users > 0) return
    await this.#inTurn(async () => {
      for (const file of this.#files.values()) await file.close()
      this.#files.clear()
    })
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => undefined)
    return turn
  }

  async #fileOf(path: string): Promise<SharedOutput> {
    const known = this.#files.get(path)
    if (known !== undefined) {
      this.#files.delete(path)
      this.#files.set(path, known)
      return known
    }
    const file = new SharedOutput(this.#settings, { ...this.#config, path })
    await file.open()
    this.#files.set(path, file)
    await this.#closeOldest()
    return file
  }

  async #closeOldest(): Promise<void> {
    const [oldest] = this.#files
    if (oldest === undefined || this.#files.size <= (this.#config.group_by?.max_open_files ?? 0)) {
      return
    }
    const [path, file] = oldest
    this.#files.delete(path)
    await file.close()
  }
}

/** As the Collector names them. The value comes from whoever named a process: it must not lead elsewhere. */
function pathOf(prefix: string, group: string, suffix: string): string {
  const end = `${group.replace(/^\.\.?(?=\/)/, '')}${suffix}`
  const path = normalize(`${prefix}${end}`)
  return path.startsWith(prefix) ? path : join(prefix, normalize(`/${end}`))
}
