import type { IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AccessSource, ApiAccess } from './access.ts'
import { type ApiError, errorOfAnswer } from './api-error.ts'

/** Of an answer that is an error. */
const maxErrorBytes = 64 << 10
/** Of an answer, at most so much is read before other work has its turn: a socket may hold megabytes of it. */
const turnBytes = 128 << 10
/** The kernel asks the other side for a sign of life after that. */
const keepAliveMs = 15_000

export interface ApiRequest {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** At most so long nothing may come: of the answer's head, then between parts of its body. */
  readonly silenceMs: number
  /** The server takes the request: what comes of the body may take its time. */
  readonly onTaken?: () => void
  /** Gets each part of the body as it comes in. What it throws ends the request. */
  readonly onChunk: (chunk: Buffer) => void
  readonly signal: AbortSignal
}

/**
 * Reads from one server of Kubernetes. It never follows a redirect, which would carry the token elsewhere, and reads token
 * and certificates again for each request.
 */
export class ApiClient {
  readonly #access: AccessSource
  readonly #userAgent: string
  #agent: Agent | undefined
  /** What the agent was made with. */
  #material = ''

  constructor(access: AccessSource, userAgent: string) {
    this.#access = access
    this.#userAgent = userAgent
  }

  /**
   * GET.
   *
   * @returns when the whole body was handed on
   * @throws ApiError for any status but 200, NettracerError if there is no way to the server, what the connection failed of, or the signal's reason
   */
  async get(request: ApiRequest): Promise<void> {
    request.signal.throwIfAborted()
    const access = this.#access()
    const response = await this.#send(access, request)
    const { statusCode: status = 0 } = response
    if (status !== 200) throw await readError(response, status)
    request.onTaken?.()
    let bytes = 0
    for await (const chunk of response) {
      if (!Buffer.isBuffer(chunk)) continue
      request.onChunk(chunk)
      bytes += chunk.length
      if (bytes < turnBytes) continue
      bytes = 0
      await nextTurn()
    }
  }

  close(): void {
    this.#agent?.destroy()
  }

  #send(access: ApiAccess, { path, query, silenceMs, signal }: ApiRequest) {
    const url = new URL(`${access.server}${path}?${new URLSearchParams(query).toString()}`)
    return new Promise<IncomingMessage>((resolve, reject) => {
      const request = httpsRequest(url, {
        agent: this.#agentFor(access),
        signal,
        headers: {
          accept: 'application/json',
          'user-agent': this.#userAgent,
          ...(access.token !== undefined && { authorization: `Bearer ${access.token}` }),
        },
      })
      request.setTimeout(silenceMs, () =>
        request.destroy(new Error(`nothing came from ${url.host} for ${silenceMs / 1000} s`)),
      )
      // The socket's own timer runs from when it is connected.
      const late = setTimeout(
        () => request.destroy(new Error(`${url.host} does not answer in ${silenceMs / 1000} s`)),
        silenceMs,
      )
      request.once('response', (response) => {
        clearTimeout(late)
        resolve(response)
      })
      request.once('close', () => clearTimeout(late))
      // Not once: what comes later must not be thrown.
      request.on('error', reject)
      request.end()
    })
  }

  #agentFor(access: ApiAccess): Agent {
    const { ca, cert, key, serverName, isUnverified = false } = access
    const material = JSON.stringify([ca, cert, key, serverName, isUnverified])
    if (this.#agent !== undefined && this.#material === material) return this.#agent
    // Watches on its connections begin anew, by the new certificates.
    this.#agent?.destroy()
    this.#material = material
    this.#agent = new Agent({
      keepAlive: true,
      keepAliveMsecs: keepAliveMs,
      rejectUnauthorized: !isUnverified,
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(serverName !== undefined && { servername: serverName }),
    })
    return this.#agent
  }
}

async function readError(response: IncomingMessage, status: number): Promise<ApiError> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue
    parts.push(chunk)
    bytes += chunk.length
    // Leaving the loop ends the connection.
    if (bytes > maxErrorBytes) break
  }
  const body = Buffer.concat(parts).subarray(0, maxErrorBytes).toString('utf8')
  return errorOfAnswer(status, response.headers['retry-after'], body)
}
