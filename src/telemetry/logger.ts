import { LogLimiter } from './log-limiter.ts'
import { consoleLine, jsonLine, type LogLevel, type LogRecord, logLevels } from './log-line.ts'
import type { LogFields, Logger } from './telemetry.ts'

export interface LoggerSettings {
  readonly level: LogLevel
  readonly encoding: 'console' | 'json'
  /** Takes a line with its line break. Must not throw. */
  readonly write: (line: string) => void
  /** Told of each line that is written. */
  readonly onLine?: (record: LogRecord) => void
  /** Wall clock in ms. */
  readonly now?: () => number
}

/** Where all components log to: one level, one encoding, one limit for what repeats. */
export class Log {
  #settings: LoggerSettings
  readonly #now: () => number
  readonly #limiter = new LogLimiter()

  constructor(settings: LoggerSettings) {
    this.#settings = settings
    this.#now = settings.now ?? Date.now
  }

  /** From now on all its loggers write so. */
  configure(settings: Pick<LoggerSettings, 'level' | 'encoding'>): void {
    this.#settings = { ...this.#settings, ...settings }
  }

  /** @param component `type/name` of a component, or a part of the program; stands in each of its lines */
  logger(component: string): Logger {
    const write = (level: LogLevel, message: string, fields: LogFields = {}): void =>
      this.#write({ time: this.#now(), level, component, message, fields })
    return {
      debug: (message, fields) => write('debug', message, fields),
      info: (message, fields) => write('info', message, fields),
      warn: (message, fields) => write('warn', message, fields),
      error: (message, fields) => write('error', message, fields),
      limited: (level, kind, message, fields) => {
        if (!this.#isWritten(level)) return
        const leftOut = this.#limiter.admit(`${component} ${kind}`, this.#now())
        if (leftOut === undefined) return
        write(level, message, leftOut === 0 ? fields : { ...fields, left_out: leftOut })
      },
    }
  }

  #write(record: LogRecord): void {
    if (!this.#isWritten(record.level)) return
    this.#settings.onLine?.(record)
    const line = this.#settings.encoding === 'json' ? jsonLine(record) : consoleLine(record)
    this.#settings.write(`${line}\n`)
  }

  #isWritten(level: LogLevel): boolean {
    return logLevels.indexOf(level) >= logLevels.indexOf(this.#settings.level)
  }
}
