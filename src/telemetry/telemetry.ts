import type { Meter } from '@opentelemetry/api'

/** Own log. Structured: a sentence, then fields. Values are escaped by the logger, so raw bytes may be given. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /**
   * Logs the first of a kind at once, then at most one a minute with the number left out.
   * @param kind what is being limited, e.g. `ring_full`
   */
  limited(level: 'warn' | 'error', kind: string, message: string, fields?: LogFields): void
}

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

/** What keeps a component from its work, for health checks and status pages. */
export interface Health {
  /**
   * It goes on until {@link working}.
   *
   * @param what a word, e.g. `export`; each has one reason at a time
   * @param lastsMs it is over by itself after that
   */
  failing(what: string, reason: string, lastsMs?: number): void
  working(what: string): void
}

/** What every component gets to tell of its own health. Instrument names come from `config/metadata.yaml`. */
export interface Telemetry {
  readonly logger: Logger
  /** Meter of the agent's own MeterProvider; its readings go out on the same exporters. */
  readonly meter: Meter
  readonly health: Health
}
