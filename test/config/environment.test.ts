import { expect, test } from 'vitest'
import { readEnvironment } from '../../src/config/environment.ts'
import { formatIssue } from '../../src/config/issue.ts'

const start = 'OTEL_EXPORTER_OTLP'

/** The exporter that variables give, beside the endpoint `http://a:1`. */
function otlp(env: Record<string, string>): unknown {
  const { fragment, errors } = readEnvironment({ [`${start}_ENDPOINT`]: 'http://a:1', ...env })
  expect(errors).toEqual([])
  return (fragment['exporters'] as Record<string, unknown>)['otlp']
}

test('no variables give nothing', () => {
  expect(readEnvironment({})).toEqual({ fragment: {}, errors: [], warnings: [] })
})

test('an endpoint gives an exporter in a pipeline of its own', () => {
  expect(readEnvironment({ [`${start}_ENDPOINT`]: 'http://a:1' }).fragment).toEqual({
    exporters: { otlp: { endpoint: 'a:1', tls: { insecure: true } } },
    service: { pipelines: { 'metrics/otlp': { receivers: ['nettracer'], exporters: ['otlp'] } } },
  })
})

test.each([
  { endpoint: 'http://a:4317', is: 'a:4317', insecure: true },
  { endpoint: 'http://a', is: 'a:4317', insecure: true },
  { endpoint: 'http://a:80/', is: 'a:80', insecure: true },
  { endpoint: 'https://a:4317', is: 'a:4317', insecure: false },
  { endpoint: 'https://a/', is: 'a:443', insecure: false },
  { endpoint: 'HTTPS://A:1', is: 'a:1', insecure: false },
  { endpoint: 'http://[::1]:4317', is: '[::1]:4317', insecure: true },
  { endpoint: 'a:4317', is: 'a:4317', insecure: false },
  { endpoint: 'unix:///run/otel.sock', is: 'unix:///run/otel.sock', insecure: false },
])('endpoint $endpoint', ({ endpoint, is, insecure }) => {
  expect(otlp({ [`${start}_ENDPOINT`]: endpoint })).toEqual({ endpoint: is, tls: { insecure } })
})

test('an endpoint without a scheme may be without TLS', () => {
  expect(otlp({ [`${start}_ENDPOINT`]: 'a:1', [`${start}_INSECURE`]: 'TRUE' })).toEqual({
    endpoint: 'a:1',
    tls: { insecure: true },
  })
})

test.each([
  { name: 'HEADERS', value: 'a=b,c=d%20e', config: { headers: { a: 'b', c: 'd e' } } },
  { name: 'HEADERS', value: ' a = b , ', config: { headers: { a: 'b' } } },
  { name: 'COMPRESSION', value: 'gzip', config: { compression: 'gzip' } },
  { name: 'TIMEOUT', value: '2500', config: { timeout: '2500ms' } },
  { name: 'PROTOCOL', value: 'grpc', config: {} },
  {
    name: 'METRICS_TEMPORALITY_PREFERENCE',
    value: 'DELTA',
    config: { temporality_preference: 'delta' },
  },
])('$name=$value', ({ name, value, config }) => {
  expect(otlp({ [`${start}_${name}`]: value })).toMatchObject(config)
})

test('certificates go with TLS only', () => {
  const env = {
    [`${start}_CERTIFICATE`]: '/ca',
    [`${start}_CLIENT_CERTIFICATE`]: '/cert',
    [`${start}_CLIENT_KEY`]: '/key',
  }
  expect(otlp({ ...env, [`${start}_ENDPOINT`]: 'https://a:1' })).toEqual({
    endpoint: 'a:1',
    tls: { insecure: false, ca_file: '/ca', cert_file: '/cert', key_file: '/key' },
  })
  expect(otlp(env)).toEqual({ endpoint: 'a:1', tls: { insecure: true } })
})

test('variables of metrics come before the general ones, and empty ones do not count', () => {
  const env = {
    [`${start}_METRICS_ENDPOINT`]: 'http://b:2',
    [`${start}_METRICS_TIMEOUT`]: '',
    [`${start}_TIMEOUT`]: '7',
    [`${start}_METRICS_HEADERS`]: 'x=1',
    [`${start}_HEADERS`]: 'y=2',
  }
  expect(otlp(env)).toMatchObject({ endpoint: 'b:2', timeout: '7ms', headers: { x: '1' } })
})

test('the export interval is the collection interval, with an endpoint or without', () => {
  expect(readEnvironment({ OTEL_METRIC_EXPORT_INTERVAL: '60000' }).fragment).toEqual({
    receivers: { nettracer: { collection_interval: '60000ms' } },
  })
})

