import { z } from 'zod'
import { unsupported } from '../../config/unsupported.ts'
import { duration } from '../../config/values.ts'
import { parseEndpoint } from '../../shared/listen-address.ts'
import { namingKeys } from '../wire/prometheus/naming-config.ts'

const remove = 'leave the key out'

const tls = z
  .strictObject({
    cert_file: z
      .string()
      .min(1)
      .describe(
        'PEM file with the certificate of this server, and those between it and its authority.',
      ),
    key_file: z.string().min(1).describe('PEM file with its private key.'),
    client_ca_file: z
      .string()
      .min(1)
      .optional()
      .describe(
        'PEM file with authorities: only a client with a certificate of one of these may scrape.',
      ),
    min_version: z.enum(['1.2', '1.3']).default('1.2').describe('Oldest TLS version to accept.'),
    ca_file: unsupported('use client_ca_file to verify clients'),
    max_version: unsupported(remove),
    cipher_suites: unsupported(remove),
    curve_preferences: unsupported(remove),
    cert_pem: unsupported('use cert_file'),
    key_pem: unsupported('use key_file'),
    ca_pem: unsupported('use client_ca_file to verify clients'),
    reload_interval: unsupported('restart after the files have changed'),
  })
  .describe('Serve HTTPS instead of HTTP.')

/** The Collector's `prometheus` exporter: same keys, same defaults, same meaning. */
export const prometheusConfig = z.strictObject({
  endpoint: z
    .string()
    .refine((text) => parseEndpoint(text) !== undefined, {
      error:
        'not an address to listen on: write host:port without a scheme, for example localhost:9464, :9464, 0.0.0.0:9464 or [::1]:9464',
    })
    .describe(
      'Address to serve `/metrics` on, `host:port`. An empty host is every address of this machine.',
    ),
  namespace: z.string().default('').describe('Prefix of each metric name.'),
  const_labels: z
    .record(z.string().min(1), z.string())
    .default({})
    .describe('Labels that each series gets, `target_info` excepted.'),
  send_timestamps: z
    .boolean()
    .default(false)
    .describe(
      'Write the time of each point. Prometheus then shows no gap and no end of a series for 5 minutes.',
    ),
  metric_expiration: duration
    .refine((ms) => ms > 0, { error: 'must be longer than 0' })
    .prefault('5m')
    .describe('How long a series stays on the page after its last point.'),
  enable_open_metrics: z
    .boolean()
    .default(false)
    .describe('Answer in OpenMetrics 1.0.0 where the client asks for it.'),
  ...namingKeys,
  without_scope_info: z.boolean().default(false).describe('Leave out the `otel_scope_*` labels.'),
  tls: tls.optional(),
  transport: z
    .literal('tcp', { error: 'only tcp is supported here' })
    .default('tcp')
    .describe('Kind of socket to listen on.'),
  read_header_timeout: duration
    .prefault('1m')
    .describe('Longest time a client may take for its request headers; 0 for no limit.'),
  read_timeout: duration
    .prefault('1m')
    .describe('Longest time a client may take for its whole request; 0 for no limit.'),
  write_timeout: duration
    .prefault('30s')
    .describe('Longest time one answer may take; 0 for no limit.'),
  idle_timeout: duration
    .prefault('1m')
    .describe('How long a connection may wait for its next request; 0 for no limit.'),
  keep_alives_enabled: z.boolean().default(true).describe('Keep connections open between scrapes.'),
  auth: unsupported('use tls with client_ca_file, or listen on loopback behind a proxy'),
  cors: unsupported(remove),
  middlewares: unsupported(remove),
  response_headers: unsupported(remove),
  compression_algorithms: unsupported(
    'requests have no body; answers are compressed with gzip where the client takes it',
  ),
  max_request_body_size: unsupported('requests have no body'),
  include_metadata: unsupported(remove),
  sending_queue: unsupported('points are kept in memory until the next scrape'),
  resource_constant_labels: unsupported('use resource_to_telemetry_conversion'),
})

/** With defaults filled in and durations in milliseconds. */
export type PrometheusConfig = z.output<typeof prometheusConfig>
