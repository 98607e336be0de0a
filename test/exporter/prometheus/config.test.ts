import { expect, test } from 'vitest'
import { prometheusConfig } from '../../../src/exporter/prometheus/config.ts'

test('defaults are the ones of the Collector', () => {
  expect(prometheusConfig.parse({ endpoint: 'localhost:9464' })).toEqual({
    endpoint: 'localhost:9464',
    namespace: '',
    const_labels: {},
    send_timestamps: false,
    metric_expiration: 300_000,
    enable_open_metrics: false,
    resource_to_telemetry_conversion: { enabled: false, exclude_service_attributes: false },
    without_scope_info: false,
    add_metric_suffixes: true,
    transport: 'tcp',
    read_header_timeout: 60_000,
    read_timeout: 60_000,
    write_timeout: 30_000,
    idle_timeout: 60_000,
    keep_alives_enabled: true,
  })
})

test("the example of the Collector's page is taken", () => {
  const parsed = prometheusConfig.parse({
    endpoint: '1.2.3.4:1234',
    tls: { cert_file: '/path/to/cert.pem', key_file: '/path/to/key.pem' },
    namespace: 'test-space',
    const_labels: { label1: 'value1', 'another label': 'spaced value' },
    send_timestamps: true,
    metric_expiration: '180m',
    enable_open_metrics: true,
    add_metric_suffixes: false,
    translation_strategy: 'UnderscoreEscapingWithoutSuffixes',
    resource_to_telemetry_conversion: { enabled: true },
  })
  expect(parsed.metric_expiration).toBe(10_800_000)
})

test.each([
  ['no endpoint', {}, 'endpoint'],
  ['a scheme', { endpoint: 'http://localhost:9464' }, 'without a scheme'],
  ['auth', { endpoint: ':1', auth: { authenticator: 'x' } }, 'not supported here'],
  ['sending_queue', { endpoint: ':1', sending_queue: {} }, 'not supported here'],
  ['a key nobody knows', { endpoint: ':1', colour: 'red' }, 'colour'],
  ['UTF-8 names', { endpoint: ':1', translation_strategy: 'NoTranslation' }, 'not written yet'],
  ['no life at all', { endpoint: ':1', metric_expiration: '0' }, 'longer than 0'],
  ['a certificate without a key', { endpoint: ':1', tls: { cert_file: 'a' } }, 'key_file'],
])('%s is an error that says so', (_, config, expected) => {
  const { success, error } = prometheusConfig.safeParse(config)
  expect(success).toBe(false)
  expect(JSON.stringify(error?.issues)).toContain(expected)
})
