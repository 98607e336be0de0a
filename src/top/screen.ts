import { emitKeypressEvents } from 'node:readline'
import type { Readable } from 'node:stream'
import { ReadStream, type WriteStream } from 'node:tty'
import { displayWidth } from '../terminal/width.ts'
import type { Key } from './state.ts'

const escape = '\u{1b}['
/** Alternate screen, cursor hidden, no wrapping: a character that is wider than thought must not move the rest. */
const enter = `${escape}?1049h${escape}?25l${escape}?7l`
const leave = `${escape}?7h${escape}?25h${escape}?1049l`
const eraseToEnd = `${escape}K`

/**
 * What draws lines over those that are there, without a flicker: each is erased behind its end. Behind a line that is
 * full the cursor stands on its last character.
 */
export function paintOver(lines: readonly string[], cells: number, height: number): string {
  const whole = lines.map((line) => (displayWidth(line) < cells ? line + eraseToEnd : line))
  const rest = lines.length < height ? `\r\n${escape}J` : ''
  return `${escape}H${whole.join('\r\n')}${rest}`
}

/** The whole terminal, for as long as the table is live. Given back at any end of the process but SIGKILL. */
export class FullScreen {
  readonly #input: Readable
  readonly #output: WriteStream
  readonly #onKey: (key: Key) => void
  readonly #onResize: () => void
  readonly #restore = () => this.close()
  readonly #resume = () => this.#onContinue()
  readonly #keypress = (_text: string | undefined, key: Key) => this.#onKeypress(key)
  #isOpen = false

  constructor(
    streams: { input: Readable; output: WriteStream },
    handlers: { onKey: (key: Key) => void; onResize: () => void },
  ) {
    this.#input = streams.input
    this.#output = streams.output
    this.#onKey = handlers.onKey
    this.#onResize = handlers.onResize
  }

  open(): void {
    this.#take()
    emitKeypressEvents(this.#input)
    this.#input.on('keypress', this.#keypress)
    this.#output.on('resize', this.#onResize)
    process.on('exit', this.#restore)
    // Before the message of the error is written: on the alternate screen it would be gone.
    process.prependListener('uncaughtException', this.#restore)
    process.on('SIGCONT', this.#resume)
  }

  get cells(): number {
    return this.#output.columns || 80
  }

  get lines(): number {
    return this.#output.rows || 24
  }

  draw(lines: readonly string[]): void {
    if (!this.#isOpen) return
    this.#output.write(paintOver(lines, this.cells, this.lines))
  }

  /** Safe twice. */
  close(): void {
    this.#giveBack()
    this.#input.off('keypress', this.#keypress)
    this.#output.off('resize', this.#onResize)
    process.off('exit', this.#restore)
    process.off('uncaughtException', this.#restore)
    process.off('SIGCONT', this.#resume)
    this.#input.pause()
  }

  #take(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    this.#setRawMode(true)
    this.#input.resume()
    this.#output.write(enter)
  }

  #giveBack(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#output.write(leave)
    this.#setRawMode(false)
  }

  /** Without a terminal to type at there are no keys, but there is a table. */
  #setRawMode(isRaw: boolean): void {
    if (this.#input instanceof ReadStream) this.#input.setRawMode(isRaw)
  }

  #onKeypress(key: Key): void {
    if (key.ctrl && key.name === 'z') {
      // Raw mode takes the key from the kernel, which would stop all of the job.
      this.#giveBack()
      process.kill(0, 'SIGTSTP')
    } else this.#onKey(key)
  }

  #onContinue(): void {
    this.#take()
    this.#onResize()
  }
}
