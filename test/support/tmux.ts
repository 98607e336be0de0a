import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { until } from './agent.ts'

const run = promisify(execFile)

export interface PaneSettings {
  readonly cells: number
  readonly lines: number
  readonly env?: Readonly<Record<string, string>>
}

/** A shell in a terminal of its own, as a user has it. Ends with the test. */
export class Pane {
  readonly #socket: string

  private constructor(socket: string) {
    this.#socket = socket
  }

  static async open({ cells, lines, env = {} }: PaneSettings): Promise<Pane> {
    const folder = mkdtempSync(join(tmpdir(), 'nettracer-tmux-'))
    const pane = new Pane(join(folder, 'socket'))
    onTestFinished(async () => {
      await pane.#tmux('kill-server')
      rmSync(folder, { recursive: true, force: true })
    })
    const variables = Object.entries({ PS1: 'shell$ ', LC_ALL: 'C.UTF-8', ...env })
    await pane.#tmux(
      ...['-f', '/dev/null', 'new-session', '-d', '-x', `${cells}`, '-y', `${lines}`],
      ...['env', ...variables.map(([key, value]) => `${key}=${value}`), 'bash', '--norc', '-i'],
    )
    await pane.shows('shell$')
    return pane
  }

  /** Types text as it is. */
  async type(text: string): Promise<void> {
    await this.#tmux('send-keys', '-l', text)
  }

  /** Presses keys by tmux's names: `Enter`, `C-c`, `Up`. */
  async press(...keys: string[]): Promise<void> {
    await this.#tmux('send-keys', ...keys)
  }

  async resize(cells: number, lines: number): Promise<void> {
    await this.#tmux('resize-window', '-x', `${cells}`, '-y', `${lines}`)
  }

  /** What is on it, a line each, without the spaces at the ends. */
  async lines(): Promise<string[]> {
    return (await this.#tmux('capture-pane', '-p')).split('\n').slice(0, -1)
  }

  async text(): Promise<string> {
    return (await this.lines()).join('\n')
  }

  /** The same with its colours. */
  painted(): Promise<string> {
    return this.#tmux('capture-pane', '-p', '-e')
  }

  /** Waits for a text. */
  async shows(text: string | RegExp): Promise<void> {
    let last = ''
    try {
      await until(`${text} on the terminal`, async () => {
        last = await this.text()
        return typeof text === 'string' ? last.includes(text) : text.test(last)
      })
    } catch (error) {
      throw new Error(`not on the terminal: ${text}; there is:\n${last}`, { cause: error })
    }
  }

  /** Whether the alternate screen is on, the cursor seen, long lines wrapped. */
  async modes(): Promise<string> {
    const flags = 'alternate=#{alternate_on} cursor=#{cursor_flag} wrap=#{wrap_flag}'
    return (await this.#tmux('display-message', '-p', flags)).trim()
  }

  async #tmux(...args: string[]): Promise<string> {
    const { stdout } = await run('tmux', ['-S', this.#socket, ...args])
    return stdout
  }
}
