import { expect, test } from 'vitest'
import { z } from 'zod'
import { otlpConfig, speaksTls } from '../../../src/exporter/otlp/config.ts'

const endpoint = 'localhost:4317'

test('the defaults are those of the Collector', () => {
  expect(otlpConfig.parse({ endpoint })).toEqual({
    endpoint,
    tls: {
      insecure: false,
      insecure_skip_verify: false,
      include_system_ca_certs_pool: false,
      min_version: '1.2',
      reload_interval: 0,
    },
    headers: {},
    compression: 'gzip',
    timeout: 5000,
    retry_on_failure: {
      enabled: true,
      initial_interval: 5000,
      randomization_factor: 0.5,
      multiplier: 1.5,
      max_interval: 30_000,
      max_elapsed_time: 300_000,
    },
    sending_queue: {
      enabled: true,
      num_consumers: 10,
      queue_size: 1000,
      sizer: 'requests',
      block_on_overflow: false,
      wait_for_result: false,
    },
    balancer_name: 'round_robin',
    wait_for_ready: false,
    temporality_preference: 'cumulative',
  })
})

test('a section that the Collector takes is taken', () => {
  const config = otlpConfig.parse({
    endpoint: 'https://collector:4317',
    tls: {
      ca_file: '/etc/ca.pem',
      cert_file: '/etc/cert.pem',
      key_file: '/etc/key.pem',
      server_name_override: 'collector.example',
      min_version: '1.3',
      reload_interval: '24h',
    },
    headers: { Authorization: 'Bearer x' },
    compression: 'none',
    timeout: '30s',
    retry_on_failure: { initial_interval: '10s', max_elapsed_time: '0s' },
    sending_queue: { num_consumers: 2, queue_size: 5000, sizer: 'items' },
    keepalive: { time: '30s', timeout: '5s', permit_without_stream: true },
    balancer_name: 'pick_first',
    authority: 'collector.example',
    wait_for_ready: true,
    user_agent: 'mine',
  })
  expect(config.tls.reload_interval).toBe(86_400_000)
  expect(config.keepalive).toEqual({ time: 30_000, timeout: 5000, permit_without_stream: true })
})

test('headers may be a list of names and values', () => {
  const headers = [
    { name: 'a', value: '1' },
    { name: 'b', value: '2' },
  ]
  expect(otlpConfig.parse({ endpoint, headers }).headers).toEqual({ a: '1', b: '2' })
})

test.each([
  [{ read_buffer_size: 5 }, /not supported here: Node.js has no such buffer/],
  [{ auth: { authenticator: 'x' } }, /not supported here: there are no authentication/],
  [{ middlewares: [] }, /not supported here/],
  [{ sending_queue: { block_on_overflow: true } }, /only false is supported here: it would stall/],
  [{ sending_queue: { wait_for_result: true } }, /only false is supported here/],
  [{ sending_queue: { batch: { partition: {} } } }, /not supported here: there is no metadata/],
  [{ sending_queue: { batch: { sizer: 'requests' } } }, /sizer/],
  [{ sending_queue: { batch: { flush_timeout: '0s' } } }, /must be more than 0s/],
  [{ sending_queue: { batch: { max_size: 5 } } }, /must not be less than min_size/],
  [{ sending_queue: { sizer: 'items', batch: {} } }, /must not be more than queue_size/],
  [{ sending_queue: { queue_size: 0 } }, /queue_size/],
  [{ compression: 'snappy' }, /only gzip and none/],
  [{ tls: { cert_file: 'x' } }, /needs key_file or key_pem/],
  [{ tls: { key_pem: 'x' } }, /needs cert_file or cert_pem/],
  [{ tls: { ca_file: 'x', ca_pem: 'y' } }, /either ca_file or ca_pem/],
  [{ tls: { min_version: '1.3', max_version: '1.2' } }, /must not be less than min_version/],
  [{ tls: { cipher_suites: ['x'] } }, /not supported here/],
  [{ tls: { tpm: { enabled: true } } }, /not supported here/],
  [{ retry_on_failure: { max_elapsed_time: '10s' } }, /must not be less than max_interval/],
  [{ headers: { 'a b': 'c' } }, /not a header name/],
  [{ headers: { a: 'line\nbreak' } }, /printable ASCII/],
  [{ balancer_name: 'grpclb' }, /balancer_name/],
  [{ endpiont: 'x' }, /endpiont/],
  [{ timeout: '5' }, /not a duration/],
  [{ endpoint: 'http://c:4317', tls: { ca_file: '/ca' } }, /http:\/\/ is plain text/],
  [{ endpoint: 'localhost' }, /port is missing/],
])('%j is refused with a reason', (extra, message) => {
  const result = otlpConfig.safeParse({ endpoint, ...extra })
  expect(z.prettifyError(result.error ?? new z.ZodError([]))).toMatch(message)
})

test.each([
  { endpoint, tls: {}, expected: true },
  { endpoint, tls: { insecure: true }, expected: false },
  { endpoint, tls: { insecure: true, ca_file: '/ca' }, expected: true },
  { endpoint: 'http://c:4317', tls: {}, expected: false },
  { endpoint: 'https://c:4317', tls: { insecure: true }, expected: true },
  { endpoint: 'unix:///run/o.sock', tls: { insecure: true }, expected: false },
])('$endpoint with $tls: TLS is $expected', ({ expected, ...config }) => {
  expect(speaksTls(otlpConfig.parse(config))).toBe(expected)
})

test('a JSON Schema can be made of it', () => {
  expect(z.toJSONSchema(otlpConfig, { io: 'input' })).toHaveProperty('properties.endpoint')
})
