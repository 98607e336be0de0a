import { setTimeout as sleep } from 'node:timers/promises'
import type { Counter } from '@opentelemetry/api'
import type { ComponentSettings } from '../../config/component.ts'
import { telemetryMetrics } from '../../generated/metrics.ts'
import type { SignalName } from '../../model/signal.ts'
import {
  DamagedItemError,
  type Storage,
  type StorageClient,
  type StoredItem,
} from '../../model/storage.ts'
import { messageOf } from '../../shared/errors.ts'
import { QUEUE_MEMORY_BYTES } from './queue-config.ts'
import { fromStored, type QueuedRequest } from './queued-request.ts'

/** How long the disk is left alone after it failed. */
const PAUSE_MS = 5000

const FAILURES_LAST_MS = 60_000
const READ_TRIES = 3
const READ_PAUSE_MS = 1000

type Operation = 'open' | 'write' | 'read' | 'remove'

export interface DiskCopiesSettings {
  readonly component: ComponentSettings
  readonly signal: SignalName
  readonly storage: Storage
  /** Whose copies they are. */
  readonly owner: string
  /** Requests of an earlier run, oldest first: at {@link DiskCopies.open}, or later where the disk could not be used then. */
  readonly onLeft: (requests: readonly QueuedRequest[]) => void
  /** More wait in memory for a disk than memory may hold: this is the oldest of them. */
  readonly onOverflow: (request: QueuedRequest) => void
}

/**
 * Keeps a copy of queued requests on disk, written one after the other beside the sending, and their bodies out of memory
 * while they wait. A disk that fails costs no request: it stays in memory, and the disk is tried again every 5 s.
 */
export class DiskCopies {
  readonly #settings: DiskCopiesSettings
  readonly #errors: Counter
  #client: StorageClient | undefined
  /** Oldest first. */
  #unwritten: QueuedRequest[] = []
  #unwrittenBytes = 0
  /** Sent, and still on a disk that could not remove them. */
  #unremoved: StoredItem[] = []
  #cannotRead = false
  /** In memory although they are on disk. */
  readonly #held = new Set<QueuedRequest>()
  #heldBytes = 0
  #writing: Promise<void> | undefined
  #pause: NodeJS.Timeout | undefined
  #count = 0
  #isClosed = false

  constructor(settings: DiskCopiesSettings) {
    const { meter } = settings.component.telemetry
    const name = 'nettracer.exporter.storage.errors'
    const { unit, description } = telemetryMetrics[name]
    this.#settings = settings
    this.#errors = meter.createCounter(name, { unit, description })
  }

  /** Requests on disk. */
  get count(): number {
    return this.#count
  }

  /** Never throws: a disk that cannot be used now is tried again. One that does not answer is not waited for. */
  async open(): Promise<void> {
    this.#write()
    await this.#idle(PAUSE_MS)
  }

  keep(request: QueuedRequest): void {
    this.#unwritten.push(request)
    this.#unwrittenBytes += request.bytes
    while (this.#unwrittenBytes > QUEUE_MEMORY_BYTES) {
      const oldest = this.#unwritten.find(({ isTaken, isDone }) => !isTaken && !isDone)
      if (oldest === undefined || oldest === request) break
      this.#dropUnwritten(oldest)
      this.#settings.onOverflow(oldest)
    }
    if (this.#pause === undefined) this.#write()
  }

  /**
   * @returns `undefined` if it cannot be had: then it is to be dropped. What the disk only failed to read stays there for
   * the next run.
   */
  async load(request: QueuedRequest): Promise<Uint8Array | undefined> {
    for (let tries = 1; request.body === undefined && request.stored !== undefined; tries += 1) {
      try {
        request.body = await this.#client?.read(request.stored)
        this.#cannotRead = false
        return request.body
      } catch (error) {
        this.#failed('read', error)
        if (isGone(error)) return undefined
        this.#cannotRead = true
      }
      if (tries < READ_TRIES) await sleep(READ_PAUSE_MS)
      else this.#leave(request)
    }
    return request.body
  }

  #spare(request: QueuedRequest): void {
    request.body = undefined
    if (this.#held.delete(request)) this.#heldBytes -= request.bytes
  }

  /** As if there were no copy: it is neither read nor removed any more. */
  #leave(request: QueuedRequest): void {
    request.stored = undefined
    this.#count -= 1
  }

