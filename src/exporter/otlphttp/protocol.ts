import { messageOf } from '../../shared/errors.ts'
import { readPartialSuccess, readStatusMessage } from '../wire/answer.ts'
import { compressionOf } from '../wire/compression.ts'
import type { Answer } from '../wire/http/exchange.ts'
import { type HttpProtocol, plainText } from '../wire/http/http-protocol.ts'
import type { Encoding } from '../wire/wire.ts'
import type { OtlpHttpConfig } from './config.ts'

const contentTypes: Record<Encoding, string> = {
  proto: 'application/x-protobuf',
  json: 'application/json',
}

/** The table of the OTLP specification. */
const retryable = new Set([429, 502, 503, 504])

/** OTLP over HTTP. */
export function otlpProtocol(config: OtlpHttpConfig): HttpProtocol {
  const compression = compressionOf(config.compression, config.compression_params.level)
  return {
    headers: {
      'content-type': contentTypes[config.encoding],
      ...(compression === undefined ? {} : { 'content-encoding': compression.name }),
    },
    encode: async (body) => (await compression?.apply(body)) ?? body,
    isPassing: (status) => retryable.has(status),
    taken,
    wordsOf,
  }
}

function taken(answer: Answer): ReturnType<HttpProtocol['taken']> {
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

function wordsOf(answer: Answer): string {
  const encoding = encodingOf(answer)
  return encoding === undefined ? plainText(answer) : readStatusMessage(answer.body, encoding)
}

function encodingOf({ headers }: Answer): Encoding | undefined {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase()
  if (type === contentTypes.proto) return 'proto'
  return type === contentTypes.json ? 'json' : undefined
}
