import { readRetryAfter } from '../../shared/retry-after.ts'
import { objectOf, textOf } from './fields.ts'

/** The server answered, but not with what was asked for. */
export class ApiError extends Error {
  /** Of HTTP, or of the object `Status` that ended a watch. */
  readonly status: number
  /** What the server asked to wait for, 0 if nothing. */
  readonly retryAfterMs: number

  constructor(status: number, message: string, retryAfterMs = 0) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.retryAfterMs = retryAfterMs
  }
}

/** @param body of an answer that is an error, as far as it was read */
export function errorOfAnswer(status: number, retryAfter: string | undefined, body: string) {
  return new ApiError(
    status,
    `the server answers ${status}: ${messageIn(body)}`,
    readRetryAfter(retryAfter, Date.now()),
  )
}

/** @param value the object of an event `ERROR` */
export function errorOfEvent(value: unknown): ApiError {
  const { code, message, details } = objectOf(value)
  const { retryAfterSeconds } = objectOf(details)
  const status = typeof code === 'number' ? code : 0
  const seconds = typeof retryAfterSeconds === 'number' ? Math.max(0, retryAfterSeconds) : 0
  const words = textOf(message) ?? 'no reason'
  return new ApiError(status, `the server ended the watch: ${words}`, seconds * 1000)
}

/** The state that was asked for is no longer kept: only a new list helps. */
export function isExpired(error: unknown): boolean {
  return error instanceof ApiError && error.status === 410
}

function messageIn(body: string): string {
  try {
    const { message } = objectOf(JSON.parse(body))
    return textOf(message) ?? 'no reason'
  } catch {
    return body.slice(0, 200).trim() || 'no reason'
  }
}
