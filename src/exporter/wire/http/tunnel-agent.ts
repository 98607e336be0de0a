import { type ClientRequestArgs, type Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent, type AgentOptions } from 'node:https'
import type { Duplex } from 'node:stream'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'

/** Go gives a proxy a minute; an attempt has 30 s. */
const CONNECT_MS = 30_000

/** A proxy: where it is, and what it asks for. */
export interface ProxyOptions {
  readonly protocol: string
  readonly host: string
  readonly port: string
  readonly headers: Readonly<Record<string, string>>
}

type Created = (error: Error | null, stream: Duplex) => void

/** Connections with TLS to one host through a proxy, by its method CONNECT. */
export class TunnelAgent extends Agent {
  readonly #proxy: ProxyOptions
  readonly #proxyAgent: HttpAgent
  readonly #abort = new AbortController()

  /** @param proxyAgent connects to the proxy, which may want TLS itself */
  constructor(options: AgentOptions, proxy: ProxyOptions, proxyAgent: HttpAgent) {
    super(options)
    this.#proxy = proxy
    this.#proxyAgent = proxyAgent
  }

  override createConnection(options: ClientRequestArgs & ConnectionOptions, callback?: Created) {
    const fail = (error: Error) => {
      // The type knows only the success of it.
      Reflect.apply(callback ?? (() => undefined), undefined, [error])
    }
    const host = options.host ?? ''
    const target = `${host.includes(':') ? `[${host}]` : host}:${options.port}`
    const request = httpRequest({
      ...this.#proxy,
      agent: this.#proxyAgent,
      method: 'CONNECT',
      path: target,
      headers: { ...this.#proxy.headers, host: target },
      timeout: CONNECT_MS,
      signal: this.#abort.signal,
    })
    request.once('timeout', () => request.destroy(new Error('the proxy does not answer')))
    request.once('error', fail)
    request.once('connect', (response, socket, head) => {
      request.off('error', fail)
      if (response.statusCode !== 200 || head.length > 0) {
        socket.destroy()
        fail(new Error(`the proxy answers ${response.statusCode} to CONNECT`))
        return
      }
      callback?.(null, connectTls({ ...options, path: undefined, socket }))
    })
    request.end()
    return undefined
  }

  override destroy(): void {
    this.#abort.abort()
    super.destroy()
  }
}