test.each([
  {
    env: { [`${start}_PROTOCOL`]: 'http' },
    error: `environment:1:1: ${start}_PROTOCOL: must be grpc or http/protobuf or http/json, not "http"`,
  },
  {
    env: { [`${start}_METRICS_ENDPOINT`]: 'http://a:4318/v1/metrics' },
    error: `environment:1:1: ${start}_METRICS_ENDPOINT: has more than a host and a port: an endpoint of gRPC, the default protocol, is http://HOST:PORT`,
  },
  {
    env: { [`${start}_ENDPOINT`]: 'http://' },
    error: `environment:1:1: ${start}_ENDPOINT: is not a URL: write http://HOST:PORT`,
  },
  {
    env: { [`${start}_HEADERS`]: 'authorization' },
    error: `environment:1:1: ${start}_HEADERS: must be name=value,name=value with percent-encoded values`,
  },
  {
    env: { [`${start}_HEADERS`]: 'a=%zz' },
    error: `environment:1:1: ${start}_HEADERS: must be name=value,name=value with percent-encoded values`,
  },
  {
    env: { [`${start}_COMPRESSION`]: 'zstd' },
    error: `environment:1:1: ${start}_COMPRESSION: must be gzip or none, not "zstd"`,
  },
  {
    env: { [`${start}_TIMEOUT`]: '10s' },
    error: `environment:1:1: ${start}_TIMEOUT: must be a whole number of milliseconds above 0, not "10s"`,
  },
  {
    env: { OTEL_METRIC_EXPORT_INTERVAL: '0' },
    error:
      'environment:1:1: OTEL_METRIC_EXPORT_INTERVAL: must be a whole number of milliseconds above 0, not "0"',
  },
])('$env is an error', ({ env, error }) => {
  const { errors } = readEnvironment({ [`${start}_ENDPOINT`]: 'http://a:1', ...env })
  expect(errors.map(formatIssue)).toEqual([error])
})

test('the port of OTLP over HTTP is a warning for gRPC', () => {
  const { errors, warnings } = readEnvironment({ [`${start}_ENDPOINT`]: 'http://a:4318' })
  expect(errors).toEqual([])
  expect(warnings.map(formatIssue)).toEqual([
    `environment:1:1: ${start}_ENDPOINT: port 4318 is that of OTLP over HTTP, but the protocol is gRPC, port 4317: set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf for the other`,
  ])
})

const http = { [`${start}_PROTOCOL`]: 'http/protobuf' }

test.each([
  {
    env: { [`${start}_ENDPOINT`]: 'http://a:4318' },
    config: { endpoint: 'http://a:4318' },
  },
  {
    env: { [`${start}_ENDPOINT`]: 'http://a:4318/base/', [`${start}_PROTOCOL`]: 'HTTP/JSON' },
    config: { endpoint: 'http://a:4318/base/', encoding: 'json' },
  },
  {
    env: { [`${start}_METRICS_ENDPOINT`]: 'http://a/m?x=1', [`${start}_ENDPOINT`]: 'http://b' },
    config: { metrics_endpoint: 'http://a/m?x=1' },
  },
  {
    env: {
      [`${start}_ENDPOINT`]: 'https://a',
      [`${start}_CERTIFICATE`]: '/ca',
      [`${start}_COMPRESSION`]: 'none',
      [`${start}_TIMEOUT`]: '2500',
      [`${start}_HEADERS`]: 'x=1',
    },
    config: {
      endpoint: 'https://a',
      tls: { insecure: false, ca_file: '/ca' },
      compression: 'none',
      timeout: '2500ms',
      headers: { x: '1' },
    },
  },
])('over HTTP $env is the exporter $config', ({ env, config }) => {
  const { fragment, errors, warnings } = readEnvironment({ ...http, ...env })
  expect([...errors, ...warnings]).toEqual([])
  expect(fragment).toEqual({
    exporters: { otlphttp: config },
    service: {
      pipelines: { 'metrics/otlphttp': { receivers: ['nettracer'], exporters: ['otlphttp'] } },
    },
  })
})

test('over HTTP an endpoint must have a scheme, and the port of gRPC is a warning', () => {
  const bare = readEnvironment({ ...http, [`${start}_ENDPOINT`]: 'a:4318' })
  expect(bare.errors.map(formatIssue)).toEqual([
    `environment:1:1: ${start}_ENDPOINT: is not a URL: write http://HOST:PORT`,
  ])
  const wrong = readEnvironment({ ...http, [`${start}_ENDPOINT`]: 'http://a:4317' })
  expect(wrong.warnings.map(formatIssue)).toEqual([
    `environment:1:1: ${start}_ENDPOINT: port 4317 is that of OTLP over gRPC, but the protocol is HTTP, port 4318`,
  ])
})
