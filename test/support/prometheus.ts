import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Reads a page of the text format, independently of the code that writes it. Throws at a line that is none. */
export function parsePage(page: string): Sample[] {
  const samples: Sample[] = []
  for (const line of page.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const parts = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$/s.exec(line)
    if (parts === null) throw new Error(`not a sample: ${line}`)
    const [, name = '', block = '', value = ''] = parts
    const labels: Record<string, string> = {}
    const rest = block.replace(
      /([a-zA-Z_]\w*)="((?:\\.|[^"\\])*)",?/g,
      (_, key: string, text: string) => {
        if (Object.hasOwn(labels, key)) throw new Error(`label ${key} twice: ${line}`)
        labels[key] = text.replace(/\\(.)/g, (_all, character: string) =>
          character === 'n' ? '\n' : character,
        )
        return ''
      },
    )
    if (rest !== '') throw new Error(`not labels: ${rest}`)
    samples.push({ name, labels, value: Number(value.replace('Inf', 'Infinity')) })
  }
  return samples
}

/** @returns the remarks of `promtool check metrics`, or `undefined` where it is not installed */
export function promtoolCheck(page: string): string[] | undefined {
  const { error, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: page,
    encoding: 'utf8',
  })
  if (error !== undefined) return undefined
  return (stdout + stderr).split('\n').filter((line) => line !== '')
}

export function hasPrometheus(): boolean {
  return spawnSync('prometheus', ['--version']).error === undefined
}

/** Prometheus 3.15, as test/prometheus/build.sh makes it. */
export const newPrometheus = fileURLToPath(new URL('../../build/prometheus-test', import.meta.url))

/** Says loudly so if it was not built. */
export function hasNewPrometheus(): boolean {
  if (existsSync(newPrometheus)) return true
  process.stderr.write(
    '\n!!! SKIPPED: Prometheus 3.15 was not built (npm run check:prometheus): OTLP, remote write 2.0 and native ' +
      'histograms are NOT tested with it !!!\n\n',
  )
  return false
}

interface PrometheusSettings {
  /** Default: Debian's. */
  readonly binary?: string
  /** Sections of the configuration beside those of the scrape. */
  readonly config?: object
}

interface QueryResult {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [time: number, value: string]
}

/** A real Prometheus on loopback that scrapes the given addresses each second, in a folder of its own. */
export class Prometheus {
  readonly url: string
  readonly #command: readonly string[]
  readonly #folder: string
  #process: ChildProcess
  #log = ''

  private constructor(command: readonly string[], folder: string, url: string) {
    this.#command = command
    this.#folder = folder
    this.url = url
    this.#process = this.#run()
  }

  /** Starts it again on its old port and data, after {@link halt}. */
  resume(): void {
    this.#process = this.#run()
  }

  #run(): ChildProcess {
    const [binary = '', ...args] = this.#command
    const child = spawn(binary, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    child.stderr?.on('data', (text: Buffer) => {
      this.#log = `${this.#log}${text.toString()}`.slice(-20_000)
    })
    return child
  }

  static async start(
    targets: readonly string[],
    scrape: Record<string, unknown> = {},
    flags: readonly string[] = [],
    settings: PrometheusSettings = {},
  ): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'nettracer-prometheus-'))
    const port = await freePort()
    const job = {
      job_name: 'nettracer',
      honor_labels: true,
      ...scrape,
      static_configs: [{ targets }],
    }
    // JSON is YAML.
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: targets.length === 0 ? [] : [job],
      ...settings.config,
    }
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config))
    const address = `127.0.0.1:${port}`
    const command = [
      settings.binary ?? 'prometheus',
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'tsdb')}`,
      `--web.listen-address=${address}`,
      ...flags,
    ]
    return new Prometheus(command, folder, `http://${address}`)
  }

  /** Asks until an answer satisfies; throws with Prometheus' own log after 60 s. */
  async query(
    expression: string,
    isEnough: (result: QueryResult[]) => boolean,
  ): Promise<QueryResult[]> {
    const deadline = performance.now() + 60_000
    let last: unknown
    while (performance.now() < deadline) {
      try {
        const response = await fetch(
          `${this.url}/api/v1/query?query=${encodeURIComponent(expression)}`,
        )
        const answer = (await response.json()) as { data?: { result?: QueryResult[] } }
        last = answer
        const result = answer.data?.result ?? []
        if (isEnough(result)) return result
      } catch (thrown) {
        last = thrown
      }
      await sleep(250)
    }
    throw new Error(`no answer to ${expression}: ${JSON.stringify(last)}\n${this.#log}`)
  }

  /** Ends the process and keeps its data. */
  async halt(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill('SIGTERM')
    await ended
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null) await this.halt()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        resolve(typeof address === 'object' && address !== null ? address.port : 0),
      )
    })
  })
}
