import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'

/** Of an answer, what is read. */
const MAX_ANSWER_BYTES = 64 * 1024

/** A server may end an idle connection at the moment it is used. */
const MAX_STALE_CONNECTIONS = 3

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** The first 64 KiB. */
  readonly body: Buffer
  readonly isWhole: boolean
}

/**
 * Sends a request and reads the answer.
 *
 * @throws what the connection failed of, or the signal's reason
 */
export async function exchange(
  options: RequestOptions,
  body: Uint8Array,
  signal: AbortSignal,
): Promise<Answer> {
  for (let stale = 0; ; stale += 1) {
    const { answer, error, wasReused } = await once(options, body, signal)
    if (answer !== undefined) return answer
    if (!wasReused || stale >= MAX_STALE_CONNECTIONS || !isCut(error)) throw error
  }
}

interface Outcome {
  readonly answer?: Answer
  readonly error?: unknown
  /** Failed on a connection that had served before, without a word of an answer. */
  readonly wasReused: boolean
}

async function once(
  options: RequestOptions,
  body: Uint8Array,
  signal: AbortSignal,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const request = httpRequest({ ...options, method: 'POST' })
    const abort = () => request.destroy(reasonOf(signal))
    let hasAnswer = false
    const end = (outcome: Outcome) => {
      signal.removeEventListener('abort', abort)
      resolve(outcome)
    }
    request.on('response', (response) => {
      hasAnswer = true
      readAnswer(response).then(
        (answer) => end({ answer, wasReused: false }),
        (error: unknown) =>
          end({ error: signal.aborted ? reasonOf(signal) : error, wasReused: false }),
      )
    })
    // Not once: what comes later must not be thrown.
    request.on('error', (error) => {
      if (!hasAnswer) end({ error, wasReused: request.reusedSocket })
    })
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    else request.end(body)
  })
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  let bytes = 0
  let isWhole = true
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes <= MAX_ANSWER_BYTES) continue
    // Leaving the loop ends the connection.
    isWhole = false
    break
  }
  const body = Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES)
  return { status: response.statusCode ?? 0, headers: response.headers, body, isWhole }
}

function isCut(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && /^(ECONNRESET|EPIPE)$/.test(String(error.code))
  )
}

function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error('aborted')
}
