import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiClient } from './api-client.ts'
import type { Condition } from './condition.ts'
import { objectOf } from './fields.ts'
import { ListReader } from './list-reader.ts'
import { Pauses } from './pauses.ts'
import type { ObjectSink, WatchCounts } from './resource-watch.ts'
import { isUnread } from './unread-fields.ts'

const silenceMs = 10_000

export interface KubeletPollSettings {
  readonly client: ApiClient
  readonly condition: Condition
  readonly sink: ObjectSink
  readonly intervalMs: number
}

/** Asks the kubelet of this node for its pods again and again: it has no watch. */
export class KubeletPoll {
  readonly counts: WatchCounts = { lists: 0, watches: 0, failures: 0, events: 0 }
  /** Resolves when the pods were listed for the first time. */
  readonly synced: Promise<void>
  readonly #settings: KubeletPollSettings
  readonly #pauses = new Pauses()
  readonly #abort = new AbortController()
  #onSynced: () => void = () => {}
  #running: Promise<void> | undefined

  constructor(settings: KubeletPollSettings) {
    this.#settings = settings
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

  async #run(): Promise<void> {
    const { signal } = this.#abort
    while (!signal.aborted) {
      const pauseMs = await this.#ask()
      await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => {})
    }
  }

  /** @returns how long to wait before the next time */
  async #ask(): Promise<number> {
    const { client, condition, sink, intervalMs } = this.#settings
    const { signal } = this.#abort
    this.counts.lists += 1
    try {
      const reader = new ListReader((item) => sink.put(objectOf(item)), isUnread)
      sink.relisting()
      const onChunk = (chunk: Buffer) => reader.push(chunk)
      await client.get({ path: '/pods', query: {}, silenceMs, onChunk, signal })
      reader.end()
      sink.listed()
    } catch (error) {
      if (signal.aborted) return 0
      this.counts.failures += 1
      condition.failed(error)
      return Math.max(intervalMs, this.#pauses.next())
    }
    condition.works()
    this.#pauses.reset()
    this.#onSynced()
    return intervalMs
  }
}
