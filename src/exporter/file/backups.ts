import { readdir, rm } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'

const DAY_MS = 86_400_000

interface BackupSettings {
  readonly path: string
  /** Local time instead of UTC in names. */
  readonly isLocal: boolean
  /** 0: all. */
  readonly maxBackups: number
  /** 0: for ever. */
  readonly maxDays: number
}

/** The names of old files, as the Collector's: `metrics-2026-01-02T03-04-05.678-size.json`. */
export class Backups {
  readonly #settings: BackupSettings
  readonly #prefix: string
  readonly #extension: string

  constructor(settings: BackupSettings) {
    this.#settings = settings
    this.#extension = extname(settings.path)
    this.#prefix = `${basename(settings.path, this.#extension)}-`
  }

  /** @param nowMs wall clock */
  pathAt(nowMs: number): string {
    const zoneMs = this.#settings.isLocal ? new Date(nowMs).getTimezoneOffset() * 60_000 : 0
    const time = new Date(nowMs - zoneMs).toISOString().slice(0, -1).replaceAll(':', '-')
    return join(dirname(this.#settings.path), `${this.#prefix}${time}-size${this.#extension}`)
  }

  /** Removes what is too old or too many. */
  async prune(nowMs: number): Promise<void> {
    const { path, maxBackups, maxDays } = this.#settings
    if (maxBackups === 0 && maxDays === 0) return
    const folder = dirname(path)
    const newestFirst = (await readdir(folder))
      .flatMap((name) => {
        const timeMs = this.#timeOf(name)
        return timeMs === undefined ? [] : [{ name, timeMs }]
      })
      .toSorted((a, b) => b.timeMs - a.timeMs)
    const oldestMs = maxDays === 0 ? Number.NEGATIVE_INFINITY : nowMs - maxDays * DAY_MS
    const kept = maxBackups === 0 ? newestFirst.length : maxBackups
    const gone = newestFirst.filter(({ timeMs }, at) => at >= kept || timeMs < oldestMs)
    for (const { name } of gone) await rm(join(folder, name), { force: true })
  }

  /** `undefined`: not one of ours. */
  #timeOf(name: string): number | undefined {
    if (!name.startsWith(this.#prefix) || !name.endsWith(this.#extension)) return undefined
    const middle = name.slice(this.#prefix.length, name.length - this.#extension.length)
    const parts = /^(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d\.\d{3})-size$/.exec(middle)
    if (parts === null) return undefined
    const [, hour, minute, second] = parts
    const zone = this.#settings.isLocal ? '' : 'Z'
    const timeMs = Date.parse(`${hour}:${minute}:${second}${zone}`)
    return Number.isNaN(timeMs) ? undefined : timeMs
  }
}
