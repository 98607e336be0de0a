import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { freePort } from './free-port.ts'
import type { OtlpLogsRequest } from './otlp-logs.ts'
import type { OtlpRequest } from './otlp-points.ts'

export const otelcolBinary = fileURLToPath(new URL('../../build/otelcol-test', import.meta.url))
const build = fileURLToPath(new URL('../otelcol/build.sh', import.meta.url))
const NO_GO = 3
const READY_MS = 30_000

/**
 * Whether the Collector of the tests is there, built first if need be. To be awaited while tests are collected
 * (`describe.skipIf(!(await otelcolIsThere()))`): the build takes minutes and belongs into no test's time limit.
 *
 * @throws if there is Go and the build fails
 */
export async function otelcolIsThere(): Promise<boolean> {
  const { status, output } = await runBuild()
  if (status === 0) return true
  if (status !== NO_GO) throw new Error(`the Collector of the tests cannot be built: ${output}`)
  process.stderr.write(
    '\n!!! SKIPPED: no Go on this machine, so NOTHING is tested against a real OpenTelemetry Collector !!!\n\n',
  )
  return false
}

async function runBuild(): Promise<{ status: number | null; output: string }> {
  const child = spawn(build, { stdio: ['ignore', 'ignore', 'pipe'] })
  let output = ''
  child.stderr.on('data', (more: Buffer) => {
    output = `${output}${more.toString()}`.slice(-10_000)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, output }))
  })
}

interface CollectorSettings {
  /** Sections of the configuration beside or instead of those of {@link Collector}. */
  readonly exporters?: Record<string, object>
  readonly processors?: Record<string, object>
  /** Exporters of the logs pipeline, beside the file. */
  readonly logsExporters?: Record<string, object>
  /** TLS section of the gRPC receiver. */
  readonly tls?: object
  /** Most bytes that the HTTP receiver takes, decompressed. */
  readonly maxBodyBytes?: number
  /** TLS section of the HTTP receiver. */
  readonly httpTls?: object
  /** Most MiB that the gRPC receiver takes; 4 is the Collector's own. */
  readonly maxMessageMib?: number
}

/**
 * A real OpenTelemetry Collector on loopback: OTLP in over gRPC and HTTP, out through the file exporter and those that
 * a test adds. It may be killed and started again; its file stays.
 */
export class Collector {
  readonly folder = mkdtempSync(join(tmpdir(), 'nettracer-otelcol-'))
  readonly grpcPort: number
  readonly httpPort: number
  /** Serves the Collector's own metrics for Prometheus. */
  readonly ownPort: number
  readonly #healthPort: number
  #process: ChildProcess | undefined

  private constructor(ports: readonly number[]) {
    const [grpc = 0, http = 0, own = 0, health = 0] = ports
    this.grpcPort = grpc
    this.httpPort = http
    this.ownPort = own
    this.#healthPort = health
  }

  static async start(settings: CollectorSettings = {}): Promise<Collector> {
    const ports = [await freePort(), await freePort(), await freePort(), await freePort()]
    const collector = new Collector(ports)
    writeFileSync(collector.path('config.yaml'), stringify(collector.#config(settings)))
    await collector.run()
    return collector
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /** Starts the process and waits until it is ready. */
  async run(): Promise<void> {
    const log = openSync(this.path('log'), 'a')
    const child = spawn(otelcolBinary, ['--config', this.path('config.yaml')], {
      stdio: ['ignore', log, log],
    })
    this.#process = child
    const deadline = Date.now() + READY_MS
    while (!(await this.#isReady())) {
      if (child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`the Collector does not start:\n${readFileSync(this.path('log'), 'utf8')}`)
      }
      await delay(50)
    }
  }

  /** SIGKILL: what it had received and not written is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** SIGTERM: it writes what it has received. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  /** SIGSTOP: its connections stay, and nobody answers. */
  pause(): void {
    this.#process?.kill('SIGSTOP')
  }

  resume(): void {
    this.#process?.kill('SIGCONT')
  }

  async remove(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** The requests that the file exporter wrote. */
  requests(name = 'metrics.jsonl'): OtlpRequest[] {
    if (!existsSync(this.path(name))) return []
    return readFileSync(this.path(name), 'utf8')
      .split('\n')
      .slice(0, -1)
      .filter((line) => line !== '' && line !== '{}')
      .map((line): OtlpRequest => JSON.parse(line))
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child === undefined || child.exitCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }

  async #isReady(): Promise<boolean> {
    try {
      return (await fetch(`http://127.0.0.1:${this.#healthPort}`)).ok
    } catch {
      return false
    }
  }

  /** The requests of logs that the file exporter wrote. */
  logsRequests(): OtlpLogsRequest[] {
    return readFileSync(this.path('logs.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && line !== '{}')
      .map((line): OtlpLogsRequest => JSON.parse(line))
  }

  #config(settings: CollectorSettings): object {
    const loopback = (port: number) => `127.0.0.1:${port}`
    const exporters = {
      file: { path: this.path('metrics.jsonl'), append: true, flush_interval: '50ms' },
      ...settings.exporters,
    }
    const logsExporters = {
      'file/logs': { path: this.path('logs.jsonl'), append: true, flush_interval: '50ms' },
      ...settings.logsExporters,
    }
    const processors = settings.processors ?? {}
    const grpc = {
      endpoint: loopback(this.grpcPort),
      ...(settings.tls === undefined ? {} : { tls: settings.tls }),
      ...(settings.maxMessageMib === undefined
        ? {}
        : { max_recv_msg_size_mib: settings.maxMessageMib }),
    }
    const http = {
      endpoint: loopback(this.httpPort),
      ...(settings.httpTls === undefined ? {} : { tls: settings.httpTls }),
      ...(settings.maxBodyBytes === undefined
        ? {}
        : { max_request_body_size: settings.maxBodyBytes }),
    }
    const own = { pull: { exporter: { prometheus: { host: '127.0.0.1', port: this.ownPort } } } }
    return {
      receivers: {
        otlp: { protocols: { grpc, http } },
      },
      processors,
      exporters: { ...logsExporters, ...exporters },
      extensions: { health_check: { endpoint: loopback(this.#healthPort) } },
      service: {
        extensions: ['health_check'],
        telemetry: { metrics: { readers: [own] } },
        pipelines: {
          metrics: {
            receivers: ['otlp'],
            processors: Object.keys(processors),
            exporters: Object.keys(exporters),
          },
          logs: { receivers: ['otlp'], exporters: Object.keys(logsExporters) },
        },
      },
    }
  }
}
