import type { BatchSizer } from './queue-config.ts'
import type { QueuedRequest } from './queued-request.ts'

export interface BatchingSettings {
  readonly sizer: BatchSizer
  readonly minSize: number
  /** 0: none. */
  readonly maxSize: number
  readonly maxBytes: number
  readonly flushMs: number
  /** What waits is to be sent although it is small. */
  readonly onDue: () => void
}

/** Puts waiting requests together until they are worth a request of their own, or have waited long enough. */
export class Batching {
  readonly #settings: BatchingSettings
  #gathered: QueuedRequest[] = []
  #size = 0
  #bytes = 0
  #isDue = false
  #timer: NodeJS.Timeout | undefined

  constructor(settings: BatchingSettings) {
    this.#settings = settings
  }

  get isDue(): boolean {
    return this.#isDue
  }

  /** @returns whether it was taken; if not, what is there goes first */
  add(request: QueuedRequest): boolean {
    const size = request[this.#settings.sizer]
    if (!this.#fits(size, request.bytes)) {
      this.#isDue = true
      return false
    }
    this.#gathered.push(request)
    this.#size += size
    this.#bytes += request.bytes
    this.#isDue ||= this.#size >= this.#settings.minSize
    this.#timer ??= setTimeout(() => this.flush(), this.#settings.flushMs)
    return true
  }

  flush(): void {
    if (this.#gathered.length === 0) return
    this.#isDue = true
    this.#settings.onDue()
  }

  take(): readonly QueuedRequest[] {
    const taken = this.#gathered
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#gathered = []
    this.#size = 0
    this.#bytes = 0
    this.#isDue = false
    return taken
  }

  #fits(size: number, bytes: number): boolean {
    if (this.#gathered.length === 0) return true
    const { maxSize, maxBytes } = this.#settings
    return (maxSize === 0 || this.#size + size <= maxSize) && this.#bytes + bytes + 1 <= maxBytes
  }
}
