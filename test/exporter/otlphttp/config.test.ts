import { expect, test } from 'vitest'
import { loadConfig } from '../../../src/config/load.ts'
import { otlpHttpConfig } from '../../../src/exporter/otlphttp/config.ts'
import { urlOf } from '../../../src/exporter/otlphttp/endpoint.ts'
import { otlpHttpFactory } from '../../../src/exporter/otlphttp/index.ts'
import { registry } from '../../../src/service/registry.ts'
import { ConfigFiles } from '../../support/config-files.ts'

const faults = (config: object) => {
  const { error } = otlpHttpConfig.safeParse(config)
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []
}

test("defaults are the Collector's", () => {
  expect(otlpHttpConfig.parse({ endpoint: 'http://a:4318' })).toMatchObject({
    encoding: 'proto',
    compression: 'gzip',
    compression_params: { level: 0 },
    headers: {},
    timeout: 30_000,
    max_idle_conns: 100,
    max_idle_conns_per_host: 0,
    max_conns_per_host: 0,
    idle_conn_timeout: 90_000,
    disable_keep_alives: false,
    retry_on_failure: { enabled: true, initial_interval: 5000, max_elapsed_time: 300_000 },
    sending_queue: { enabled: true, num_consumers: 10, queue_size: 1000 },
  })
})

test.each([
  {
    config: { endpoint: 'http://a:1' },
    metrics: 'http://a:1/v1/metrics',
    logs: 'http://a:1/v1/logs',
  },
  {
    config: { endpoint: 'https://a/x/' },
    metrics: 'https://a/x/v1/metrics',
    logs: 'https://a/x/v1/logs',
  },
  {
    config: { endpoint: 'http://a//' },
    metrics: 'http://a//v1/metrics',
    logs: 'http://a//v1/logs',
  },
  {
    config: { endpoint: 'http://a', metrics_endpoint: 'http://b/m?x=1' },
    metrics: 'http://b/m?x=1',
    logs: 'http://a/v1/logs',
  },
  { config: { endpoint: '', logs_endpoint: 'http://b' }, metrics: undefined, logs: 'http://b/' },
])('$config sends metrics to $metrics and logs to $logs', ({ config, metrics, logs }) => {
  const parsed = otlpHttpConfig.parse(config)
  expect(urlOf(parsed, 'metrics')?.href).toBe(metrics)
  expect(urlOf(parsed, 'logs')?.href).toBe(logs)
})

test('headers are a map or a list', () => {
  const headers = [{ name: 'Authorization', value: 'Bearer x' }]
  expect(otlpHttpConfig.parse({ endpoint: 'http://a', headers }).headers).toEqual({
    Authorization: 'Bearer x',
  })
})

test.each([
  { config: {}, fault: 'endpoint: endpoint, metrics_endpoint or logs_endpoint must be given' },
  { config: { endpoint: 'a:4318' }, fault: 'endpoint: write a URL: http://HOST:PORT' },
  { config: { endpoint: 'http://' }, fault: 'endpoint: not a URL' },
  { config: { endpoint: 'http://a/?x=1' }, fault: 'endpoint: a path is added to it' },
  { config: { metrics_endpoint: 'http://a/#x' }, fault: 'metrics_endpoint: a URL to send to' },
  { config: { proxy_url: 'socks5://a:1' }, fault: 'proxy_url: SOCKS proxies are not supported' },
  {
    config: { compression: 'snappy' },
    fault: 'compression: only gzip, zstd, zlib, deflate and none',
  },
  { config: { compression_params: { level: 10 } }, fault: 'compression_params.level: not a level' },
  { config: { headers: { 'a b': 'c' } }, fault: 'headers.a b: not a name of a header' },
  {
    config: { headers: { a: 'b\r\nc: d' } },
    fault: 'headers.a: a header value is printable ASCII',
  },
  { config: { headers: { 'Content-Length': '1' } }, fault: 'headers.Content-Length: this header' },
  { config: { force_attempt_http2: true }, fault: 'force_attempt_http2: only false is supported' },
  { config: { cookies: {} }, fault: 'cookies: not supported here: ' },
  { config: { auth: { authenticator: 'x' } }, fault: 'auth: not supported here: ' },
  { config: { http2_ping_timeout: '1s' }, fault: 'http2_ping_timeout: not supported here: ' },
])('$config is an error', ({ config, fault }) => {
  const base = 'endpoint' in config || fault.startsWith('endpoint') ? {} : { endpoint: 'http://a' }
  expect(faults({ ...base, ...config })).toEqual([expect.stringContaining(fault)])
})

test.each([
  { compression: 'zstd', level: 22 },
  { compression: 'gzip', level: -2 },
  { compression: 'none', level: 99 },
])('level $level of $compression is right, as in the Collector', ({ compression, level }) => {
  expect(faults({ endpoint: 'http://a', compression, compression_params: { level } })).toEqual([])
})

test('endpoints of signals that are not sent here are told', () => {
  const config = { endpoint: 'http://a', traces_endpoint: 'http://b' }
  expect(otlpHttpFactory.remarks?.(otlpHttpConfig.parse(config))).toHaveLength(1)
  expect(otlpHttpFactory.remarks?.(otlpHttpConfig.parse({ endpoint: 'http://a' }))).toEqual([])
})

test('a pipeline of a signal that has no endpoint is an error at its place', () => {
  using files = new ConfigFiles()
  const file = files.write(
    'c.yaml',
    `receivers: { nettracer: }
exporters:
  otlphttp: { logs_endpoint: "http://a/l" }
service:
  pipelines:
    logs: { receivers: [nettracer], exporters: [otlphttp] }
    metrics: { receivers: [nettracer], exporters: [otlphttp] }
`,
  )
  expect(() => loadConfig([file], registry, {})).toThrow(
    `${file}:7:52: service.pipelines.metrics.exporters[0]: "otlphttp": endpoint or metrics_endpoint must be given for a pipeline of metrics`,
  )
})
