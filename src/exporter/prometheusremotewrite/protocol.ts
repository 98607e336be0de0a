import type { Answer } from '../wire/http/exchange.ts'
import { type HttpProtocol, plainText } from '../wire/http/http-protocol.ts'
import type { ProtobufMessage } from './config.ts'
import { snappy } from './snappy.ts'

const UNSUPPORTED_MEDIA_TYPE = 415

const versions: Record<ProtobufMessage, { readonly type: string; readonly version: string }> = {
  'prometheus.WriteRequest': { type: 'application/x-protobuf', version: '0.1.0' },
  'io.prometheus.write.v2.Request': {
    type: 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
    version: '2.0.0',
  },
}

/** Prometheus' remote write, 1.0 or 2.0. */
export function remoteWriteProtocol(message: ProtobufMessage): HttpProtocol {
  const { type, version } = versions[message]
  return {
    headers: {
      'content-type': type,
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': version,
    },
    encode: snappy,
    isPassing: (status) => status === 429 || status >= 500,
    taken: (answer) => ({ outcome: 'sent', rejectedItems: 0, message: remarkOn(answer, message) }),
    wordsOf: (answer) => wordsOf(answer, message),
  }
}

/** A receiver of 2.0 must say what it has written. */
function remarkOn({ headers }: Answer, message: ProtobufMessage): string {
  if (message === 'prometheus.WriteRequest') return ''
  if (headers['x-prometheus-remote-write-samples-written'] !== undefined) return ''
  return 'the backend does not say what it has written: if nothing arrives, it knows remote write 1.0 only (protobuf_message: prometheus.WriteRequest)'
}

function wordsOf(answer: Answer, message: ProtobufMessage): string {
  const words = plainText(answer)
  if (answer.status !== UNSUPPORTED_MEDIA_TYPE || message === 'prometheus.WriteRequest')
    return words
  return `${words} (for a backend that knows remote write 1.0 only set protobuf_message: prometheus.WriteRequest)`.trim()
}
