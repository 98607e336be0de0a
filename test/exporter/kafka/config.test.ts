import { expect, test } from 'vitest'
import { credentialsOf } from '../../../src/exporter/kafka/auth-config.ts'
import { kafkaConfig, tlsOf } from '../../../src/exporter/kafka/config.ts'
import { kafkaFactory } from '../../../src/exporter/kafka/index.ts'
import { maxRequestBytesOf } from '../../../src/exporter/kafka/producer-config.ts'

const faults = (config: object) => {
  const { error } = kafkaConfig.safeParse(config)
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []
}

test("defaults are the Collector's", () => {
  expect(kafkaConfig.parse({})).toMatchObject({
    brokers: ['localhost:9092'],
    client_id: 'otel-collector',
    metrics: { topic: 'otlp_metrics', encoding: 'otlp_proto' },
    logs: { topic: 'otlp_logs', encoding: 'otlp_proto' },
    metadata: { refresh_interval: 600_000, retry: { max: 3, backoff: 250 } },
    timeout: 5000,
    retry_on_failure: { enabled: true, initial_interval: 5000, max_elapsed_time: 300_000 },
    sending_queue: { enabled: true, num_consumers: 10, queue_size: 1000 },
    producer: {
      max_message_bytes: 1_000_000,
      required_acks: 1,
      compression: 'none',
      compression_params: { level: -1 },
      flush_max_messages: 10_000,
      allow_auto_topic_creation: true,
    },
  })
})

test.each([
  [{ brokers: [] }, 'brokers: at least one broker must be given'],
  [{ brokers: ['http://a:1'] }, 'brokers.0: not a broker: host:port'],
  [{ metrics: { topic: 'a b' } }, 'metrics.topic: a topic is 1 to 249 letters'],
  [{ metrics: { encoding: 'raw' } }, 'metrics.encoding: only otlp_proto and otlp_json'],
  [{ traces: {} }, 'traces: not supported here: there are no traces here'],
  [{ topic: 'x' }, 'topic: not supported here: write metrics and logs instead'],
  [
    { partition_metrics_by_resource_attributes: true },
    'partition_metrics_by_resource_attributes: ',
  ],
  [{ resolve_canonical_bootstrap_servers_only: true }, 'resolve_canonical_bootstrap_servers_only:'],
  [{ producer: { required_acks: 2 } }, 'producer.required_acks: only 0, 1 and all (-1)'],
  [{ producer: { linger: '10ms' } }, 'producer.linger: not supported here'],
  [
    { producer: { compression: 'gzip', compression_params: { level: 9 } } },
    'producer.compression_',
  ],
  [{ producer: { max_message_bytes: 100 } }, 'producer.max_message_bytes: '],
  [{ auth: { kerberos: {} } }, 'auth.kerberos: not supported here'],
  [{ auth: { sasl: { mechanism: 'OAUTHBEARER' } } }, 'auth.sasl.mechanism: only PLAIN, SCRAM'],
  [{ auth: { sasl: { mechanism: 'PLAIN', username: '', password: 'x' } } }, 'auth.sasl.username'],
  [{ protocol_version: 'new' }, 'protocol_version: not a version of Kafka'],
])('%j is an error that says so', (config, fault) => {
  expect(faults(config).join('\n')).toContain(fault)
})

test('switches that stand at false may be written', () => {
  const off = { partition_logs_by_trace_id: false, partition_traces_by_id: false }
  expect(faults({ ...off, resolve_canonical_bootstrap_servers_only: false })).toEqual([])
})

test('a version of the protocol is warned of, not refused', () => {
  const remarks = (config: object) => kafkaFactory.remarks?.(kafkaConfig.parse(config)) ?? []
  expect(remarks({})).toEqual([])
  expect(remarks({ protocol_version: '2.1.0' })).toHaveLength(1)
})

test('all is -1, and a request leaves room for what stands around it in a message', () => {
  const { producer } = kafkaConfig.parse({ producer: { required_acks: 'all' } })
  expect(producer.required_acks).toBe(-1)
  expect(maxRequestBytesOf(producer)).toBeLessThan(producer.max_message_bytes)
})

test('plain_text is SASL with the mechanism PLAIN', () => {
  const user = { username: 'u', password: 'p' }
  const of = (auth: object) => credentialsOf(kafkaConfig.parse({ auth }).auth)
  expect(of({ plain_text: user })).toEqual({ mechanism: 'PLAIN', ...user })
  expect(of({ sasl: { mechanism: 'PLAIN', version: 1, ...user } })).toEqual({
    mechanism: 'PLAIN',
    ...user,
  })
  expect(of({})).toBeUndefined()
  const both = { plain_text: user, sasl: { mechanism: 'PLAIN', ...user } }
  expect(faults({ auth: both })).toEqual(['auth.plain_text: give sasl only'])
})

test.each([
  [{}, false],
  [{ tls: {} }, true],
  [{ tls: { insecure: true } }, false],
  [{ tls: { insecure: true, ca_file: 'ca.pem' } }, true],
])('%j: TLS %s', (config, isTls) => {
  expect(tlsOf(kafkaConfig.parse(config)) !== undefined).toBe(isTls)
})
