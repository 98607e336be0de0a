import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import type { ComponentSettings } from '../../config/component.ts'
import { messageOf } from '../../shared/errors.ts'
import { formatEndpoint, listen } from '../../shared/listen.ts'
import { isLoopback, parseEndpoint } from '../../shared/listen-address.ts'

export interface Answer {
  readonly status: number
  /** Of the body: `text/html` and the like. */
  readonly type: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** @returns `undefined` for a path that is not there. May throw: that is answer 500, and logged */
export type Handler = (
  url: URL,
  signal: AbortSignal,
) => Answer | undefined | Promise<Answer | undefined>

const maxConnections = 32
const maxHeaderSize = 16 * 1024
const requestTimeoutMs = 10_000

/** Serves a few pages to whoever can reach the port: GET and HEAD only. */
export class StatusServer {
  readonly #settings: ComponentSettings
  readonly #endpoint: string
  readonly #handle: Handler
  readonly #server: Server
  #address: AddressInfo | undefined

  constructor(settings: ComponentSettings, endpoint: string, handle: Handler) {
    this.#settings = settings
    this.#endpoint = endpoint
    this.#handle = handle
    const limits = { maxHeaderSize, connectionsCheckingInterval: 1000 }
    this.#server = createServer(limits, (request, response) => void this.#answer(request, response))
    this.#server.headersTimeout = requestTimeoutMs
    this.#server.requestTimeout = requestTimeoutMs
    this.#server.maxConnections = maxConnections
    this.#server.on('error', (error) => this.#tell(error))
  }

  /** Where it listens; `undefined` before the start. */
  get address(): AddressInfo | undefined {
    return this.#address
  }

  /** @throws NettracerError NETTRACER_ERR_LISTEN_FAILED */
  async start(): Promise<void> {
    this.#address = await listen(this.#server, parseEndpoint(this.#endpoint) ?? { port: 0 })
    const { address, port } = this.#address
    const url = `http://${formatEndpoint({ host: address, port })}`
    this.#settings.telemetry.logger.info('serving', { url })
  }

  /** Ends requests that are under way, too. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    const answer = await this.#decide(request, gone.signal)
    if (response.destroyed) return
    response.writeHead(answer.status, {
      'Content-Type': `${answer.type}; charset=utf-8`,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
      ...answer.headers,
    })
    response.end(request.method === 'HEAD' ? undefined : answer.body)
  }

  async #decide(request: IncomingMessage, signal: AbortSignal): Promise<Answer> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return { ...text(405, 'Only GET and HEAD are allowed.'), headers: { Allow: 'GET, HEAD' } }
    }
    // A page in a browser that had a name led here must not read what is only for this host.
    if (!isOwnName(request.headers.host ?? '', this.#endpoint)) {
      return text(421, 'Ask for this address by its number, or by localhost.')
    }
    const url = URL.parse(request.url ?? '', 'http://localhost')
    if (url === null) return text(400, 'Not a path.')
    try {
      return (await this.#handle(url, signal)) ?? text(404, 'Not found.')
    } catch (error) {
      this.#tell(error)
      return text(500, 'This page could not be made; the log says why.')
    }
  }

  #tell(error: unknown): void {
    // Before the server listens, start() throws it.
    if (this.#address === undefined) return
    const { logger } = this.#settings.telemetry
    logger.limited('error', 'status_server', 'a page failed', { error: messageOf(error) })
  }
}

export function text(status: number, body: string): Answer {
  return { status, type: 'text/plain', body: `${body}\n` }
}

export function json(status: number, value: unknown): Answer {
  return { status, type: 'application/json', body: `${JSON.stringify(value)}\n` }
}

/** Only loopback can be reached by a name that somebody else has led to it. */
function isOwnName(host: string, endpoint: string): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  if (name === '' || name === 'localhost' || isIP(name) !== 0) return true
  return !isLoopback(endpoint) || name === parseEndpoint(endpoint)?.host
}