  /** It is sent or dropped: nothing of it is needed any more. */
  async forget(request: QueuedRequest): Promise<void> {
    request.isDone = true
    this.#spare(request)
    if (request.stored !== undefined) await this.#remove(request.stored)
    else if (request !== this.#unwritten[0]) this.#dropUnwritten(request)
  }

  /** Writes what is still in memory, if the disk takes it within `limitMs`. What then has no copy is lost. */
  async close(limitMs: number): Promise<void> {
    clearTimeout(this.#pause)
    this.#isClosed = true
    this.#write()
    await this.#idle(limitMs)
    await this.#client?.close()
  }

  async #idle(limitMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs)
    })
    await Promise.race([this.#writing, limit])
    clearTimeout(timer)
  }

  #write(): void {
    this.#writing ??= this.#writeAll()
      .catch((error: unknown) => this.#retryLater(error))
      .finally(() => {
        this.#writing = undefined
      })
  }

  /** @throws the system's error */
  async #writeAll(): Promise<void> {
    const client = this.#client ?? (await this.#openClient())
    for (let next = this.#unwritten[0]; next !== undefined; next = this.#unwritten[0]) {
      if (!next.isDone && next.body !== undefined) await this.#writeOne(client, next, next.body)
      this.#dropUnwritten(next)
    }
    for (const item of this.#unremoved.splice(0)) await this.#remove(item)
  }

  async #openClient(): Promise<StorageClient> {
    const { storage, owner } = this.#settings
    const client = await storage.open(owner)
    this.#client = client
    this.#settings.component.telemetry.health.working('storage')
    this.#count += client.left.length
    if (client.left.length > 0) this.#settings.onLeft(client.left.map(fromStored))
    return client
  }

  async #writeOne(client: StorageClient, request: QueuedRequest, body: Uint8Array): Promise<void> {
    const stored = await client.append(body, request)
    this.#count += 1
    this.#settings.component.telemetry.health.working('storage')
    request.stored = stored
    if (request.isDone) await this.#remove(stored)
    else if (!request.isTaken) this.#spareIfReadable(request)
  }

  /** A disk that cannot be read is no place to put the only copy, as long as there is memory. */
  #spareIfReadable(request: QueuedRequest): void {
    if (this.#cannotRead && this.#heldBytes + request.bytes <= QUEUE_MEMORY_BYTES) {
      this.#held.add(request)
      this.#heldBytes += request.bytes
    } else request.body = undefined
  }

  #dropUnwritten(request: QueuedRequest): void {
    const at = this.#unwritten.indexOf(request)
    if (at < 0) return
    this.#unwritten.splice(at, 1)
    this.#unwrittenBytes -= request.bytes
  }

  async #remove(item: StoredItem): Promise<void> {
    try {
      await this.#client?.remove(item)
      this.#count -= 1
    } catch (error) {
      this.#unremoved.push(item)
      this.#failed('remove', error)
    }
  }

  #retryLater(error: unknown): void {
    this.#failed(this.#client === undefined ? 'open' : 'write', error)
    if (this.#isClosed) return
    clearTimeout(this.#pause)
    this.#pause = setTimeout(() => {
      this.#pause = undefined
      this.#write()
    }, PAUSE_MS)
    this.#pause.unref()
  }

  #failed(operation: Operation, error: unknown): void {
    const { component, signal } = this.#settings
    this.#errors.add(1, {
      'otel.component.name': component.id,
      'nettracer.signal': signal,
      'nettracer.storage.operation': operation,
    })
    const message = {
      open: 'The disk cannot be used; requests stay in memory and it is tried again',
      write: 'Requests cannot be written to disk; they stay in memory and it is tried again',
      read: 'A request on disk cannot be read; it is lost, the others are not',
      remove: 'Requests that are done cannot be removed from disk; a restart may send them again',
    }[operation]
    const fields = { signal, reason: messageOf(error) }
    const { logger, health } = component.telemetry
    logger.limited('warn', `storage_${operation}`, message, fields)
    // What is not tried again until it works is over by itself.
    const isTriedAgain = operation === 'open' || operation === 'write'
    health.failing('storage', message, isTriedAgain ? undefined : FAILURES_LAST_MS)
  }
}

/** For ever: reading once more does not help. */
function isGone(error: unknown): boolean {
  if (error instanceof DamagedItemError) return true
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
