import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { printConfig } from '../../src/config/print.ts'
import { testCatalogue } from '../support/test-components.ts'

function printed(exporter: string): string {
  const text = `
receivers: { nettracer: { collection_interval: 1m } }
exporters: { otlp: ${exporter} }
service: { pipelines: { metrics: { receivers: [nettracer], exporters: [otlp] } } }`
  return printConfig(loadConfig([`yaml:${text}`], testCatalogue(), { TOKEN: 'hunter2' }))
}

test('the effective configuration has its defaults, as a user writes them', () => {
  expect(printed('{ endpoint: a }')).toBe(`receivers:
  nettracer:
    collection_interval: 1m
    source: auto
    series_limit: 20000
exporters:
  otlp:
    endpoint: a
    headers: {}
    tls:
      insecure: false
    tags: []
    ratio: 0.5
    temporality: cumulative
service:
  extensions: []
  pipelines:
    metrics:
      receivers:
        - nettracer
      processors: []
      exporters:
        - otlp
  reload:
    on_change: false
    interval: 5s
  telemetry:
    logs:
      level: info
      encoding: console
      sampling:
        enabled: false
        tick: 10s
        initial: 10
        thereafter: 100
      output_paths:
        - stderr
      initial_fields: {}
    metrics:
      level: normal
    resource: {}
`)
})

test('what is printed is a configuration that prints the same', () => {
  const once = printed('{ endpoint: a, ratio: 0.1, tags: [x] }')
  expect(printConfig(loadConfig([`yaml:${once}`], testCatalogue(), {}))).toBe(once)
})

test.each([
  { secret: 'a header', exporter: '{ endpoint: a, headers: { x-any: "${env:TOKEN}" } }' },
  {
    secret: 'a header in a list',
    exporter: '{ endpoint: a, headers: [{ name: b, value: hunter2 }] }',
  },
  { secret: 'a password', exporter: '{ endpoint: a, password: hunter2 }' },
  { secret: 'the user of a URL', exporter: '{ endpoint: "http://me:hunter2@a/b" }' },
])('$secret is masked', ({ exporter }) => {
  expect(printed(exporter)).toContain('[REDACTED]')
  expect(printed(exporter)).not.toContain('hunter2')
})

test('extensions are printed with their defaults', () => {
  const text = `
receivers: { nettracer: }
exporters: { otlp: { endpoint: a } }
extensions: { keeper: }
service: { extensions: [keeper], pipelines: { metrics: { receivers: [nettracer], exporters: [otlp] } } }`
  const print = printConfig(loadConfig([`yaml:${text}`], testCatalogue(), {}))
  expect(print).toContain('\nextensions:\n  keeper:\n    place: here\n')
})
