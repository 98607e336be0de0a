import { z } from 'zod'
import { unsupported } from '../../config/unsupported.ts'
import { duration, optionalText } from '../../config/values.ts'
import { headersConfig } from '../wire/headers-config.ts'
import { queueConfig } from '../wire/queue-config.ts'
import { retryConfig } from '../wire/retry-config.ts'
import { temporalityConfig } from '../wire/temporality-config.ts'
import { tlsConfig, wantsTls } from '../wire/tls-config.ts'
import { parseEndpoint } from './endpoint.ts'

function nameFault(name: string): string | undefined {
  if (!/^[0-9a-z_.-]+$/i.test(name)) {
    return 'not a header name: letters, digits, "_", "-" and "." only'
  }
  if (/-bin$/i.test(name)) return 'binary headers (-bin) are not supported'
  return /^grpc-/i.test(name) ? 'names that begin with grpc- belong to gRPC' : undefined
}

const keepalive = z
  .strictObject({
    time: duration.prefault('10s').describe('How long the connection is silent before a ping.'),
    timeout: duration.prefault('10s').describe('How long the answer may take.'),
    permit_without_stream: z
      .boolean()
      .default(false)
      .describe('Whether to ping when nothing is being sent.'),
  })
  .optional()
  .describe('Pings that find a dead connection. Without the section there are none.')

const noBuffer = 'Node.js has no such buffer'

export const otlpConfig = z
  .strictObject({
    endpoint: z
      .string()
      .superRefine((text, context) => {
        const endpoint = parseEndpoint(text)
        if (typeof endpoint === 'string') context.addIssue({ code: 'custom', message: endpoint })
      })
      .describe(
        '`host:port`, `http://host:port` (plain text), `https://host:port`, `dns:///host:port` or `unix:///path`. Without http or https, `tls` says whether to speak TLS.',
      ),
    tls: tlsConfig,
    headers: headersConfig(nameFault),
    compression: z
      .enum(['gzip', 'none', ''], {
        error:
          'only gzip and none are supported here: receivers of OTLP over gRPC must know no other',
      })
      .default('gzip')
      .describe('Compression of requests.'),
    timeout: duration
      .prefault('5s')
      .describe(
        'Time limit of an attempt, and of sending the rest at shutdown. 0s: none (5s at shutdown).',
      ),
    retry_on_failure: retryConfig,
    sending_queue: queueConfig,
    keepalive,
    balancer_name: z
      .enum(['round_robin', 'pick_first', ''])
      .default('round_robin')
      .transform((name) => (name === '' ? 'pick_first' : name))
      .describe('How requests are spread over the addresses of the endpoint.'),
    authority: optionalText().describe('The `:authority` of requests.'),
    wait_for_ready: z
      .boolean()
      .default(false)
      .describe('Whether an attempt waits for a connection within its timeout.'),
    user_agent: z
      .string()
      .regex(/^[ -~]*$/, 'a user agent is printable ASCII')
      .optional()
      .describe('Instead of `otel-nettracer/VERSION`.'),
    temporality_preference: temporalityConfig,
    read_buffer_size: unsupported(noBuffer),
    write_buffer_size: unsupported(noBuffer),
    auth: unsupported('there are no authentication extensions; use headers or tls'),
    middlewares: unsupported('there are no middleware extensions'),
  })
  .superRefine((config, context) => {
    const endpoint = parseEndpoint(config.endpoint)
    if (typeof endpoint === 'string' || endpoint.scheme !== 'http') return
    const { insecure: _, ...tls } = config.tls
    if (
      tls.ca_file === undefined &&
      tls.ca_pem === undefined &&
      tls.cert_file === undefined &&
      tls.cert_pem === undefined
    )
      return
    context.addIssue({
      code: 'custom',
      path: ['endpoint'],
      message: 'http:// is plain text, but tls has certificates: write https://',
    })
  })

/** Durations in milliseconds, headers as a map. */
export type OtlpConfig = z.output<typeof otlpConfig>

/** Whether to speak TLS: the endpoint's scheme decides, else the `tls` section. */
export function speaksTls(config: OtlpConfig): boolean {
  const endpoint = parseEndpoint(config.endpoint)
  if (typeof endpoint === 'string') return true
  return endpoint.scheme === 'none' ? wantsTls(config.tls) : endpoint.scheme === 'https'
}
