import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  createReadStream,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { undoLater } from './undo.ts'

/** As users run it, compiled: `npm run bench` has built it. */
const programPath = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
/** Node's options, as its first line has them: `#!/usr/bin/env -S node OPTION...`. */
function optionsOf(program: string): string[] {
  const [first = ''] = readFileSync(program, 'utf8').split('\n', 1)
  return first.split(' ').slice(3)
}
const startTimeoutMs = 60_000
const stopTimeoutMs = 20_000
/** Of `/proc/PID/stat`: the kernel's USER_HZ, 100 on every architecture that Node runs on. */
const msPerTick = 10

export interface Usage {
  readonly userMs: number
  readonly systemMs: number
}

export interface AgentSettings {
  /** A duration of the configuration. */
  readonly interval?: string
  /** Beside the file that is read: by their names, as the configuration has them. */
  readonly exporters?: Readonly<Record<string, object>>
  /** Keys of the receiver beside the interval. */
  readonly receiver?: object
  readonly nodeOptions?: readonly string[]
  /** Instead of the compiled program. */
  readonly program?: string
}

function outputIn(folder: string): string {
  return `${folder}/metrics.jsonl`
}

/** The whole agent in a process of its own, as a user runs it, writing OTLP JSON into a file. */
export class Agent implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #outputPath: string
  readonly #remove: () => void
  #log = ''

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child
    this.#outputPath = outputIn(folder)
    this.#remove = undoLater(() => {
      child.kill('SIGKILL')
      rmSync(folder, { recursive: true })
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#log = (this.#log + chunk.toString()).slice(-10_000)
    })
  }

  static async start(settings: AgentSettings = {}): Promise<Agent> {
    const folder = mkdtempSync(`${tmpdir()}/nettracer-bench-`)
    const { interval = '10s', program = programPath } = settings
    const exporters = { file: { path: outputIn(folder) }, ...settings.exporters }
    const config = {
      receivers: { nettracer: { collection_interval: interval, ...settings.receiver } },
      exporters,
      service: {
        pipelines: { metrics: { receivers: ['nettracer'], exporters: Object.keys(exporters) } },
      },
    }
    writeFileSync(`${folder}/config.yaml`, JSON.stringify(config))
    const options = [...optionsOf(program), ...(settings.nodeOptions ?? [])]
    const parameters = [...options, program, '--config', `${folder}/config.yaml`]
    const child = spawn(process.execPath, parameters, { stdio: ['ignore', 'ignore', 'pipe'] })
    const agent = new Agent(child, folder)
    await agent.#firstCollection()
    return agent
  }

  /** CPU since its start, all threads. */
  usage(): Usage {
    // The name, in parentheses, may hold anything: count from the last one.
    const [, fields = ''] = /^.*\) (.*)$/s.exec(this.#proc('stat')) ?? []
    const numbers = fields.split(' ').map(Number)
    return {
      userMs: (numbers[11] ?? Number.NaN) * msPerTick,
      systemMs: (numbers[12] ?? Number.NaN) * msPerTick,
    }
  }

  /** Resident memory in MiB. */
  rssMib(): number {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(this.#proc('status'))?.[1] ?? Number.NaN) / 1024
  }

  /** What it wrote so far: one request of OTLP JSON a line. A long run's is too much for one string. */
  async *lines(): AsyncGenerator<string> {
    // Not `readline`, to which U+2028 ends a line, too: it may be in a name of somebody else's.
    let rest = ''
    for await (const text of createReadStream(this.#outputPath, 'utf8') as AsyncIterable<string>) {
      const lines = `${rest}${text}`.split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  }

  /** Ends it as a service manager does. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null) {
      const ended = once(this.#child, 'exit')
      this.#child.kill('SIGTERM')
      const killer = setTimeout(() => this.#child.kill('SIGKILL'), stopTimeoutMs)
      await ended
      clearTimeout(killer)
    }
    if (this.#child.exitCode !== 0) throw new Error(`the agent did not end well:\n${this.#log}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.stop()
    } finally {
      this.#remove()
    }
  }

  #proc(file: string): string {
    return readFileSync(`/proc/${this.#child.pid}/${file}`, 'utf8')
  }

  #hasWritten(): boolean {
    return (statSync(this.#outputPath, { throwIfNoEntry: false })?.size ?? 0) > 0
  }

  async #firstCollection(): Promise<void> {
    const giveUp = Date.now() + startTimeoutMs
    while (!this.#hasWritten()) {
      if (this.#child.exitCode !== null || Date.now() > giveUp) {
        this.#child.kill('SIGKILL')
        throw new Error(`the agent does not run:\n${this.#log}`)
      }
      await sleep(100)
    }
  }
}
