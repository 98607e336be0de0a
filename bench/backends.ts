import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const serverPath = fileURLToPath(new URL('./discard-server.ts', import.meta.url))
/** Prometheus' default is a minute; most that use it set this. */
const scrapeEveryMs = 15_000

/** What a user sends to: a Collector that takes OTLP, and a Prometheus that scrapes. Neither keeps anything. */
export class Backends implements AsyncDisposable {
  /** As the agent's configuration has them. */
  readonly exporters: Readonly<Record<string, object>>
  /** That came over OTLP. */
  points = 0
  readonly #collector: ChildProcess
  readonly #timer: NodeJS.Timeout
  #scrape: Promise<void> = Promise.resolve()

  private constructor(collector: ChildProcess, collectorPort: number, pagePort: number) {
    this.#collector = collector
    collector.on('message', ({ points }: { points: number }) => (this.points += points))
    const endpoint = `127.0.0.1:${pagePort}`
    this.exporters = {
      otlp: { endpoint: `127.0.0.1:${collectorPort}`, tls: { insecure: true } },
      // As in config/embedded.yaml.
      prometheus: { endpoint, metric_expiration: '1m' },
    }
    this.#timer = setInterval(() => {
      this.#scrape = this.#scrape.then(() => scrape(`http://${endpoint}/metrics`))
    }, scrapeEveryMs)
  }

  static async start(): Promise<Backends> {
    const collector = fork(serverPath, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    const [{ port }] = (await once(collector, 'message')) as [{ port: number }]
    return new Backends(collector, port, await freePort())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#scrape
    const ended = once(this.#collector, 'exit')
    this.#collector.disconnect()
    await ended
  }
}

/** Reads the page and forgets it. Fails, as it may, when the agent ends. */
async function scrape(url: string): Promise<void> {
  try {
    const { body } = await fetch(url)
    await body?.pipeTo(new WritableStream())
  } catch {
    // What arrives over OTLP and in the file shows whether the agent works.
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
