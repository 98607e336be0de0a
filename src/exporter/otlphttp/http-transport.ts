import { STATUS_CODES } from 'node:http'
import { messageOf } from '../../shared/errors.ts'
import { readPartialSuccess, readStatusMessage } from '../wire/answer.ts'
import { type Compression, compressionOf } from '../wire/compression.ts'
import type { WireRequest } from '../wire/requests.ts'
import type { TlsMaterial } from '../wire/tls.ts'
import type { Attempt, Transport } from '../wire/transport.ts'
import type { Encoding } from '../wire/wire.ts'
import type { OtlpHttpConfig } from './config.ts'
import { publicName } from './endpoint.ts'
import { type Answer, exchange } from './exchange.ts'
import { readRetryAfter } from './retry-after.ts'
import { basicAuthorization, Route } from './route.ts'

export interface TransportSettings {
  readonly url: URL
  readonly proxy: URL | undefined
  /** Certificates and keys, or `undefined` for plain text. */
  readonly tls: TlsMaterial | undefined
  readonly config: OtlpHttpConfig
  readonly userAgent: string
}

const contentTypes: Record<Encoding, string> = {
  proto: 'application/x-protobuf',
  json: 'application/json',
}

/** The table of the OTLP specification. */
const retryable = new Set([429, 502, 503, 504])

/** As Go's client. */
const MAX_REDIRECTS = 10

/** Of a text that is no OTLP, what goes into a log. */
const MAX_TEXT_CHARACTERS = 200

/** One receiver of OTLP over HTTP for one signal. */
export class HttpTransport implements Transport {
  readonly #settings: TransportSettings
  readonly #route: Route
  readonly #compression: Compression | undefined
  readonly #headers: Readonly<Record<string, string>>
  #active = 0
  #isClosed = false

  constructor(settings: TransportSettings) {
    const { config } = settings
    this.#settings = settings
    this.#route = new Route(settings)
    this.#compression = compressionOf(config.compression, config.compression_params.level)
    this.#headers = headersOf(settings, this.#compression)
  }

  async attempt(request: WireRequest, signal: AbortSignal): Promise<Attempt> {
    this.#active += 1
    try {
      const body = (await this.#compression?.apply(request.body)) ?? request.body
      return await this.#send(body, signal)
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
      if (answer.status < 300 || answer.status > 399) return outcomeOf(answer, url)
      const next = redirected(answer, url)
      if (typeof next === 'string' || hops >= MAX_REDIRECTS) {
        const why = typeof next === 'string' ? next : 'it redirects without an end'
        return { outcome: 'refused', message: `${nameOf(answer, url)}: ${why}` }
      }
      url = next
    }
  }
}

function headersOf(
  { config, userAgent, url }: TransportSettings,
  compression: Compression | undefined,
): Record<string, string> {
  const authorization = basicAuthorization(url)
  const headers: Record<string, string> = {
    'content-type': contentTypes[config.encoding],
    'user-agent': userAgent,
    ...(authorization === undefined ? {} : { authorization }),
    ...(compression === undefined ? {} : { 'content-encoding': compression.name }),
  }
  for (const [name, value] of Object.entries(config.headers)) headers[name.toLowerCase()] = value
  return headers
}

function outcomeOf(answer: Answer, url: URL): Attempt {
  const { status, headers } = answer
  if (status >= 200 && status <= 299) return taken(answer)
  const words = wordsOf(answer)
  const message = `${nameOf(answer, url)}${words === '' ? '' : `: ${words}`}`
  if (status === 413) return { outcome: 'too_large', message }
  if (!retryable.has(status)) return { outcome: 'refused', message }
  return {
    outcome: 'failed',
    message,
    retryAfterMs: readRetryAfter(headers['retry-after'], Date.now()),
  }
}

/** What was taken must not be sent again, whatever is wrong with the answer. */
function taken(answer: Answer): Attempt {
  const encoding = encodingOf(answer)
  if (encoding === undefined) return { outcome: 'sent', rejectedItems: 0, message: '' }
  try {
    if (!answer.isWhole) throw new Error('it is too long')
    return { outcome: 'sent', ...readPartialSuccess(answer.body, encoding) }
  } catch (error) {
    const message = `the response cannot be read: ${messageOf(error)}`
    return { outcome: 'sent', rejectedItems: 0, message }
  }
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

function wordsOf(answer: Answer): string {
  const encoding = encodingOf(answer)
  if (encoding !== undefined) return readStatusMessage(answer.body, encoding)
  if (!/^text\/plain\b/i.test(answer.headers['content-type'] ?? '')) return ''
  return answer.body.toString().replace(/\s+/g, ' ').trim().slice(0, MAX_TEXT_CHARACTERS)
}

function encodingOf({ headers }: Answer): Encoding | undefined {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase()
  if (type === contentTypes.proto) return 'proto'
  return type === contentTypes.json ? 'json' : undefined
}

/** A host with several addresses fails with one error for each. */
function reasonOf(error: unknown): string {
  const all: readonly unknown[] = error instanceof AggregateError ? error.errors : [error]
  return all.map(messageOf).join('; ')
}
