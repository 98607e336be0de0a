import { messageOf } from '../../shared/errors.ts'
import type { Attempt } from '../wire/transport.ts'

/** Kafka's own names of errors. */
const tooLarge = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])

/**
 * What time and an operator do not mend. Rights, passwords and topics that are missing they do, so these are tried again, as
 * the Collector does.
 */
const lasting = new Set([
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_REQUIRED_ACKS',
  'INVALID_TIMESTAMP',
  'INVALID_RECORD',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'UNSUPPORTED_COMPRESSION_TYPE',
])

/** Errors are told of to this depth; the innermost says what happened. */
const MAX_DEPTH = 6

/** What an error of the client means for a request. */
export function failureOf(error: unknown): Attempt {
  const all = [...partsOf(error, MAX_DEPTH)]
  const has = (names: ReadonlySet<string>) => all.some(({ apiId }) => names.has(apiId))
  const message = textOf(all)
  if (has(tooLarge)) return { outcome: 'too_large', message }
  if (has(lasting)) return { outcome: 'refused', message }
  return { outcome: 'failed', message, retryAfterMs: 0 }
}

interface Part {
  readonly message: string
  /** `''` for what no broker said. */
  readonly apiId: string
  readonly isInnermost: boolean
}

function* partsOf(error: unknown, depth: number): Generator<Part> {
  const inner = depth > 0 ? innerOf(error) : []
  const isInnermost = inner.length === 0
  yield { message: messageOf(error), apiId: apiIdOf(error), isInnermost }
  for (const one of inner) yield* partsOf(one, depth - 1)
}

function innerOf(error: unknown): readonly unknown[] {
  if (error instanceof AggregateError) return error.errors
  if (!(error instanceof Error) || error.cause === undefined) return []
  return [error.cause]
}

function apiIdOf(error: unknown): string {
  if (!(error instanceof Error) || !('apiId' in error)) return ''
  return typeof error.apiId === 'string' ? error.apiId : ''
}

function textOf(parts: readonly Part[]): string {
  const texts = parts
    .filter(({ isInnermost }) => isInnermost)
    .map(({ message, apiId }) => (apiId === '' ? message : `${apiId}: ${message}`))
  return [...new Set(texts)].join('; ')
}
