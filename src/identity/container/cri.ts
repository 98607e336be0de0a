import type { Buffer } from 'node:buffer'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CriClient } from './cri-client.ts'
import {
  type CriContainer,
  readCriEvent,
  readCriList,
  readCriStatus,
  readCriVersion,
  writeText,
} from './cri-messages.ts'
import type { ContainerFacts } from './directory.ts'
import { factsOf } from './facts.ts'
import type { LabelChoice } from './labels.ts'
import type { Runtime, RuntimeSink } from './runtime.ts'

const shortestPollMs = 5_000
const longestPollMs = 30_000
/** While it tells events, which then need not be complete. */
const besideEventsMs = 60_000
/** Also where somebody asks for a container that is not known. */
const leastPauseMs = 1_000
/** Of one list: more would only be a runtime that lies. */
const maxContainers = 8_192

/** One connection, and what it has told. */
interface Session {
  readonly client: CriClient
  readonly sink: RuntimeSink
  readonly signal: AbortSignal
  readonly runtime: string
  /** Images' names included. */
  known: Map<string, ContainerFacts>
  tellsEvents: boolean
}

/**
 * The Container Runtime Interface, of containerd and CRI-O. Runtimes that tell events (containerd from 1.7, CRI-O if so
 * configured) are listened to; others are polled, less often the longer nothing changes, and soon for a container that somebody
 * asks for. An image's name is in no list: it is asked for, once for each container.
 */
export class CriRuntime implements Runtime {
  readonly path: string
  readonly #choice: LabelChoice
  #isHurried = false
  #wake: (() => void) | undefined

  constructor(path: string, choice: LabelChoice) {
    this.path = path
    this.#choice = choice
  }

  async identify(signal: AbortSignal): Promise<string> {
    const client = await this.#open()
    try {
      const { name, version } = readCriVersion(await client.ask('Version', signal))
      return `${nameOf(name)} ${version.slice(0, 64)}`
    } finally {
      client.close()
    }
  }

  async follow(sink: RuntimeSink, signal: AbortSignal): Promise<never> {
    const client = await this.#open()
    const over = new AbortController()
    const both = AbortSignal.any([signal, over.signal])
    try {
      const { name } = readCriVersion(await client.ask('Version', both))
      const runtime = nameOf(name)
      const session = { client, sink, signal: both, runtime, known: new Map(), tellsEvents: true }
      this.#listen(session)
      return await this.#poll(session)
    } finally {
      over.abort()
      client.close()
    }
  }

  missed(): void {
    this.#isHurried = true
    this.#wake?.()
  }

  async #open(): Promise<CriClient> {
    const { CriClient: Opened } = await import('./cri-client.ts')
    return new Opened(this.path)
  }

  /** Until the runtime ends the stream, or says that it has none: lists come more often then. */
  #listen(session: Session): void {
    const silent = () => {
      session.tellsEvents = false
      this.#wake?.()
    }
    session.client
      .events((message) => this.#take(message, session), session.signal)
      .then(silent, silent)
  }

  #take(message: Buffer, session: Session): void {
    try {
      const containers = readCriEvent(message)
      for (const container of containers) this.#tell(container, session)
      if (containers.length === 0) this.missed()
    } catch {
      session.sink.malformed()
    }
  }

  #tell(container: CriContainer, { sink, runtime, known }: Session): void {
    const facts = factsOf(container, runtime, this.#choice)
    if (facts === undefined) return
    if (container.hasEnded) sink.end(facts.id)
    else {
      known.set(facts.id, facts)
      sink.put(facts)
    }
  }

  async #poll(session: Session): Promise<never> {
    let pauseMs = shortestPollMs
    for (;;) {
      const isChanged = await this.#list(session)
      pauseMs = isChanged ? shortestPollMs : Math.min(pauseMs * 1.5, longestPollMs)
      await this.#pause(session, pauseMs)
    }
  }

  /** @returns whether there is anything else than before */
  async #list(session: Session): Promise<boolean> {
    const { client, sink, signal } = session
    const listed = readCriList(await client.ask('ListContainers', signal)).slice(0, maxContainers)
    const known = new Map<string, ContainerFacts>()
    let isChanged = listed.length !== session.known.size
    for (const container of listed) {
      const before = session.known.get(container.id)
      isChanged ||= before === undefined
      const facts = before ?? (await this.#ask(container, session))
      if (facts !== undefined) known.set(facts.id, facts)
    }
    session.known = known
    sink.list([...known.values()])
    for (const { id, hasEnded } of listed) if (hasEnded) sink.end(id)
    return isChanged
  }

  /** What the list does not tell: the image. Of a container that is gone by now the list is all there is. */
  async #ask(container: CriContainer, { client, signal, runtime }: Session) {
    try {
      const status = readCriStatus(
        await client.ask('ContainerStatus', signal, writeText(container.id)),
      )
      const { image, imageRef } = status ?? {}
      return factsOf({ ...container, image, imageRef }, runtime, this.#choice)
    } catch {
      return factsOf(container, runtime, this.#choice)
    }
  }

  async #pause({ signal, tellsEvents }: Session, pauseMs: number): Promise<void> {
    await sleep(leastPauseMs, undefined, { ref: false, signal })
    if (!this.#isHurried) {
      const { promise: hurry, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      const over = new AbortController()
      const rest = (tellsEvents ? besideEventsMs : pauseMs) - leastPauseMs
      const both = AbortSignal.any([signal, over.signal])
      await Promise.race([hurry, sleep(rest, undefined, { ref: false, signal: both })]).finally(
        () => over.abort(),
      )
      this.#wake = undefined
    }
    this.#isHurried = false
  }
}

/** `containerd`, `cri-o`, `docker`. */
function nameOf(told: string): string {
  return /^[\w.-]{1,64}$/.test(told) ? told : 'cri'
}
