import { z } from 'zod'
import { onlyFalse, unsupported } from '../../../config/unsupported.ts'
import { duration, optionalText } from '../../../config/values.ts'
import { tlsConfig } from '../tls-config.ts'
import { proxyFault } from './proxy.ts'

const noBuffer = 'Node.js has no such buffer'
const onlyHttp1 = 'HTTP/1.1 is spoken, which every receiver knows'

const connections = (standard: number) => z.int().min(0).default(standard)

/** The keys that each exporter over HTTP has: the Collector's `confighttp`. */
export const httpClientKeys = {
  tls: tlsConfig,
  proxy_url: optionalText(proxyFault).describe(
    'The proxy for all requests: `http://` or `https://`, with `user:password@` if it asks for them. Default: HTTPS_PROXY or HTTP_PROXY of the environment, unless NO_PROXY names the host or it is this one.',
  ),
  max_idle_conns: connections(100).describe('Idle connections that are kept. 0: any number.'),
  max_idle_conns_per_host: connections(0).describe(
    'The same for the one host that an exporter has. 0: 2, as in the Collector.',
  ),
  max_conns_per_host: connections(0).describe('Most connections at the same time. 0: any number.'),
  idle_conn_timeout: duration
    .prefault('90s')
    .describe('How long an idle connection is kept. 0s: as long as the receiver likes.'),
  disable_keep_alives: z.boolean().default(false).describe('A new connection for each request.'),
  force_attempt_http2: onlyFalse(onlyHttp1),
  http2_read_idle_timeout: unsupported(onlyHttp1),
  http2_ping_timeout: unsupported(onlyHttp1),
  read_buffer_size: unsupported(noBuffer),
  write_buffer_size: unsupported(noBuffer),
  cookies: unsupported('cookies of a backend are not kept'),
  auth: unsupported('there are no authentication extensions; use headers or tls'),
  middlewares: unsupported('there are no middleware extensions'),
}

/** With defaults filled in and durations in milliseconds. */
export interface HttpClientConfig
  extends Pick<
    z.output<z.ZodObject<typeof httpClientKeys>>,
    | 'tls'
    | 'max_idle_conns'
    | 'max_idle_conns_per_host'
    | 'max_conns_per_host'
    | 'idle_conn_timeout'
    | 'disable_keep_alives'
  > {
  /** Of an attempt. 0: none. */
  readonly timeout: number
  readonly headers: Readonly<Record<string, string>>
}

/** @returns what is wrong with the name of a header, if anything */
export function headerNameFault(name: string): string | undefined {
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/i.test(name)) return 'not a name of a header'
  return /^(content-length|transfer-encoding|connection|upgrade)$/i.test(name)
    ? 'this header belongs to HTTP itself'
    : undefined
}
