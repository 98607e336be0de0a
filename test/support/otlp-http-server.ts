import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import { decodeLogsRequest, type FlatRecord, recordsOfOtlp } from './otlp-logs.ts'
import { decodeRequest, type OtlpRequest, pointsOfOtlp } from './otlp-points.ts'

export interface HttpAnswer {
  /** 200 if left out. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
}

interface ServerSettings {
  /** @param count requests so far, this one included */
  readonly answer?: (count: number, response: ServerResponse) => HttpAnswer | Promise<HttpAnswer>
  readonly port?: number
  readonly tls?: object
}

export interface HttpReceived {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** As sent, before decompression. */
  readonly bytes: number
  readonly body: Buffer
}

const decoders: Record<string, (body: Buffer) => Buffer> = {
  gzip: gunzipSync,
  zstd: zstdDecompressSync,
  zlib: inflateSync,
  deflate: inflateSync,
}

/** A real HTTP server on loopback that reads OTLP requests in any encoding and answers as a test wants. */
export class OtlpHttpReceiver {
  readonly received: HttpReceived[] = []
  /** Connections so far. */
  connections = 0
  port = 0
  readonly #sockets = new Set<Socket>()
  readonly #server

  private constructor({ answer = () => ({}), tls }: ServerSettings) {
    const handle: Parameters<typeof createServer>[1] = (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const sent = Buffer.concat(chunks)
        const decode = decoders[request.headers['content-encoding'] ?? '']
        const body = decode === undefined ? sent : decode(sent)
        const { url: path = '', headers } = request
        this.received.push({ path, headers, bytes: sent.length, body })
        void Promise.resolve(answer(this.received.length, response)).then((given) => {
          if (response.destroyed || response.headersSent) return
          response.writeHead(given.status ?? 200, given.headers).end(given.body)
        })
      })
    }
    this.#server = tls === undefined ? createServer(handle) : createTlsServer(tls, handle)
    this.#server.on('connection', (socket: Socket) => {
      this.connections += 1
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  static async start(settings: ServerSettings = {}): Promise<OtlpHttpReceiver> {
    const receiver = new OtlpHttpReceiver(settings)
    const server = receiver.#server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(settings.port ?? 0, '127.0.0.1', resolve)
    })
    receiver.port = (server.address() as AddressInfo).port
    return receiver
  }

  get openConnections(): number {
    return this.#sockets.size
  }

  /** Data points of all requests that were answered with 2xx or not: all that came. */
  get points(): object[] {
    return this.received.flatMap((one) => pointsOfOtlp(metricsOf(one)))
  }

  /** The requests of metrics at some places of {@link received}. */
  requestsAt(places: readonly number[]): OtlpRequest[] {
    return places.flatMap((place) => this.received.slice(place, place + 1).map(metricsOf))
  }

  get records(): FlatRecord[] {
    return this.received.flatMap(({ headers, body }) =>
      recordsOfOtlp(isJson(headers) ? JSON.parse(body.toString()) : decodeLogsRequest(body)),
    )
  }

  /** Ends connections that nobody uses. */
  closeIdle(): void {
    this.#server.closeIdleConnections()
  }

  stop(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}

const isJson = (headers: IncomingHttpHeaders) => headers['content-type'] === 'application/json'

function metricsOf({ headers, body }: HttpReceived): OtlpRequest {
  return isJson(headers) ? JSON.parse(body.toString()) : decodeRequest(body)
}
