import { Agent, type RequestOptions } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import { isIP } from 'node:net'
import { type ConnectionOptions, checkServerIdentity, createSecureContext } from 'node:tls'
import type { TlsMaterial } from '../tls.ts'
import type { HttpClientConfig } from './client-config.ts'
import { type ProxyOptions, TunnelAgent } from './tunnel-agent.ts'

/** What Go keeps where `max_idle_conns_per_host` says nothing. */
const IDLE_PER_HOST = 2

/** Of several addresses of a host, how long one is tried before the next. Node.js gives it 250 ms. */
const ADDRESS_MS = 2500

export interface RouteSettings {
  /** Where requests go; all have its origin. */
  readonly url: URL
  readonly proxy: URL | undefined
  /** `undefined`: plain text. */
  readonly tls: TlsMaterial | undefined
  readonly config: HttpClientConfig
}

/** The way to a host, with or without a proxy: its connections are kept and used again. */
export class Route {
  readonly #settings: RouteSettings
  readonly #agent: Agent
  /** Of a proxy that requests in plain text are sent to as they are. */
  readonly #viaProxy: ProxyOptions | undefined

  constructor(settings: RouteSettings) {
    const { url, proxy, tls, config } = settings
    this.#settings = settings
    const isTls = url.protocol === 'https:'
    const pool = poolOptions(config)
    if (proxy === undefined) {
      this.#agent = isTls
        ? new TlsAgent({
            ...pool,
            ...tlsOptions(config.tls.server_name_override ?? bareHost(url), tls, config),
          })
        : new Agent(pool)
      return
    }
    const proxyTls = tlsOptions(bareHost(proxy), tls, config)
    const proxyAgent = (options: object) =>
      proxy.protocol === 'https:' ? new TlsAgent({ ...options, ...proxyTls }) : new Agent(options)
    const { protocol, host, port } = addressOf(proxy)
    const via = { protocol, host, port, headers: proxyHeaders(proxy) }
    if (isTls) {
      const options = {
        ...pool,
        ...tlsOptions(config.tls.server_name_override ?? bareHost(url), tls, config),
      }
      this.#agent = new TunnelAgent(options, via, proxyAgent({ keepAlive: false }))
      return
    }
    this.#agent = proxyAgent(pool)
    this.#viaProxy = via
  }

  /** What `http.request` needs to reach a URL of this origin. */
  optionsFor(url: URL, headers: Readonly<Record<string, string>>): RequestOptions {
    const path = `${url.pathname}${url.search}`
    const agent = this.#agent
    if (this.#viaProxy === undefined) return { ...addressOf(url), path, headers, agent }
    const { headers: forProxy, ...address } = this.#viaProxy
    const all = { host: url.host, ...forProxy, ...headers }
    return { ...address, path: `${url.origin}${path}`, headers: all, agent }
  }

  /** Ends all connections, also those in use. */
  close(): void {
    this.#agent.destroy()
  }

  /** For messages: where a request goes first. */
  get firstHop(): string {
    const { proxy } = this.#settings
    return proxy === undefined ? '' : ` through the proxy ${proxy.host}`
  }
}

function poolOptions(config: HttpClientConfig) {
  const perHost =
    config.max_idle_conns_per_host === 0 ? IDLE_PER_HOST : config.max_idle_conns_per_host
  const all = config.max_idle_conns === 0 ? Number.POSITIVE_INFINITY : config.max_idle_conns
  const { max_conns_per_host: most, idle_conn_timeout: idleMs } = config
  return {
    keepAlive: !config.disable_keep_alives,
    maxFreeSockets: Math.min(perHost, all),
    maxSockets: most === 0 ? Number.POSITIVE_INFINITY : most,
    ...(idleMs === 0 ? {} : { timeout: Math.ceil(idleMs) }),
    autoSelectFamilyAttemptTimeout: ADDRESS_MS,
  }
}

/** @param name what the server's certificate must be for */
function tlsOptions(
  name: string,
  tls: TlsMaterial | undefined,
  { tls: config }: HttpClientConfig,
): ConnectionOptions {
  return {
    ...(tls === undefined ? {} : { secureContext: createSecureContext(tls) }),
    // An address is no name to ask for; an empty one keeps Node.js from asking for the header Host.
    servername: isIP(name) === 0 ? name : '',
    rejectUnauthorized: !config.insecure_skip_verify,
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
  }
}

const bareHost = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1')

function addressOf(url: URL) {
  const { protocol, port } = url
  return { protocol, host: bareHost(url), port: port === '' ? standardPort(protocol) : port }
}

const standardPort = (protocol: string): string => (protocol === 'https:' ? '443' : '80')

function proxyHeaders(proxy: URL): Record<string, string> {
  const value = basicAuthorization(proxy)
  return value === undefined ? {} : { 'proxy-authorization': value }
}

/** The header for the user and password of a URL. */
export function basicAuthorization({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined
  const plain = `${decode(username)}:${decode(password)}`
  return `Basic ${Buffer.from(plain).toString('base64')}`
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
