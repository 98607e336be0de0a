import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { commandIn, type Namespace } from './netns.ts'

/** A server in a namespace, with all that it has written so far. */
export class Daemon {
  output = ''
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>

  constructor(namespace: Namespace, command: readonly string[]) {
    const [program, ...args] = commandIn(namespace, ...command)
    this.#child = spawn(program as string, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#ended = once(this.#child, 'close')
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text))
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  async says(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.#child.exitCode !== null) throw new Error(`ended without "${text}": ${this.output}`)
      const more = [this.#child.stdout, this.#child.stderr].map(
        (stream) => stream && once(stream, 'data'),
      )
      await Promise.race([...more, this.#ended])
    }
  }

  async stop(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill(signal)
    await this.#ended
  }
}
