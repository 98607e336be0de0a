// The only file that knows @opentelemetry/otlp-transformer, which calls itself internal: its output is checked by
// tests with another decoder, its version is pinned.
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { countPoints, type Metrics } from '../../model/metrics.ts'
import { splitMetrics } from '../../model/split-metrics.ts'
import { Turns } from './turns.ts'

/** A finished `ExportMetricsServiceRequest`. */
export interface WireRequest {
  readonly body: Uint8Array
  readonly points: number
}

export interface WriteSettings {
  /** Most bytes of a request, before compression. Receivers commonly refuse more than 4 MiB. */
  readonly maxRequestBytes: number
  /** Awaited: nothing more is encoded until it has taken the request. */
  readonly onRequest: (request: WireRequest) => void | Promise<void>
  /** Points that alone are larger than a request may be. */
  readonly onTooLarge: (points: number) => void
}

/** Points encoded in one go: about 20 ms of work. */
const MAX_POINTS_AT_ONCE = 4096

/**
 * Encodes metrics as OTLP requests of a limited size, giving others a turn in between.
 *
 * `ExportMetricsServiceRequest` has one repeated field, so the concatenation of encoded requests with one resource
 * each is a request with many.
 */
export async function writeRequests(metrics: Metrics, settings: WriteSettings): Promise<void> {
  const turns = new Turns()
  const requests = new RequestBuilder(settings)
  for (const whole of metrics.resourceMetrics) {
    for (const part of partsOf(whole)) {
      requests.add(part, countPoints([part]))
      for (const request of requests.take()) await settings.onRequest(request)
      await turns.next()
    }
  }
  requests.finish()
  for (const request of requests.take()) await settings.onRequest(request)
}

/** Decodes an `ExportMetricsServiceResponse`. @throws on malformed bytes */
export function readPartialSuccess(body: Uint8Array): { rejectedPoints: number; message: string } {
  const response = ProtobufMetricsSerializer.deserializeResponse(body)
  return {
    rejectedPoints: response.partialSuccess?.rejectedDataPoints ?? 0,
    message: response.partialSuccess?.errorMessage ?? '',
  }
}

function* partsOf(whole: ResourceMetrics): Generator<ResourceMetrics> {
  let rest = [whole]
  while (rest.length > 0) {
    const [head, tail] = splitMetrics(rest, MAX_POINTS_AT_ONCE)
    yield* head
    rest = tail
  }
}

class RequestBuilder {
  readonly #settings: WriteSettings
  #finished: WireRequest[] = []
  #parts: Uint8Array[] = []
  #bytes = 0
  #points = 0

  constructor(settings: WriteSettings) {
    this.#settings = settings
  }

  add(resource: ResourceMetrics, points: number): void {
    if (points === 0) return
    const body = encode(resource)
    const max = this.#settings.maxRequestBytes
    if (body.length > max) {
      this.#addHalves(resource, points)
      return
    }
    if (this.#bytes + body.length > max) this.finish()
    this.#parts.push(body)
    this.#bytes += body.length
    this.#points += points
  }

  finish(): void {
    const [first] = this.#parts
    if (first === undefined) return
    const body = this.#parts.length === 1 ? first : Buffer.concat(this.#parts, this.#bytes)
    this.#finished.push({ body, points: this.#points })
    this.#parts = []
    this.#bytes = 0
    this.#points = 0
  }

  take(): readonly WireRequest[] {
    return this.#finished.splice(0)
  }

  #addHalves(resource: ResourceMetrics, points: number): void {
    // Halving cannot help where the resource itself fills a request.
    const bare = encode({ ...resource, scopeMetrics: [] }).length
    if (points === 1 || bare >= this.#settings.maxRequestBytes) {
      this.#settings.onTooLarge(points)
      return
    }
    const half = Math.floor(points / 2)
    const [head, tail] = splitMetrics([resource], half)
    for (const part of head) this.add(part, half)
    for (const part of tail) this.add(part, points - half)
  }
}

function encode(resource: ResourceMetrics): Uint8Array {
  const body = ProtobufMetricsSerializer.serializeRequest(resource)
  if (body === undefined) throw new Error('the OTLP serializer gave nothing')
  return body
}
