import { z } from 'zod'
import { onlyFalse, unsupported } from '../../config/unsupported.ts'
import { duration } from '../../config/values.ts'
import { queueConfig } from '../wire/queue-config.ts'
import { retryConfig } from '../wire/retry-config.ts'
import { temporalityConfig } from '../wire/temporality-config.ts'
import { tlsConfig, wantsTls } from '../wire/tls-config.ts'
import { authConfig } from './auth-config.ts'
import { parseBroker } from './brokers.ts'
import { producerConfig } from './producer-config.ts'

const noMetadata = 'there is no metadata of clients'
const manyResources = 'a message has many resources; messages go to the partitions in turn'
const forConsumers = 'it is for who reads from brokers'
const perSignal = 'write metrics and logs instead'

const signalConfig = (name: string, topic: string) =>
  z
    .strictObject({
      topic: z
        .string()
        .regex(/^[\w.-]{1,249}$/, 'a topic is 1 to 249 letters, digits, ".", "_" and "-"')
        .default(topic)
        .describe('Where it goes.'),
      encoding: z
        .enum(['otlp_proto', 'otlp_json'], {
          error: 'only otlp_proto and otlp_json are supported here',
        })
        .default('otlp_proto')
        .describe('What the value of a message is: an OTLP request as protobuf, or as JSON.'),
      topic_from_metadata_key: unsupported(noMetadata),
      message_key_from_metadata_key: unsupported(noMetadata),
    })
    .prefault({})
    .describe(`How ${name} are sent.`)

const metadata = z
  .strictObject({
    refresh_interval: duration
      .prefault('10m')
      .describe(
        'How long it is believed which broker leads a partition; after an error not at all.',
      ),
    retry: z
      .strictObject({
        max: z.int().min(0).default(3).describe('How often to ask again within an attempt.'),
        backoff: duration.prefault('250ms').describe('Wait before each.'),
      })
      .prefault({})
      .describe('When brokers do not know a topic yet, for example one that they are just making.'),
    full: unsupported('only what is needed is asked for'),
  })
  .prefault({})
  .describe('What is asked of the brokers before a message is sent.')

/** Keys of the Collector that would mean something else, or nothing, here. */
const absentKeys = {
  resolve_canonical_bootstrap_servers_only: onlyFalse('names are used as they are written'),
  conn_idle_timeout: unsupported('connections stay open'),
  topic: unsupported(perSignal),
  encoding: unsupported(perSignal),
  topic_from_attribute: unsupported(manyResources),
  include_metadata_keys: unsupported(noMetadata),
  record_headers: unsupported('messages have no headers'),
  record_partitioner: unsupported('messages go to the partitions in turn'),
  partition_traces_by_id: onlyFalse('there are no traces here'),
  partition_metrics_by_resource_attributes: onlyFalse(manyResources),
  partition_logs_by_resource_attributes: onlyFalse(manyResources),
  partition_logs_by_trace_id: onlyFalse('log records here have no trace'),
  traces: unsupported('there are no traces here'),
  profiles: unsupported('there are no profiles here'),
  rack_id: unsupported(forConsumers),
  use_leader_epoch: unsupported(forConsumers),
}

export const kafkaConfig = z.strictObject({
  brokers: z
    .array(
      z
        .string()
        .refine((text) => parseBroker(text) !== undefined, { error: 'not a broker: host:port' }),
    )
    .min(1, 'at least one broker must be given')
    .default(['localhost:9092'])
    .describe('`host:port` of some brokers; these tell of all others. Without a port it is 9092.'),
  client_id: z
    .string()
    .min(1)
    .default('otel-collector')
    .describe("Name of this client in the brokers' logs, quotas and rules."),
  protocol_version: z
    .string()
    .regex(/^\d+\.\d+\.\d+(\.\d+)?$/, 'not a version of Kafka, for example 3.9.0')
    .optional()
    .describe('Without effect: each broker is asked what it speaks.'),
  metrics: signalConfig('metrics', 'otlp_metrics'),
  logs: signalConfig('log records', 'otlp_logs'),
  auth: authConfig,
  tls: tlsConfig
    .unwrap()
    .optional()
    .describe(
      'Transport security, as `configtls` of the Collector. Without the section: plain text.',
    ),
  metadata,
  producer: producerConfig,
  timeout: duration
    .prefault('5s')
    .describe(
      'Time limit of an attempt, and of sending the rest at shutdown. 0s: none (5s at shutdown).',
    ),
  retry_on_failure: retryConfig,
  sending_queue: queueConfig,
  temporality_preference: temporalityConfig,
  ...absentKeys,
})

/** Durations in milliseconds. */
export type KafkaConfig = z.output<typeof kafkaConfig>

/** @returns `undefined`: plain text */
export function tlsOf({ tls }: KafkaConfig): KafkaConfig['tls'] {
  return tls !== undefined && wantsTls(tls) ? tls : undefined
}
