import type { Attempt } from '../transport.ts'
import type { Answer } from './exchange.ts'

/** What is sent over HTTP, and how its answers read. */
export interface HttpProtocol {
  /** Names in lower case, with the type and the encoding of bodies. */
  readonly headers: Readonly<Record<string, string>>
  /** Compresses a body, or leaves it as it is. Not for long on the event loop. */
  readonly encode: (body: Uint8Array) => Promise<Uint8Array>
  /** Whether a request may be taken later that was answered so. */
  readonly isPassing: (status: number) => boolean
  /** Reads the answer to a request that was taken: it must not be sent again, whatever is wrong with the answer. */
  readonly taken: (answer: Answer) => Attempt & { readonly outcome: 'sent' }
  /** What the backend says of a failure; `''`: nothing that can be read. */
  readonly wordsOf: (answer: Answer) => string
}

/** Of a text, what goes into a log. */
const MAX_TEXT_CHARACTERS = 300

/** A body of plain text on one line; `''` if it is none. */
export function plainText({ headers, body }: Answer): string {
  if (!/^text\/plain\b/i.test(headers['content-type'] ?? '')) return ''
  return body.toString().replace(/\s+/g, ' ').trim().slice(0, MAX_TEXT_CHARACTERS)
}
