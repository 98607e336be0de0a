import { bytesOf, numberOf, readFields } from './protobuf-fields.ts'
import type { Encoding } from './wire.ts'

/** What a backend says of a request that it took. */
export interface PartialSuccess {
  /** 0: it took all. */
  readonly rejectedItems: number
  /** May be there although all was taken. */
  readonly message: string
}

/** Of a backend's words, what goes into a log. */
const MAX_MESSAGE_CHARACTERS = 1000

/**
 * Reads the answer to an Export request: metrics and logs have the same fields.
 *
 * @throws on malformed bytes
 */
export function readPartialSuccess(body: Uint8Array, encoding: Encoding): PartialSuccess {
  if (body.length === 0) return { rejectedItems: 0, message: '' }
  return encoding === 'proto' ? fromProtobuf(body) : fromJson(body)
}

function fromProtobuf(body: Uint8Array): PartialSuccess {
  const answer = readFields(body)
  const [partial = new Uint8Array()] = bytesOf(answer.fields, 1)
  const { fields, isWhole } = readFields(partial)
  if (!answer.isWhole || !isWhole) throw new Error('it is no protobuf message')
  const [message = new Uint8Array()] = bytesOf(fields, 2)
  return { rejectedItems: numberOf(fields, 1), message: shortText(message) }
}

function fromJson(body: Uint8Array): PartialSuccess {
  const answer = memberOf(JSON.parse(Buffer.from(body).toString()), 'partialSuccess')
  const rejected = memberOf(answer, 'rejectedDataPoints') ?? memberOf(answer, 'rejectedLogRecords')
  const count = typeof rejected === 'string' ? Number(rejected) : rejected
  const message = memberOf(answer, 'errorMessage')
  return {
    rejectedItems: typeof count === 'number' && Number.isFinite(count) ? count : 0,
    message: typeof message === 'string' ? message.slice(0, MAX_MESSAGE_CHARACTERS) : '',
  }
}

/**
 * Reads the message of a `google.rpc.Status`, which the body of a failure is.
 *
 * @returns `''` where there is none that can be read
 */
export function readStatusMessage(body: Uint8Array, encoding: Encoding): string {
  if (encoding === 'proto') {
    const { fields, isWhole } = readFields(body)
    const [message] = bytesOf(fields, 2)
    return isWhole && message !== undefined ? shortText(message) : ''
  }
  try {
    const message = memberOf(JSON.parse(Buffer.from(body).toString()), 'message')
    return typeof message === 'string' ? message.slice(0, MAX_MESSAGE_CHARACTERS) : ''
  } catch {
    return ''
  }
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.entries(value).find(([key]) => key === name)?.[1]
}

function shortText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString().slice(0, MAX_MESSAGE_CHARACTERS)
}
