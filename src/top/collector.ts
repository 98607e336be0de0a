import { hostname } from 'node:os'
import type { ProcessKey } from '../connection/process.ts'
import { Identity } from '../identity/index.ts'
import { Peers } from '../identity/peer.ts'
import { readHostAddresses } from '../identity/peer-scope.ts'
import { isAbsent } from '../source/absences.ts'
import { createSource, type SourceSettings } from '../source/index.ts'
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
  /** Others are shown by their addresses. */
  readonly #peers = new Peers(
    {
      public: 'address',
      groups: {},
      look: (process) => {
        const { resource, isAlive } = this.#identity.resourceOf(process)
        return { attributes: resource.attributes, isAlive }
      },
    },
    readHostAddresses(),
  )
  readonly #source: Source
  readonly #gatherer: Gatherer
  #timer: NodeJS.Timeout | undefined
  #drainError: unknown
  #beganMs = 0

  constructor(source: SourceSettings['source']) {
    this.#source = createSource({ source, eachConnection: true })
    this.#gatherer = new Gatherer({
      seen: (process) => this.#identity.seen(process),
      ownerOf: (process) => this.#ownerOf(process),
      peerOf: (flow) => {
        const { service } = this.#peers.peerOf(flow)
        return service && nameOf(service.name, service.namespace)
      },
      listening: (listener) => this.#peers.listening(listener),
      limit: maxRows,
    })
  }

  /** The first interval begins. @throws NettracerError if no source can run here */
  async start(): Promise<void> {
    await this.#source.start(this.#gatherer)
    this.#beganMs = performance.now()
    this.#timer = setInterval(() => this.#drain(), drainMs)
  }

  /** Why it is not the first source of `auto`; `undefined` if it is. */
  get remark(): string | undefined {
    return this.#source.remark
  }

  /** Ends an interval and begins the next. */
  async collect(): Promise<Reading> {
    if (this.#drainError !== undefined) throw this.#drainError
    await this.#source.collect()
    const now = performance.now()
    const seconds = (now - this.#beganMs) / 1000
    this.#beganMs = now
    const { lost, endsMissed } = this.#source.health()
    const taken = this.#gatherer.take()
    this.#identity.refresh()
    this.#peers.refresh()
    return {
      ...taken,
      host: hostname(),
      source: this.#source.name,
      endMs: Date.now(),
      seconds,
      rejected: isAbsent(this.#source.name, 'nettracer.rejects') ? undefined : taken.rejected,
      lost: lost + endsMissed,
    }
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
