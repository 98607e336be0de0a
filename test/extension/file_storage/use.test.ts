import { expect, test } from 'vitest'
import { loadConfig } from '../../../src/config/load.ts'
import { registry } from '../../../src/service/registry.ts'

const load = (queue: string, service: string, exporter = 'otlp') =>
  loadConfig(
    [
      `yaml:
receivers: { nettracer: }
extensions: { file_storage/a: { directory: /tmp } }
exporters: { ${exporter}: { endpoint: "http://localhost:4317", sending_queue: ${queue} } }
service:
  extensions: ${service}
  pipelines: { metrics: { receivers: [nettracer], exporters: [${exporter}] } }
`,
    ],
    registry,
    {},
  )

test.each(['otlp', 'otlp_grpc', 'otlphttp'])(
  '%s keeps its queue in the extension that it names',
  (type) => {
    expect(() => load('{ storage: file_storage/a }', '[file_storage/a]', type)).not.toThrow()
  },
)

test.each([
  ['{ storage: file_storage/b }', '[file_storage/a]', /no extension "file_storage\/b"/],
  ['{ storage: file_storage/a }', '[]', /is not in use: service.extensions must name it too/],
  ['{ storage: otlp }', '[file_storage/a]', /"otlp" is an exporter, not an extension/],
])('storage %s with the extensions %s is an error', (queue, extensions, message) => {
  expect(() => load(queue, extensions)).toThrow(message)
})

test('a queue that is off needs no storage', () => {
  expect(() =>
    load('{ enabled: false, storage: file_storage/b }', '[file_storage/a]'),
  ).not.toThrow()
})
