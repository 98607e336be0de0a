import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { type EngineRoom, enginePath } from './engine-room.ts'

const readyMs = 60_000

export interface EngineProcessSettings extends EngineRoom {
  readonly name: string
  readonly command: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Asked again and again, also while it fails. */
  readonly isReady: () => Promise<boolean>
}

/** The server of an engine, in its folder and its network namespace. */
export class EngineProcess {
  log = ''
  readonly #settings: EngineProcessSettings
  #child: ChildProcess | undefined

  constructor(settings: EngineProcessSettings) {
    this.#settings = settings
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Nothing if it runs. */
  async start(): Promise<void> {
    if (this.#child !== undefined) return
    const { command, env, namespace, folder } = this.#settings
    // Not `ip netns exec`, which mounts another /sys. It ends if we are killed.
    const through = ['--pdeathsig', 'TERM', 'nsenter', `--net=/run/netns/${namespace}`]
    this.#child = spawn('setpriv', [...through, ...command], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: enginePath, HOME: folder, ...env },
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.log += text))
    }
    await this.#ready(this.#child)
  }

  /** @param signal SIGKILL: as if it crashed */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    this.#child = undefined
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  async #ready(child: ChildProcess): Promise<void> {
    const deadline = performance.now() + readyMs
    while (!(await this.#settings.isReady().catch(() => false))) {
      const isOver = child.exitCode !== null || performance.now() > deadline
      if (isOver) throw new Error(`${this.#settings.name} does not run:\n${this.log}`)
      await sleep(100)
    }
  }
}
