import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiClient } from './api-client.ts'
import { ApiError, errorOfEvent, isExpired } from './api-error.ts'
import type { Condition } from './condition.ts'
import { type JsonObject, objectOf, textOf } from './fields.ts'
import { LineReader } from './line-reader.ts'
import { type IsUnread, ListReader } from './list-reader.ts'
import { Pauses } from './pauses.ts'
import { isUnread } from './unread-fields.ts'

const pageSize = 500
const listSilenceMs = 30_000
/** Bookmarks come each minute or so; without any the connection is taken for dead and begun anew where it was. */
const watchSilenceMs = 180_000
/** The server ends a watch then; by chance, so that those of all nodes do not begin anew at once. */
const usualWatchSeconds = () => Math.round(300 + 300 * Math.random())
/** Of one page after the other, while the server's state goes on. */
const maxExpiredPages = 3
/** Over so long the lists of all nodes are spread by chance, where a restart of the server makes all of them necessary. */
const relistSpreadMs = 5_000

/** Where the objects of a resource go. */
export interface ObjectSink {
  /** An object that is new, or not as before. It keeps nothing of it but what it needs. */
  put(object: JsonObject): void
  /** @param uid of an object that is no more */
  drop(uid: string): void
  /** All objects there are were put since the last `relisting`. What was not put since then is no more. */
  listed(): void
  /** A whole list follows. */
  relisting(): void
}

export interface WatchedResource {
  /** `/api/v1/pods` */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly sink: ObjectSink
  /** What of its objects is left out of lists. Default: what nobody reads of any. */
  readonly isUnread?: IsUnread
}

/** What it did, cumulative. */
export interface WatchCounts {
  /** Requests: pages of lists, watches, and of both those that failed. */
  lists: number
  watches: number
  failures: number
  /** Events, without bookmarks. */
  events: number
}

export interface WatchSettings {
  readonly client: ApiClient
  readonly condition: Condition
  readonly resource: WatchedResource
  readonly pauses?: Pauses
  /** Over how many ms lists are spread that a server makes necessary for all at once. Default 5 s. */
  readonly spreadMs?: number
  /** After how many seconds the server is to end a watch. Default 300 to 600, by chance. */
  readonly watchSeconds?: () => number
}

/** Follows all objects of one resource: a list, then a watch from there on, for as long as it runs. */
export class ResourceWatch {
  readonly counts: WatchCounts = { lists: 0, watches: 0, failures: 0, events: 0 }
  /** Resolves when all objects were listed for the first time. */
  readonly synced: Promise<void>
  readonly #settings: WatchSettings
  readonly #pauses: Pauses
  readonly #abort = new AbortController()
  #version: string | undefined
  #onSynced: () => void = () => {}
  #running: Promise<void> | undefined

  constructor(settings: WatchSettings) {
    this.#settings = settings
    this.#pauses = settings.pauses ?? new Pauses()
    this.synced = new Promise((resolve) => {
      this.#onSynced = resolve
    })
  }

  start(): void {
    this.#running ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error('stopped'))
    await this.#running
    this.#settings.condition.ended()
  }

  get #isStopped(): boolean {
    return this.#abort.signal.aborted
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      try {
        if (this.#version === undefined) await this.#list()
        await this.#watch()
      } catch (error) {
        if (!this.#isStopped) await this.#failed(error)
      }
    }
  }

  async #failed(error: unknown): Promise<void> {
    this.counts.failures += 1
    // A state that is gone is nothing unusual after a server's restart. Of anything else that is not understood, neither
    // half of an event nor one too many must stay: the list tells.
    const isTransient = error instanceof ApiError ? !isExpired(error) : isOfConnection(error)
    if (!isTransient) this.#version = undefined
    if (!isExpired(error)) this.#settings.condition.failed(error)
    const spreadMs = isExpired(error) ? (this.#settings.spreadMs ?? relistSpreadMs) : 0
    const askedMs = error instanceof ApiError ? error.retryAfterMs : 0
    await this.#pause(Math.max(askedMs, spreadMs * Math.random()))
  }

  async #pause(atLeastMs: number): Promise<void> {
    const { signal } = this.#abort
    // It ends early when it is stopped.
    await sleep(this.#pauses.next(atLeastMs), undefined, { signal, ref: false }).catch(() => {})
  }

  /** Page by page, and from the beginning if the server forgot the state of the first. */
  async #list(): Promise<void> {
    const { sink } = this.#settings.resource
    for (let attempt = 1; ; attempt += 1) {
      try {
        sink.relisting()
        const version = await this.#pages()
        sink.listed()
        this.#version = version
        break
      } catch (error) {
        if (!isExpired(error) || attempt === maxExpiredPages) throw error
      }
    }
    this.#settings.condition.works()
    this.#onSynced()
  }

  async #pages(): Promise<string> {
    for (let from = ''; ; ) {
      const { resourceVersion, continue: next } = await this.#page(from)
      if (typeof next === 'string' && next !== '') from = next
      else if (typeof resourceVersion === 'string') return resourceVersion
      else throw new SyntaxError('a list without resourceVersion')
    }
  }

  async #page(from: string): Promise<JsonObject> {
    const { client, resource } = this.#settings
    const reader = new ListReader(
      (item) => resource.sink.put(objectOf(item)),
      resource.isUnread ?? isUnread,
    )
    this.counts.lists += 1
    await client.get({
      path: resource.path,
      query: {
        ...resource.query,
        limit: String(pageSize),
        ...(from !== '' && { continue: from }),
      },
      silenceMs: listSilenceMs,
      onChunk: (chunk) => reader.push(chunk),
      signal: this.#abort.signal,
    })
    return objectOf(objectOf(reader.end())['metadata'])
  }

  async #watch(): Promise<void> {
    const { client, condition, resource, watchSeconds = usualWatchSeconds } = this.#settings
    const reader = new LineReader((line) => this.#event(objectOf(JSON.parse(line))))
    this.counts.watches += 1
    await client.get({
      path: resource.path,
      query: {
        ...resource.query,
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion: this.#version ?? '',
        timeoutSeconds: String(watchSeconds()),
      },
      silenceMs: watchSilenceMs,
      // Until the first event a minute may pass.
      onTaken: () => condition.works(),
      onChunk: (chunk) => reader.push(chunk),
      signal: this.#abort.signal,
    })
    // One that ends as soon as it began must not make a loop of requests.
    await this.#pause(0)
  }

  #event({ type, object: value }: JsonObject): void {
    const object = objectOf(value)
    if (type === 'ERROR') throw errorOfEvent(object)
    const { resourceVersion, uid } = objectOf(object['metadata'])
    const version = textOf(resourceVersion)
    if (version === undefined) throw new SyntaxError('an event without resourceVersion')
    const { sink } = this.#settings.resource
    if (type === 'ADDED' || type === 'MODIFIED') sink.put(object)
    else if (type === 'DELETED') sink.drop(textOf(uid) ?? '')
    else if (type !== 'BOOKMARK') throw new SyntaxError('an event of a kind that is not known')
    if (type !== 'BOOKMARK') this.counts.events += 1
    this.#version = version
    // Not after a list: a server that has no watch for it would be asked for lists without a pause.
    this.#pauses.reset()
  }
}

/** Connections break, and nothing was lost then: what was read until then stands. */
function isOfConnection(error: unknown): boolean {
  return !(error instanceof SyntaxError || error instanceof RangeError)
}
