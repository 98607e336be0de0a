import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A TypeScript file that runs as a process, with what it has written so far. */
export class Program implements AsyncDisposable {
  readonly child: ChildProcessWithoutNullStreams
  stdout = ''
  stderr = ''
  readonly #ended: Promise<unknown>

  constructor(file: URL, args: readonly string[], env: Record<string, string> = {}) {
    const { PATH = '', HOME = '' } = process.env
    this.child = spawn(process.execPath, [fileURLToPath(file), ...args], {
      env: { PATH, HOME, ...env },
    })
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text))
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    this.#ended = once(this.child, 'close')
  }

  /** Waits until standard output and error together have a text. */
  async says(text: string): Promise<void> {
    while (!(this.stdout + this.stderr).includes(text)) {
      if (this.child.exitCode !== null) throw new Error(`ended without "${text}": ${this.stderr}`)
      await Promise.race([
        once(this.child.stdout, 'data'),
        once(this.child.stderr, 'data'),
        this.#ended,
      ])
    }
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name)
  }

  async ended(): Promise<Ended> {
    await this.#ended
    return { code: this.child.exitCode, stdout: this.stdout, stderr: this.stderr }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL')
    await this.#ended
  }
}
