import type { Writable } from 'node:stream'
import type { Logger } from '../../telemetry/telemetry.ts'

/** A stream such as `process.stdout`, whatever it leads to. */
export type OutputStream = Writable & {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

export interface OutputSettings {
  readonly stream: OutputStream
  readonly color: 'auto' | 'always' | 'never'
  /** NO_COLOR and TERM are read. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly logger: Logger
}

const defaultCells = 80
const defaultLines = 24
const finishMs = 1000

/**
 * The stream that is written to. A reader that went away or does not read must not touch the agent: what it does not
 * take is left out, and never waits in memory but for one interval.
 */
export class ConsoleOutput {
  readonly stream: OutputStream
  /** Whether lines can be redrawn. */
  readonly isTerminal: boolean
  readonly hasColors: boolean
  readonly #logger: Logger
  #isBroken = false

  constructor({ stream, color, environment, logger }: OutputSettings) {
    this.stream = stream
    this.#logger = logger
    this.isTerminal = stream.isTTY === true && environment['TERM'] !== 'dumb'
    const isPlain = (environment['NO_COLOR'] ?? '') !== ''
    this.hasColors = color === 'always' || (color === 'auto' && this.isTerminal && !isPlain)
    stream.on('error', (error) => this.#onError(error))
    if (stream.isTTY === true) writeWithoutBlocking(stream)
  }

  get cells(): number {
    return this.stream.columns ?? defaultCells
  }

  get lines(): number {
    return this.stream.rows ?? defaultLines
  }

  /** Whether all that was written before has gone out. */
  get isReady(): boolean {
    return !this.#isBroken && this.stream.writableLength === 0
  }

  write(text: string): void {
    if (!this.#isBroken) this.stream.write(text)
  }

  /**
   * Tells that an interval was left out. Not on a terminal: somebody stopped it (Ctrl-S), and a log line on the same
   * terminal would wait for them.
   */
  skip(): void {
    if (this.#isBroken || this.isTerminal) return
    const message = 'nobody reads the console output: interval left out'
    this.#logger.limited('warn', 'console_blocked', message)
  }

  /** Waits a moment for the reader to take the rest; not for ever. */
  async finish(): Promise<void> {
    if (this.#isBroken || this.stream.writableLength === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, finishMs)
      this.stream.once('drain', () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #onError(error: Error): void {
    if (this.#isBroken) return
    this.#isBroken = true
    this.#logger.warn('the console output is closed: nothing more is written to it', {
      error: error.message,
    })
  }
}

/**
 * Node writes to a terminal synchronously. One that is stopped (Ctrl-S) would stop the whole agent, so its handle is
 * set back to what libuv does for any other stream. Node has no public call for it; without the handle nothing changes.
 */
function writeWithoutBlocking(stream: object): void {
  const handle = '_handle' in stream ? stream._handle : undefined
  if (typeof handle !== 'object' || handle === null || !('setBlocking' in handle)) return
  if (typeof handle.setBlocking === 'function') handle.setBlocking(false)
}
