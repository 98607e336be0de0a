import type { LogRecord } from './log-line.ts'

/** The last lines of the log that tell of something wrong; older ones give way. */
export class RecentLines {
  readonly #most: number
  #lines: LogRecord[] = []

  constructor(most = 100) {
    this.#most = most
  }

  add(record: LogRecord): void {
    if (record.level !== 'warn' && record.level !== 'error') return
    this.#lines.push(record)
    if (this.#lines.length > this.#most) this.#lines.shift()
  }

  /** The newest first. */
  list(): LogRecord[] {
    return this.#lines.toReversed()
  }
}
