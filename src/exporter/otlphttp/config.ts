import { z } from 'zod'
import { onlyFalse, unsupported } from '../../config/unsupported.ts'
import { duration, optionalText } from '../../config/values.ts'
import { headersConfig } from '../wire/headers-config.ts'
import { queueConfig } from '../wire/queue-config.ts'
import { retryConfig } from '../wire/retry-config.ts'
import { temporalityConfig } from '../wire/temporality-config.ts'
import { tlsConfig } from '../wire/tls-config.ts'
import { endpointFault } from './endpoint.ts'
import { proxyFault } from './proxy.ts'

const noBuffer = 'Node.js has no such buffer'
const onlyHttp1 = 'HTTP/1.1 is spoken, which every receiver of OTLP over HTTP knows'

function nameFault(name: string): string | undefined {
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/i.test(name)) return 'not a name of a header'
  return /^(content-length|transfer-encoding|connection|upgrade)$/i.test(name)
    ? 'this header belongs to HTTP itself'
    : undefined
}

const url = (description: string, isBase = false) =>
  optionalText((text) => endpointFault(text, isBase)).describe(description)

const proxy = optionalText(proxyFault).describe(
  'The proxy for all requests: `http://` or `https://`, with `user:password@` if it asks for them. Default: HTTPS_PROXY or HTTP_PROXY of the environment, unless NO_PROXY names the host or it is this one.',
)

const connections = (standard: number) => z.int().min(0).default(standard)

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
    headers: headersConfig(nameFault),
    timeout: duration
      .prefault('30s')
      .describe(
        'Time limit of an attempt, and of sending the rest at shutdown, there 10s at most. 0s: none.',
      ),
    tls: tlsConfig,
    proxy_url: proxy,
    retry_on_failure: retryConfig,
    sending_queue: queueConfig,
    max_idle_conns: connections(100).describe('Idle connections that are kept. 0: any number.'),
    max_idle_conns_per_host: connections(0).describe(
      'The same for the one host that an exporter has. 0: 2, as in the Collector.',
    ),
    max_conns_per_host: connections(0).describe(
      'Most connections at the same time. 0: any number.',
    ),
    idle_conn_timeout: duration
      .prefault('90s')
      .describe('How long an idle connection is kept. 0s: as long as the receiver likes.'),
    disable_keep_alives: z.boolean().default(false).describe('A new connection for each request.'),
    temporality_preference: temporalityConfig,
    force_attempt_http2: onlyFalse(onlyHttp1),
    http2_read_idle_timeout: unsupported(onlyHttp1),
    http2_ping_timeout: unsupported(onlyHttp1),
    read_buffer_size: unsupported(noBuffer),
    write_buffer_size: unsupported(noBuffer),
    cookies: unsupported('cookies of a backend are not kept'),
    auth: unsupported('there are no authentication extensions; use headers or tls'),
    middlewares: unsupported('there are no middleware extensions'),
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
