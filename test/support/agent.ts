import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { stringify } from 'yaml'

const root = fileURLToPath(new URL('../../', import.meta.url))
const waitMs = 60_000

/** The program as users have it, if dist/ was made of these sources; else the sources themselves. */
export const main = distIsCurrent() ? join(root, 'dist/cli/main.js') : join(root, 'src/cli/main.ts')

function distIsCurrent(): boolean {
  const made = timeOf(join(root, 'build/dist.digest'))
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  return (
    timeOf(join(root, 'dist/cli/main.js')) > 0 &&
    sources.every((file) => timeOf(join(root, 'src', file)) < made)
  )
}

/** Milliseconds; 0 for what is not there. */
function timeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

export interface AgentSettings {
  /** Written to a file that `--config` names; a text is written as it is. Without it there is no `--config`. */
  readonly config?: object | string
  /** All that the agent has beside PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>
  /** Runs the agent: `setpriv ...`. */
  readonly through?: readonly string[]
  /** Instead of `--config FILE`. */
  readonly args?: readonly string[]
}

/** Asks again and again, at most for a minute. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  pauseMs = 50,
): Promise<void> {
  const deadline = performance.now() + waitMs
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for: ${what}`)
    await sleep(pauseMs)
  }
}

/** The whole agent as a process of its own. Ends with the test. */
export class Agent {
  readonly configFile: string
  stdout = ''
  stderr = ''
  readonly #child: ChildProcessWithoutNullStreams
  readonly #ended: Promise<unknown>

  private constructor({ config, env = {}, through = [], args }: AgentSettings) {
    const folder = mkdtempSync(join(tmpdir(), 'nettracer-agent-'))
    this.configFile = join(folder, 'config.yaml')
    if (config !== undefined) this.configure(config)
    const named = config === undefined ? [] : ['--config', this.configFile]
    const [command = '', ...rest] = [...through, process.execPath, main, ...(args ?? named)]
    const { PATH = '', HOME = '' } = process.env
    this.#child = spawn(command, rest, { env: { PATH, HOME, ...env } })
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text))
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    this.#ended = once(this.#child, 'close')
    onTestFinished(async () => {
      this.#child.kill('SIGKILL')
      await this.#ended
      rmSync(folder, { recursive: true, force: true })
    })
  }

  /** A process that has just begun, and may end at once. */
  static spawn(settings: AgentSettings): Agent {
    return new Agent(settings)
  }

  /** Returns when it counts: what happens from now on is in its numbers. */
  static async start(settings: AgentSettings): Promise<Agent> {
    const agent = new Agent(settings)
    // At the level debug each component says that it started, too.
    await agent.says('service started')
    return agent
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Whether the process has not ended. */
  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  configure(config: object | string): void {
    writeFileSync(this.configFile, typeof config === 'string' ? config : stringify(config))
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Waits until its log, as a whole, has a text. */
  async says(text: string): Promise<void> {
    await until(`"${text}" in the log of the agent`, () => {
      const hasSaid = this.stderr.includes(text)
      if (!hasSaid && !this.isRunning) {
        throw new Error(`the agent ended without "${text}":\n${this.stderr}`)
      }
      return hasSaid
    })
  }

  async exitCode(): Promise<number | null> {
    await this.#ended
    return this.#child.exitCode
  }

  /** SIGTERM: it collects once more and sends what it has. Throws unless it ends with 0. */
  async stop(): Promise<void> {
    this.signal('SIGTERM')
    const code = await this.exitCode()
    if (code !== 0) throw new Error(`the agent ended with ${code}:\n${this.stderr}`)
  }
}

/** A configuration with one pipeline from the connections to the given exporters. */
export function agentConfig(exporters: Record<string, object>, receiver: object = {}): object {
  return {
    receivers: { nettracer: { collection_interval: '1s', ...receiver } },
    exporters,
    service: {
      pipelines: { metrics: { receivers: ['nettracer'], exporters: Object.keys(exporters) } },
    },
  }
}

/** The exporter to a backend on loopback, without long waits when that is away. */
export function otlpTo(port: number, more: object = {}): object {
  return {
    endpoint: `127.0.0.1:${port}`,
    tls: { insecure: true },
    timeout: '2s',
    retry_on_failure: { initial_interval: '200ms', max_interval: '1s', max_elapsed_time: '0s' },
    ...more,
  }
}
