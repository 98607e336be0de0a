import { LogLimiter } from './log-limiter.ts'
import { consoleLine, jsonLine, type LogLevel, type LogRecord, logLevels } from './log-line.ts'
import { LogSampler, type SamplingSettings } from './log-sampler.ts'
import type { LogFields, Logger } from './telemetry.ts'

/** What may change while it runs. */
export interface LogCourse {
  readonly level: LogLevel
  readonly encoding: 'console' | 'json'
  /** `undefined`: every line is written. */
  readonly sampling?: SamplingSettings | undefined
  /** Behind the fields of each line. */
  readonly initialFields?: LogFields
}

export interface LoggerSettings extends LogCourse {
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
  #sampler: LogSampler | undefined

  constructor(settings: LoggerSettings) {
    this.#settings = settings
    this.#now = settings.now ?? Date.now
    this.#sampler = settings.sampling && new LogSampler(settings.sampling)
  }

  /** From now on all its loggers write so. */
  configure(course: LogCourse): void {
    this.#settings = { ...this.#settings, ...course }
    this.#sampler = course.sampling && new LogSampler(course.sampling)
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
    if (this.#sampler?.admits(record.level, record.message, record.time) === false) return
    const { encoding, initialFields } = this.#settings
    const whole = { ...record, fields: { ...record.fields, ...initialFields } }
    const line = encoding === 'json' ? jsonLine(whole) : consoleLine(whole)
    this.#settings.write(`${line}\n`)
  }

  #isWritten(level: LogLevel): boolean {
    return logLevels.indexOf(level) >= logLevels.indexOf(this.#settings.level)
  }
}
