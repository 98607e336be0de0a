import { Turns } from './turns.ts'

/** A finished request of OTLP. */
export interface WireRequest {
  readonly body: Uint8Array
  /** Data points or log records. */
  readonly items: number
  /**
   * Where the backend wants each series in the order of time: requests with the same number may go at the same time, one
   * with another waits until all before it are done with. Absent: it goes at any time.
   */
  readonly turn?: number
  /** Items of each of its parts in their order, where only who made it can tell: for halves of it. */
  readonly itemsOfParts?: Uint8Array | undefined
}

/** Why an item cannot be written: it is not the first of its series and time, it is no total, it has no name. */
export type UnfitReason = 'duplicate' | 'temporality' | 'name'

export interface WriteSettings {
  /** Most bytes of a request, before compression. Receivers commonly refuse more than 4 MiB. */
  readonly maxRequestBytes: number
  /** Awaited: nothing more is encoded until it has taken the request. */
  readonly onRequest: (request: WireRequest) => void | Promise<void>
  /** Items that alone are larger than a request may be. */
  readonly onTooLarge: (items: number) => void
  /** Items that have no place in a request, and why. OTLP has room for all. */
  readonly onUnfit?: (items: number, reason: UnfitReason) => void
}

/** How what stands under one resource is counted, cut and encoded. */
export interface Format<Resource> {
  count(resource: Resource): number
  split(resources: readonly Resource[], items: number): [head: Resource[], tail: Resource[]]
  /** Without its items. */
  bare(resource: Resource): Resource
  /** One resource, as it stands in a request. */
  encode(resource: Resource): Uint8Array
  readonly frame: Frame
}

/** What stands around and between the resources of a request. */
export interface Frame {
  readonly before: Uint8Array
  readonly between: Uint8Array
  readonly after: Uint8Array
}

const nothing = new Uint8Array()

/**
 * Of protobuf: a request has one repeated field, so the concatenation of encoded requests with one resource each is a
 * request with many.
 */
export const concatenated: Frame = { before: nothing, between: nothing, after: nothing }

/** Items encoded in one go: about 20 ms of work. */
const MAX_ITEMS_AT_ONCE = 4096

/** Encodes resources as OTLP requests of a limited size, giving others a turn in between. */
export async function writeResources<Resource>(
  format: Format<Resource>,
  resources: readonly Resource[],
  settings: WriteSettings,
): Promise<void> {
  const turns = new Turns()
  const requests = new RequestBuilder(format, settings)
  const hand = async () => {
    for (const request of requests.take()) await settings.onRequest(request)
  }
  for (const whole of resources) {
    for (const part of partsOf(format, whole)) {
      requests.add(part, format.count(part))
      await hand()
      await turns.next()
    }
  }
  requests.finish()
  await hand()
}

function* partsOf<Resource>(format: Format<Resource>, whole: Resource): Generator<Resource> {
  let rest = [whole]
  while (rest.length > 0) {
    const [head, tail] = format.split(rest, MAX_ITEMS_AT_ONCE)
    yield* head
    rest = tail
  }
}

class RequestBuilder<Resource> {
  readonly #format: Format<Resource>
  readonly #settings: WriteSettings
  /** Most bytes of the resources of a request and what stands between them. */
  readonly #maxBytes: number
  #finished: WireRequest[] = []
  #parts: Uint8Array[] = []
  #bytes = 0
  #items = 0

  constructor(format: Format<Resource>, settings: WriteSettings) {
    this.#format = format
    this.#settings = settings
    const { before, after } = format.frame
    this.#maxBytes = settings.maxRequestBytes - before.length - after.length
  }

  add(resource: Resource, items: number): void {
    if (items === 0) return
    const part = this.#format.encode(resource)
    if (part.length > this.#maxBytes) {
      this.#addHalves(resource, items)
      return
    }
    const { between } = this.#format.frame
    if (this.#bytes + between.length + part.length > this.#maxBytes) this.finish()
    if (this.#parts.length > 0) this.#push(between)
    this.#push(part)
    this.#items += items
  }

  #push(part: Uint8Array): void {
    if (part.length === 0) return
    this.#parts.push(part)
    this.#bytes += part.length
  }

  finish(): void {
    const [first] = this.#parts
    if (first === undefined) return
    const { before, after } = this.#format.frame
    const isBare = this.#parts.length === 1 && before.length === 0 && after.length === 0
    const body = isBare ? first : Buffer.concat([before, ...this.#parts, after])
    this.#finished.push({ body, items: this.#items })
    this.#parts = []
    this.#bytes = 0
    this.#items = 0
  }

  take(): readonly WireRequest[] {
    return this.#finished.splice(0)
  }

  #addHalves(resource: Resource, items: number): void {
    // Halving cannot help where the resource itself fills a request.
    const bare = this.#format.encode(this.#format.bare(resource)).length
    if (items === 1 || bare >= this.#maxBytes) {
      this.#settings.onTooLarge(items)
      return
    }
    const half = Math.floor(items / 2)
    const [head, tail] = this.#format.split([resource], half)
    for (const part of head) this.add(part, half)
    for (const part of tail) this.add(part, items - half)
  }
}
