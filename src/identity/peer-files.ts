import type { Logger } from '../telemetry/telemetry.ts'
import { countryOf, PeerDatabase, systemOf } from './peer-databases.ts'
import type { PeerSystem } from './peer-names.ts'
import type { PrefixTable } from './prefix-table.ts'
import { parseRanges, type RangeFile } from './range-file.ts'
import { WatchedFile } from './watched-file.ts'

const mostRangeBytes = 64 * 1024 * 1024
const mostDatabaseBytes = 256 * 1024 * 1024

export interface PeerFilesSettings {
  /** The first one that holds an address names it. */
  readonly rangeFiles: readonly RangeFile[]
  readonly asDatabase?: string | undefined
  readonly countryDatabase?: string | undefined
  readonly logger?: Pick<Logger, 'limited'> | undefined
}

/** What files tell of addresses. */
export class PeerFiles {
  readonly #ranges: readonly WatchedFile<PrefixTable<string>>[]
  readonly #systems: WatchedFile<PeerDatabase> | undefined
  readonly #countries: WatchedFile<PeerDatabase> | undefined

  constructor({ rangeFiles, asDatabase, countryDatabase, logger }: PeerFilesSettings) {
    this.#ranges = rangeFiles.map(
      ({ file, ...how }) =>
        new WatchedFile({
          path: file,
          mostBytes: mostRangeBytes,
          parse: (bytes) => parseRanges(bytes, how),
          logger,
        }),
    )
    const database = (path: string | undefined) =>
      path === undefined
        ? undefined
        : new WatchedFile({
            path,
            mostBytes: mostDatabaseBytes,
            parse: (bytes) => new PeerDatabase(bytes),
            logger,
          })
    this.#systems = database(asDatabase)
    this.#countries = database(countryDatabase)
  }

  /** Grows whenever an answer may be another than before. */
  get epoch(): number {
    return this.#all.reduce((sum, { epoch }) => sum + epoch, 0)
  }

  /** How many could not be used at the last look. */
  get unusable(): number {
    return this.#all.filter(({ isUsable }) => !isUsable).length
  }

  /** Reads what changed. Never fails. @param nowMs of a monotonic clock */
  async refresh(nowMs: number): Promise<void> {
    await Promise.all(this.#all.map((file) => file.refresh(nowMs)))
  }

  /** Name of the range that holds an address. */
  rangeOf(address: string): string | undefined {
    for (const { content } of this.#ranges) {
      const name = content?.find(address)
      if (name !== undefined) return name
    }
    return undefined
  }

  systemOf(address: string): PeerSystem | undefined {
    const database = this.#systems?.content
    return database && systemOf(database, address)
  }

  /** ISO 3166-1 alpha-2. */
  countryOf(address: string): string | undefined {
    const database = this.#countries?.content
    return database && countryOf(database, address)
  }

  get #all(): readonly WatchedFile<unknown>[] {
    return [this.#systems, this.#countries, ...this.#ranges].filter((one) => one !== undefined)
  }
}
