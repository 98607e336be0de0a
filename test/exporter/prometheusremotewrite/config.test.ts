import { expect, test } from 'vitest'
import { remoteWriteConfig } from '../../../src/exporter/prometheusremotewrite/config.ts'

const endpoint = 'http://localhost:9090/api/v1/write'

function faults(config: object): string[] {
  const { error } = remoteWriteConfig.safeParse({ endpoint, ...config })
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)
}

test("the defaults are the Collector's", () => {
  expect(remoteWriteConfig.parse({ endpoint })).toMatchObject({
    endpoint,
    protobuf_message: 'prometheus.WriteRequest',
    timeout: 5000,
    remote_write_queue: { enabled: true, queue_size: 10_000, num_consumers: 5 },
    retry_on_failure: { enabled: true, initial_interval: 50 },
    max_batch_size_bytes: 3_000_000,
    target_info: { enabled: true },
    resource_to_telemetry_conversion: { enabled: false },
    add_metric_suffixes: true,
    send_metadata: false,
  })
})

test.each([
  [{ endpoint: 'localhost:9090' }, /^endpoint: write a URL/],
  [{ wal: { directory: '/x' } }, /^wal: not supported here: .*otlphttp with storage/],
  [{ sending_queue: {} }, /^sending_queue: not supported here: use remote_write_queue/],
  [{ compression: 'gzip' }, /^compression: only snappy/],
  [{ protobuf_message: 'x' }, /^protobuf_message: /],
  [{ headers: { 'Content-Encoding': 'x' } }, /^headers.Content-Encoding: .*remote write itself/],
  [{ external_labels: { 'a-b': 'x' } }, /a label is named/],
  [{ remote_write_queue: { queue_size: 0 } }, /^remote_write_queue.queue_size: /],
  [{ nonsense: 1 }, /nonsense/],
])('%j is an error that says so', (config, expected) => {
  const [fault = '', ...more] = faults(config)
  expect(fault).toMatch(expected)
  expect(more).toEqual([])
})
