import { STATUS_CODES } from 'node:http'
import { messageOf } from '../../../shared/errors.ts'
import { readRetryAfter } from '../../../shared/retry-after.ts'
import type { WireRequest } from '../requests.ts'
import type { TlsMaterial } from '../tls.ts'
import type { Attempt, Transport } from '../transport.ts'
import type { HttpClientConfig } from './client-config.ts'
import { type Answer, exchange } from './exchange.ts'
import type { HttpProtocol } from './http-protocol.ts'
import { basicAuthorization, Route } from './route.ts'
import { publicName } from './urls.ts'

export interface TransportSettings {
  readonly url: URL
  readonly proxy: URL | undefined
  /** Certificates and keys, or `undefined` for plain text. */
  readonly tls: TlsMaterial | undefined
  readonly config: HttpClientConfig
  readonly protocol: HttpProtocol
  readonly userAgent: string
}

/** As Go's client. */
const MAX_REDIRECTS = 10

/** One URL that requests are posted to. */
export class HttpTransport implements Transport {
  readonly #settings: TransportSettings
  readonly #route: Route
  readonly #headers: Readonly<Record<string, string>>
  #active = 0
  #isClosed = false

  constructor(settings: TransportSettings) {
    this.#settings = settings
    this.#route = new Route(settings)
    this.#headers = headersOf(settings)
  }

  async attempt(request: WireRequest, signal: AbortSignal): Promise<Attempt> {
    this.#active += 1
    try {
      return await this.#send(await this.#settings.protocol.encode(request.body), signal)
    } catch (error) {
      return { outcome: 'refused', message: messageOf(error) }
    } finally {
      this.#active -= 1
      this.#endIfClosed()
    }
  }

  close(): void {
    this.#isClosed = true
    this.#endIfClosed()
  }

  #endIfClosed(): void {
    if (this.#isClosed && this.#active === 0) this.#route.close()
  }

  async #send(body: Uint8Array, signal: AbortSignal): Promise<Attempt> {
    const limit = new AbortController()
    const abort = () => limit.abort(signal.reason)
    const { timeout } = this.#settings.config
    const late = () => limit.abort(new Error(`no answer within ${timeout / 1000} s`))
    const timer = timeout === 0 ? undefined : setTimeout(late, timeout)
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    try {
      return await this.#follow(body, limit.signal)
    } catch (error) {
      const message = `${this.#settings.url.host}${this.#route.firstHop}: ${reasonOf(error)}`
      return { outcome: 'failed', message, retryAfterMs: 0 }
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    }
  }

  async #follow(body: Uint8Array, signal: AbortSignal): Promise<Attempt> {
    let { url } = this.#settings
    for (let hops = 0; ; hops += 1) {
      const headers = { ...this.#headers, 'content-length': String(body.length) }
      const answer = await exchange(this.#route.optionsFor(url, headers), body, signal)
      if (answer.status < 300 || answer.status > 399) {
        return outcomeOf(answer, url, this.#settings.protocol)
      }
      const next = redirected(answer, url)
      if (typeof next === 'string' || hops >= MAX_REDIRECTS) {
        const why = typeof next === 'string' ? next : 'it redirects without an end'
        return { outcome: 'refused', message: `${nameOf(answer, url)}: ${why}` }
      }
      url = next
    }
  }
}

function headersOf({
  config,
  protocol,
  userAgent,
  url,
}: TransportSettings): Record<string, string> {
  const authorization = basicAuthorization(url)
  const headers: Record<string, string> = {
    ...protocol.headers,
    'user-agent': userAgent,
    ...(authorization === undefined ? {} : { authorization }),
  }
  for (const [name, value] of Object.entries(config.headers)) headers[name.toLowerCase()] = value
  return headers
}

function outcomeOf(answer: Answer, url: URL, protocol: HttpProtocol): Attempt {
  const { status, headers } = answer
  if (status >= 200 && status <= 299) return protocol.taken(answer)
  const words = protocol.wordsOf(answer)
  const message = `${nameOf(answer, url)}${words === '' ? '' : `: ${words}`}`
  if (isAboutSize(status, words)) return { outcome: 'too_large', message }
  if (!protocol.isPassing(status)) return { outcome: 'refused', message }
  return {
    outcome: 'failed',
    message,
    retryAfterMs: readRetryAfter(headers['retry-after'], Date.now()),
  }
}

/** Go's servers, the Collector among them, answer 400 and say it in words. */
function isAboutSize(status: number, words: string): boolean {
  return status === 413 || (status === 400 && /\bbody too large\b/i.test(words))
}

/** Only the same host: another one must not see the headers, and a GET, as most redirects want it, sends nothing. */
function redirected({ status, headers }: Answer, from: URL): URL | string {
  if (status !== 307 && status !== 308) return 'it redirects, but not with 307 or 308'
  const { location } = headers
  if (location === undefined || !URL.canParse(location, from.href)) return 'it redirects to no URL'
  const next = new URL(location, from)
  if (next.origin === from.origin) return next
  return `it redirects to ${publicName(next)}: set that as the endpoint`
}

function nameOf({ status }: Answer, url: URL): string {
  return `${publicName(url)} answers ${status} ${STATUS_CODES[status] ?? ''}`.trim()
}

/** A host with several addresses fails with one error for each. */
function reasonOf(error: unknown): string {
  const all: readonly unknown[] = error instanceof AggregateError ? error.errors : [error]
  return all.map(messageOf).join('; ')
}
