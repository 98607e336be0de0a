import { setTimeout as sleep } from 'node:timers/promises'
import type { Health, Logger } from '../../telemetry/telemetry.ts'
import { CriRuntime } from './cri.ts'
import type { ContainerDirectory, ContainerFacts } from './directory.ts'
import { DockerRuntime } from './docker.ts'
import { type Endpoint, endpointAt, usualEndpoints } from './endpoints.ts'
import { Follower, type FollowerCounts } from './follower.ts'
import { LabelChoice } from './labels.ts'
import type { Runtime } from './runtime.ts'
import { ContainerTable, type TableSettings } from './table.ts'

export interface ContainerRuntimesSettings extends TableSettings {
  /** Paths of sockets; if there are none, those where runtimes usually listen. */
  readonly endpoints?: readonly string[]
  /** Keys of labels that resources are to have; one that ends with `*` stands for all that begin so. */
  readonly labels?: readonly string[]
  /** Whether it is a fault that no runtime answers. */
  readonly isWanted?: boolean
  readonly logger?: Pick<Logger, 'limited'>
  readonly health?: Health
}

/** What it did, cumulative but for the first. */
export interface ContainerStats extends Readonly<FollowerCounts> {
  /** Containers known now, with those that ended in the last minute. */
  readonly containers: number
  /** Containers that were forgotten because there were too many, and labels that were too long or too many. */
  readonly leftOut: number
}

/** Users log in, and their runtimes start. */
const lookForUsersMs = 30_000
/** The agent starts without names rather than late. */
const settleMs = 2_000
const maxMisses = 1024
const maxOfUsers = 1024
const maxFollowers = 256

/** The containers of this host, by what their runtimes tell. */
export class ContainerRuntimes implements ContainerDirectory {
  readonly #settings: ContainerRuntimesSettings
  readonly #ofMachine: ContainerTable
  /** Of their own, so that no user pushes out, or names otherwise, what is not his. */
  readonly #ofUsers: ContainerTable
  readonly #choice: LabelChoice
  readonly #counts: FollowerCounts = { events: 0, failures: 0 }
  readonly #followers = new Map<string, Follower>()
  readonly #misses = new Set<string>()
  #timer: NodeJS.Timeout | undefined

  constructor(settings: ContainerRuntimesSettings = {}) {
    this.#settings = settings
    this.#ofMachine = new ContainerTable(settings)
    this.#ofUsers = new ContainerTable({ ...settings, limit: maxOfUsers })
    this.#choice = new LabelChoice(settings.labels)
  }

  get epoch(): number {
    return this.#ofMachine.epoch + this.#ofUsers.epoch
  }

  find(containerId: string): ContainerFacts | undefined {
    const found = this.#ofMachine.find(containerId) ?? this.#ofUsers.find(containerId)
    if (found === undefined) this.#missed(containerId)
    return found
  }

  stats(): ContainerStats {
    const tables = [this.#ofMachine, this.#ofUsers]
    const pushedOut = tables.reduce((sum, { leftOut }) => sum + leftOut, 0)
    return {
      containers: tables.reduce((sum, { size }) => sum + size, 0),
      leftOut: pushedOut + this.#choice.leftOut,
      ...this.#counts,
    }
  }

  /** Resolves when the runtimes that are there have told what they have, after 2 s at the latest. */
  async start(): Promise<void> {
    this.#followAll()
    this.#timer ??= setInterval(() => this.#followAll(), lookForUsersMs).unref()
    const settled = [...this.#followers.values()].map((follower) => follower.settled)
    const over = new AbortController()
    const late = sleep(settleMs, undefined, { ref: false, signal: over.signal }).catch(() => {})
    await Promise.race([Promise.all(settled), late])
    over.abort()
    if (this.#counts.events === 0 && this.#settings.isWanted === true) {
      this.#failed('no runtime', 'none answers')
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    const followers = [...this.#followers.values()]
    this.#followers.clear()
    await Promise.all(followers.map((follower) => follower.stop()))
  }

  #followAll(): void {
    const { endpoints = [] } = this.#settings
    const all = endpoints.length > 0 ? endpoints.map((path) => endpointAt(path)) : usualEndpoints()
    for (const endpoint of all) {
      if (this.#followers.has(endpoint.path) || this.#followers.size >= maxFollowers) continue
      const follower = this.#create(endpoint)
      this.#followers.set(endpoint.path, follower)
      follower.start()
    }
  }

  #create(endpoint: Endpoint): Follower {
    return new Follower({
      runtime: createRuntime(endpoint, this.#choice),
      table: endpoint.isUsers ? this.#ofUsers : this.#ofMachine,
      counts: this.#counts,
      failed: (reason) => this.#failed(endpoint.path, reason),
      // Docker's own containerd serves no CRI, which is no fault unless somebody counts on it.
      notServed: (reason) => {
        if (this.#settings.endpoints?.length) this.#failed(endpoint.path, reason)
      },
      worked: () => this.#settings.health?.working('containers'),
    })
  }

  #failed(socket: string, reason: string): void {
    const { logger, health, isWanted = false } = this.#settings
    const message = 'a container runtime does not tell of its containers'
    logger?.limited('warn', `containers ${socket}`, message, { socket, reason })
    if (isWanted) health?.failing('containers', `${message}: ${socket}: ${reason}`)
  }

  /** Once for each container. */
  #missed(containerId: string): void {
    if (this.#misses.has(containerId)) return
    if (this.#misses.size >= maxMisses) this.#misses.clear()
    this.#misses.add(containerId)
    for (const follower of this.#followers.values()) follower.missed(containerId)
  }
}

export function createRuntime({ path, api }: Endpoint, choice = new LabelChoice()): Runtime {
  return api === 'cri' ? new CriRuntime(path, choice) : new DockerRuntime(path, choice)
}
