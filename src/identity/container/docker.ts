import type { ContainerFacts } from './directory.ts'
import {
  type DockerEvent,
  readEvent,
  readInspected,
  readListed,
  readVersion,
} from './docker-messages.ts'
import { factsOf } from './facts.ts'
import type { LabelChoice } from './labels.ts'
import { NotServed, type Runtime, type RuntimeSink } from './runtime.ts'
import { SocketClient } from './socket-client.ts'

/** `die`, `destroy` are Docker's words, `died`, `remove` Podman's. What does not know a word takes no notice. */
const actions = ['create', 'start', 'rename', 'die', 'died', 'destroy', 'remove'] as const
const deaths: ReadonlySet<string> = new Set(['die', 'died'])
const removals: ReadonlySet<string> = new Set(['destroy', 'remove'])
const filters = encodeURIComponent(JSON.stringify({ type: ['container'], event: actions }))
/** Events from before the list was made, and from while it was. */
const overlapMs = 2_000
/** After a longer absence what ended meanwhile is of no use any more. */
const longestAbsenceMs = 60_000
/** Containers of one list whose images have to be asked for. */
const maxInspections = 256

/** The API of Docker, which Podman has too. An event says all of its container: nothing else is asked while it runs. */
export class DockerRuntime implements Runtime {
  readonly path: string
  readonly #client: SocketClient
  readonly #choice: LabelChoice
  /** Unix ms of when it was last heard, if it went away since. */
  #lostMs: number | undefined

  constructor(path: string, choice: LabelChoice) {
    this.path = path
    this.#client = new SocketClient(path)
    this.#choice = choice
  }

  async identify(signal: AbortSignal): Promise<string> {
    const version = readVersion(await this.#client.json('/version', signal))
    return `${await this.#name(signal)} ${version}`
  }

  async follow(sink: RuntimeSink, signal: AbortSignal): Promise<never> {
    const name = await this.#name(signal)
    const since = this.#since(Date.now())
    let isTelling = false
    const over = new AbortController()
    const both = AbortSignal.any([signal, over.signal])
    const { promise: ready, resolve: open } = Promise.withResolvers<void>()
    try {
      const events = this.#client.lines(
        `/events?since=${since}&filters=${filters}`,
        { ready, take: (line) => this.#apply(line, name, sink), leftOut: () => sink.malformed() },
        both,
      )
      const listed = this.#list(name, both).then((containers) => {
        sink.list(containers)
        isTelling = true
        open()
      })
      await Promise.all([events, listed])
    } finally {
      over.abort()
      if (isTelling) this.#lostMs = Date.now()
    }
    throw new Error('it ended the stream of events')
  }

  /** Unix seconds: what began and ended while nobody listened is told, too. */
  #since(nowMs: number): number {
    const heardMs = Math.min(nowMs, Math.max(this.#lostMs ?? nowMs, nowMs - longestAbsenceMs))
    return Math.floor((heardMs - overlapMs) / 1000)
  }

  /** Not by `/version`: Podman runs programs to answer that. */
  async #name(signal: AbortSignal): Promise<'docker' | 'podman'> {
    const headers = await this.#client.headers('/_ping', signal)
    if (headers['libpod-api-version'] !== undefined) return 'podman'
    if (headers['api-version'] !== undefined) return 'docker'
    throw new NotServed('what answers there is no Docker or Podman')
  }

  async #list(runtime: string, signal: AbortSignal): Promise<ContainerFacts[]> {
    const containers: ContainerFacts[] = []
    let inspections = 0
    for (const told of readListed(await this.#client.json('/containers/json', signal))) {
      let facts = factsOf(told, runtime, this.#choice)
      if (facts === undefined) continue
      // Its image's tag belongs to a newer image now, so that the list has only the id.
      if (facts.imageName === undefined && inspections < maxInspections) {
        inspections += 1
        const image = await this.#imageOf(facts.id, signal)
        facts = factsOf({ ...told, image }, runtime, this.#choice) ?? facts
      }
      containers.push(facts)
    }
    return containers
  }

  /** What the container was made from. It may be gone by now. */
  async #imageOf(id: string, signal: AbortSignal): Promise<unknown> {
    try {
      return readInspected(await this.#client.json(`/containers/${id}/json`, signal))
    } catch {
      return undefined
    }
  }

  #apply(line: string, runtime: string, sink: RuntimeSink): void {
    const event = readEvent(line)
    const facts = event && factsOf(event, runtime, this.#choice)
    if (event === undefined || facts === undefined) sink.malformed()
    else this.#tell(event, facts, sink)
  }

  #tell({ action }: DockerEvent, facts: ContainerFacts, sink: RuntimeSink): void {
    if (deaths.has(action)) sink.end(facts.id, facts)
    else if (removals.has(action)) sink.end(facts.id)
    else if (actions.some((one) => one === action)) sink.put(facts)
  }
}
