import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { SecureVersion } from 'node:tls'
import { createGzip } from 'node:zlib'
import { listen } from '../../shared/listen.ts'
import type { Endpoint } from '../../shared/listen-address.ts'
import { acceptsGzip, chooseFormat, type PageFormat } from './negotiation.ts'

/** Contents of PEM files. */
export interface TlsSettings {
  readonly cert: Buffer
  readonly key: Buffer
  /** Only clients that one of these vouches for. */
  readonly clientCa?: Buffer
  readonly minVersion: SecureVersion
}

/** Times in ms; 0 for no limit. */
export interface ScrapeServerSettings {
  readonly endpoint: Endpoint
  readonly tls?: TlsSettings
  readonly hasOpenMetrics: boolean
  readonly isKeepingAlive: boolean
  readonly readHeaderTimeoutMs: number
  readonly readTimeoutMs: number
  readonly writeTimeoutMs: number
  readonly idleTimeoutMs: number
  /** Gives the page part by part; called once for each scrape. */
  readonly writePage: (format: PageFormat) => Iterable<string | Uint8Array>
  readonly onScrape: (outcome: ScrapeOutcome) => void
  /** A connection could not be taken, for want of file descriptors as a rule. */
  readonly onError: (error: Error) => void
}

/** `failed`: the client went away or was too slow; `skipped`: too many at once. */
export type ScrapeOutcome = 'completed' | 'failed' | 'skipped'

/** A page is written while it is sent, so each costs memory; no sane set-up has more readers than this at once. */
const maxScrapes = 8
const maxConnections = 64
const maxHeaderSize = 16 * 1024

const contentTypes: Record<PageFormat, string> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  protobuf:
    'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
}

/** Serves `/metrics` to whoever can reach the port: GET and HEAD only, and nothing of a request in any answer. */
export class ScrapeServer {
  readonly #settings: ScrapeServerSettings
  readonly #server: Server
  #scrapes = 0

  constructor(settings: ScrapeServerSettings) {
    this.#settings = settings
    this.#server = createHttpServer(settings, (request, response) =>
      this.#answer(request, response),
    )
    this.#server.headersTimeout = settings.readHeaderTimeoutMs
    this.#server.requestTimeout = settings.readTimeoutMs
    this.#server.keepAliveTimeout = settings.idleTimeoutMs
    this.#server.maxConnections = maxConnections
    this.#server.on('error', settings.onError)
  }

  /**
   * @returns the address it listens on
   * @throws NettracerError NETTRACER_ERR_LISTEN_FAILED
   */
  listen(): Promise<AddressInfo> {
    return listen(this.#server, this.#settings.endpoint)
  }

  /** Takes no more requests and ends those that are under way. */
  async close(): Promise<void> {
    if (!this.#server.listening) return
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('X-Content-Type-Options', 'nosniff')
    if (!this.#settings.isKeepingAlive) response.setHeader('Connection', 'close')
    const [path] = (request.url ?? '').split('?', 1)
    if (path !== '/metrics') return refuse(response, 404, 'Not found. The metrics are at /metrics.')
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD')
      return refuse(response, 405, 'Only GET and HEAD are allowed.')
    }
    if (this.#scrapes >= maxScrapes) {
      this.#settings.onScrape('skipped')
      response.setHeader('Retry-After', '1')
      return refuse(response, 503, 'Too many scrapes at once.')
    }
    void this.#send(request, response)
  }

  async #send(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const format = chooseFormat(request.headers.accept, this.#settings.hasOpenMetrics)
    const isGzip = acceptsGzip(request.headers['accept-encoding'])
    response.setHeader('Content-Type', contentTypes[format])
    response.setHeader('Vary', 'Accept, Accept-Encoding')
    if (isGzip) response.setHeader('Content-Encoding', 'gzip')
    if (request.method === 'HEAD') {
      response.end()
      return
    }
    this.#scrapes += 1
    const stopClock = destroyAfter(response, this.#settings.writeTimeoutMs)
    try {
      const page = Readable.from(inTurns(this.#settings.writePage(format)))
      await (isGzip ? pipeline(page, createGzip({ level: 1 }), response) : pipeline(page, response))
      this.#settings.onScrape('completed')
    } catch {
      this.#settings.onScrape('failed')
    } finally {
      stopClock()
      this.#scrapes -= 1
    }
  }
}

function createHttpServer(settings: ScrapeServerSettings, listener: RequestListener): Server {
  const limits = { maxHeaderSize, connectionsCheckingInterval: 1000 }
  if (settings.tls === undefined) return createServer(limits, listener)
  const { cert, key, clientCa, minVersion } = settings.tls
  const mutual = clientCa === undefined ? {} : { ca: clientCa, requestCert: true }
  return createTlsServer({ ...limits, cert, key, minVersion, ...mutual }, listener)
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' })
  response.end(`${message}\n`)
}

/** Lets the event loop turn between two parts, so that a large page holds nobody up. */
async function* inTurns<Part extends string | Uint8Array>(
  parts: Iterable<Part>,
): AsyncGenerator<Part, void, void> {
  for (const part of parts) {
    if (part.length > 0) yield part
    await nextTurn()
  }
}

/** @returns what stops the clock */
function destroyAfter(response: ServerResponse, timeoutMs: number): () => void {
  if (timeoutMs === 0) return () => undefined
  const timer = setTimeout(() => response.destroy(), timeoutMs)
  return () => clearTimeout(timer)
}
