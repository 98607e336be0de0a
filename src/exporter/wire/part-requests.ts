import type { WireRequest } from './requests.ts'

/** How long a request waits for the rest of a collection, if that does not come. */
const PATIENCE_MS = 1000

export interface PartRequestsSettings {
  readonly maxBytes: number
  readonly join: (requests: readonly WireRequest[]) => WireRequest
  readonly onRequest: (request: WireRequest) => void | Promise<void>
}

/** Puts the requests of a collection's parts together: many small parts need not be many small requests. */
export class PartRequests {
  readonly #settings: PartRequestsSettings
  #gathered: WireRequest[] = []
  #bytes = 0
  #timer: NodeJS.Timeout | undefined

  constructor(settings: PartRequestsSettings) {
    this.#settings = settings
  }

  async add(request: WireRequest): Promise<void> {
    // One byte more: what stands between two of them.
    const bytes = request.body.length + 1
    if (this.#bytes + bytes > this.#settings.maxBytes) await this.finish()
    this.#gathered.push(request)
    this.#bytes += bytes
    this.#timer ??= setTimeout(() => void this.finish(), PATIENCE_MS)
  }

  /** Nothing more comes to those that wait. */
  async finish(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const gathered = this.#gathered
    this.#gathered = []
    this.#bytes = 0
    if (gathered.length > 0) await this.#settings.onRequest(this.#settings.join(gathered))
  }
}
