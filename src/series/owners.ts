import type { Resource } from '@opentelemetry/resources'
import type { ProcessKey } from '../connection/process.ts'

/** Whose series are: a process, or the host. */
export interface Owner {
  readonly key: string
  /** Absent for the host. */
  readonly process?: ProcessKey
  resource: Resource
  isAlive: boolean
  /** Monotonic ms of the last collection that found it alive. */
  aliveMs: number
  /** Routes that have it. At 0 it is forgotten. */
  routes: number
}

export interface OwnersSettings {
  readonly hostResource: Resource
  /** Asked at first sight and again at each collection: what is known of a process may grow. */
  readonly resourceOf: (process: ProcessKey) => Resource
  readonly isAlive: (process: ProcessKey) => boolean
}

/** Processes that have series, so that each is asked about once a collection, not once for each of its series. */
export class Owners {
  readonly #settings: OwnersSettings
  readonly #byKey = new Map<string, Owner>()
  readonly host: Owner
  #nowMs: number

  constructor(settings: OwnersSettings, nowMs: number) {
    this.#settings = settings
    this.#nowMs = nowMs
    this.host = {
      key: 'host',
      resource: settings.hostResource,
      isAlive: true,
      aliveMs: 0,
      routes: 0,
    }
  }

  get(process: ProcessKey): Owner {
    const key = `${process.pid} ${process.startTime} ${process.cgroupId}`
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    const resource = this.#settings.resourceOf(process)
    const aliveMs = this.#nowMs
    const owner: Owner = { key, process, resource, isAlive: true, aliveMs, routes: 0 }
    this.#byKey.set(key, owner)
    return owner
  }

  /** Asks about each anew, and forgets those without series. */
  refresh(nowMs: number): void {
    this.#nowMs = nowMs
    for (const owner of this.#byKey.values()) {
      if (owner.routes === 0) this.#byKey.delete(owner.key)
      else if (owner.process !== undefined) {
        owner.resource = this.#settings.resourceOf(owner.process)
        owner.isAlive = this.#settings.isAlive(owner.process)
        if (owner.isAlive) owner.aliveMs = nowMs
      }
    }
  }
}
