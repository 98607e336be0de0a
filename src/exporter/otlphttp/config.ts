import { z } from 'zod'
import { duration, optionalText } from '../../config/values.ts'
import { headersConfig } from '../wire/headers-config.ts'
import { headerNameFault, httpClientKeys } from '../wire/http/client-config.ts'
import { queueConfig } from '../wire/queue-config.ts'
import { retryConfig } from '../wire/retry-config.ts'
import { temporalityConfig } from '../wire/temporality-config.ts'
import { endpointFault } from './endpoint.ts'

const url = (description: string, isBase = false) =>
  optionalText((text) => endpointFault(text, isBase)).describe(description)

export const otlpHttpConfig = z
  .strictObject({
    endpoint: url(
      'Base URL, `http://HOST:PORT` (OTLP over HTTP uses 4318) or `https://HOST:PORT/PATH`: `/v1/metrics` and `/v1/logs` are added.',
      true,
    ),
    metrics_endpoint: url('URL for metrics, used as it is.'),
    logs_endpoint: url('URL for log records, used as it is.'),
    traces_endpoint: url('Without effect: there are no traces here.'),
    profiles_endpoint: url('Without effect: there are no profiles here.'),
    encoding: z.enum(['proto', 'json']).default('proto').describe('Encoding of requests.'),
    compression: z
      .enum(['gzip', 'zstd', 'zlib', 'deflate', 'none', ''], {
        error: 'only gzip, zstd, zlib, deflate and none are supported here',
      })
      .default('gzip')
      .describe(
        'Compression of requests. Receivers commonly know gzip; an OpenTelemetry Collector knows all of these.',
      ),
    compression_params: z
      .strictObject({
        level: z
          .int()
          .default(0)
          .describe(
            'gzip, zlib, deflate: 1 to 9, -2 (Huffman only). zstd: 1 to 19. 0 or -1: the default of the method.',
          ),
      })
      .prefault({})
      .describe('How hard to compress.'),
    headers: headersConfig(headerNameFault),
    timeout: duration
      .prefault('30s')
      .describe(
        'Time limit of an attempt, and of sending the rest at shutdown, there 10s at most. 0s: none.',
      ),
    retry_on_failure: retryConfig,
    sending_queue: queueConfig,
    temporality_preference: temporalityConfig,
    ...httpClientKeys,
  })
  .superRefine((config, context) => {
    for (const [path, message] of contradictions(config)) {
      context.addIssue({ code: 'custom', path: [...path], message })
    }
  })

/** Durations in milliseconds, headers as a map. */
export type OtlpHttpConfig = z.output<typeof otlpHttpConfig>

interface Parts {
  readonly endpoint?: string | undefined
  readonly metrics_endpoint?: string | undefined
  readonly logs_endpoint?: string | undefined
  readonly traces_endpoint?: string | undefined
  readonly profiles_endpoint?: string | undefined
  readonly compression: string
  readonly compression_params: { readonly level: number }
}

function contradictions(config: Parts): (readonly [path: readonly string[], message: string])[] {
  const { endpoint, metrics_endpoint: metrics, logs_endpoint: logs, compression } = config
  const { traces_endpoint: traces, profiles_endpoint: profiles } = config
  const found: (readonly [path: readonly string[], message: string])[] = []
  if ([endpoint, metrics, logs, traces, profiles].every((one) => one === undefined)) {
    found.push([['endpoint'], 'endpoint, metrics_endpoint or logs_endpoint must be given'])
  }
  const { level } = config.compression_params
  if (!isLevel(compression, level)) {
    found.push([['compression_params', 'level'], `not a level of ${compression}`])
  }
  return found
}

/** As the Collector checks it: zstd takes any, and what is not compressed is not checked. */
function isLevel(method: string, level: number): boolean {
  if (method === 'zstd' || method === 'none' || method === '') return true
  return level >= -2 && level <= 9
}
