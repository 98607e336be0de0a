import { z } from 'zod'
import { onlyFalse, unsupported } from '../../config/unsupported.ts'
import { duration } from '../../config/values.ts'
import { headersConfig } from '../wire/headers-config.ts'
import { headerNameFault, httpClientKeys } from '../wire/http/client-config.ts'
import { urlFault } from '../wire/http/urls.ts'
import { namingKeys } from '../wire/prometheus/naming-config.ts'
import { retryConfigWith } from '../wire/retry-config.ts'

const protobufMessages = ['prometheus.WriteRequest', 'io.prometheus.write.v2.Request'] as const

export type ProtobufMessage = (typeof protobufMessages)[number]

function nameFault(name: string): string | undefined {
  return /^(content-encoding|content-type|x-prometheus-remote-write-version|user-agent)$/i.test(
    name,
  )
    ? 'this header belongs to remote write itself'
    : headerNameFault(name)
}

const queue = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('false: no backlog is kept, requests wait for a free sender only, 32 at most.'),
    queue_size: z
      .int()
      .min(1)
      .default(10_000)
      .describe(
        'Requests that the queue holds, being sent included, and never more than 64 MiB. When full, the oldest go.',
      ),
    num_consumers: z
      .int()
      .min(1)
      .default(5)
      .describe(
        'Requests sent at the same time. Only those of one collection are, so that samples of a series arrive in their order.',
      ),
  })
  .prefault({})
  .describe('Requests that wait for the backend, in memory.')

const switchOnly = (isOn: boolean, description: string) =>
  z
    .strictObject({ enabled: z.boolean().default(isOn).describe(description) })
    .prefault({})
    .describe(description)

/** The Collector's `prometheusremotewrite` exporter: same keys, same defaults, same meaning. */
export const remoteWriteConfig = z.strictObject({
  endpoint: z
    .string()
    .superRefine((text, context) => {
      const message = urlFault(text)
      if (message !== undefined) context.addIssue({ code: 'custom', message })
    })
    .describe('URL to write to, used as it is, for example `http://localhost:9090/api/v1/write`.'),
  protobuf_message: z
    .enum(protobufMessages)
    .default('prometheus.WriteRequest')
    .describe(
      'Remote write 1.0, or 2.0 (`io.prometheus.write.v2.Request`), which also tells unit, help and when a series began.',
    ),
  compression: z
    .enum(['snappy', ''], { error: 'only snappy is supported here: remote write knows no other' })
    .default('snappy')
    .describe('Compression of requests.'),
  namespace: z.string().default('').describe('Prefix of each metric name.'),
  external_labels: z
    .record(z.string(), z.string())
    .superRefine((labels, context) => {
      for (const name of Object.keys(labels)) {
        if (/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) continue
        const message = 'a label is named with letters, digits and "_", and begins with no digit'
        context.addIssue({ code: 'custom', path: [name], message })
      }
    })
    .default({})
    .describe('Given to each series that has no label of that name.'),
  headers: headersConfig(nameFault),
  timeout: duration
    .prefault('5s')
    .describe('Time limit of an attempt, and of sending the rest at shutdown. 0s: none, there 5s.'),
  retry_on_failure: retryConfigWith('50ms'),
  remote_write_queue: queue,
  max_batch_size_bytes: z
    .int()
    .min(1024)
    .default(3_000_000)
    .describe('Most bytes of a request, before compression.'),
  ...namingKeys,
  target_info: switchOnly(true, 'Write a `target_info` for each resource.'),
  send_metadata: z
    .boolean()
    .default(false)
    .describe('Write type, unit and help of metrics with each request; 2.0 always does.'),
  ...httpClientKeys,
  wal: unsupported('the queue is in memory; use otlphttp with storage to outlive a restart'),
  sending_queue: unsupported('use remote_write_queue'),
  max_batch_request_parallelism: unsupported('use remote_write_queue: num_consumers'),
  export_created_metric: unsupported('remote write 2.0 tells when a series began'),
  scope_info: unsupported('scopes are labels of each series'),
  disable_scope_info: onlyFalse('scopes are labels of each series'),
})

/** With defaults filled in and durations in milliseconds. */
export type RemoteWriteConfig = z.output<typeof remoteWriteConfig>
