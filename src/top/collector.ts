import { hostname } from 'node:os'
import type { ProcessKey } from '../connection/process.ts'
import { Identity } from '../identity/index.ts'
import { createSource } from '../source/index.ts'
import type { Source } from '../source/source.ts'
import { Gatherer } from './gatherer.ts'
import type { Owner, Reading } from './reading.ts'

const drainMs = 250
/** Rows of each kind that are kept: what is left of memory on any host. */
const maxRows = 10_000
const unknownService = 'unknown_service'

/** Reads the connections of this host, interval by interval. */
export class Collector {
  readonly #identity = new Identity({ maxProcesses: maxRows })
  readonly #source: Source = createSource({ source: 'ebpf', eachConnection: true })
  readonly #gatherer: Gatherer
  #timer: NodeJS.Timeout | undefined
  #drainError: unknown
  #beganMs = 0

  constructor() {
    this.#gatherer = new Gatherer({
      seen: (process) => this.#identity.seen(process),
      ownerOf: (process) => this.#ownerOf(process),
      limit: maxRows,
    })
  }

  /** The first interval begins. @throws NettracerError if no source can run here */
  async start(): Promise<void> {
    await this.#source.start(this.#gatherer)
    this.#beganMs = performance.now()
    this.#timer = setInterval(() => this.#drain(), drainMs)
  }

  /** Ends an interval and begins the next. */
  async collect(): Promise<Reading> {
    if (this.#drainError !== undefined) throw this.#drainError
    await this.#source.collect()
    const now = performance.now()
    const seconds = (now - this.#beganMs) / 1000
    this.#beganMs = now
    const { lost, endsMissed } = this.#source.health()
    const reading = {
      host: hostname(),
      endMs: Date.now(),
      seconds,
      lost: lost + endsMissed,
      ...this.#gatherer.take(),
    }
    this.#identity.refresh()
    return reading
  }

  /** Safe at any stage and twice. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#source.stop()
  }

  #drain(): void {
    try {
      this.#source.drain()
    } catch (error) {
      this.#drainError = error
    }
  }

  #ownerOf(process: ProcessKey): Owner {
    const { pid } = process
    const identity = this.#identity.resourceOf(process)
    const { serviceName, serviceNamespace, executableName, containerId, systemdUnit } = identity
    return {
      service: nameOf(serviceName, serviceNamespace),
      executable: executableName,
      pid,
      containerId,
      systemdUnit,
    }
  }
}

function nameOf(service: string, namespace: string | undefined): string {
  if (service === unknownService) return '(unknown)'
  const prefix = `${unknownService}:`
  const name = service.startsWith(prefix) ? service.slice(prefix.length) : service
  return namespace === undefined ? name : `${namespace}/${name}`
}
