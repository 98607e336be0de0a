import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { printConfig } from '../../src/config/print.ts'
import { registry } from '../../src/service/registry.ts'
import { ConfigFiles } from '../support/config-files.ts'

function load(exporters: string, profile = 'dynatrace', names = 'otlp') {
  const text = `receivers:
  nettracer: { profile: ${profile} }
exporters:
${exporters}
service:
  pipelines:
    metrics:
      receivers: [nettracer]
      exporters: [${names}]
`
  using files = new ConfigFiles()
  return loadConfig([files.write('config.yaml', text)], registry, {})
}

const otlp = '  otlp: { endpoint: "localhost:4317" }'

describe('a receiver that makes deltas only', () => {
  test('gives the preference that nobody wrote, and print-config shows it', () => {
    const loaded = load(otlp)
    expect(loaded.exporters.get('otlp')?.config).toMatchObject({ temporality_preference: 'delta' })
    expect(printConfig(loaded)).toContain('temporality_preference: delta')
  })

  test.each(['delta', 'lowmemory'])('takes %s as it is written', (preference) => {
    const loaded = load(`${otlp.slice(0, -2)}, temporality_preference: ${preference} }`)
    expect(loaded.exporters.get('otlp')?.config).toMatchObject({
      temporality_preference: preference,
    })
    expect(loaded.warnings).toEqual([])
  })

  test('refuses another preference, with its place', () => {
    expect(() =>
      load('  otlp:\n    endpoint: localhost:4317\n    temporality_preference: cumulative'),
    ).toThrow(
      /:6:29: exporters\.otlp\.temporality_preference: must be left out or fit: receiver nettracer makes delta only \(profile: dynatrace\)/,
    )
  })

  test('refuses an exporter that shows totals only, where the pipeline names it', () => {
    expect(() =>
      load(
        `${otlp}\n  prometheus: { endpoint: "localhost:9464" }`,
        'dynatrace',
        'otlp, prometheus',
      ),
    ).toThrow(
      /:10:25: service\.pipelines\.metrics\.exporters\[1\]: "prometheus" takes cumulative only, but receiver nettracer/,
    )
  })

  test('goes with exporters that take whatever comes', () => {
    expect(load('  debug:', 'dynatrace', 'debug').warnings).toEqual([])
  })
})

test.each(['nettracer', 'semconv'])('profile %s leaves the preference as it is', (profile) => {
  const loaded = load(otlp, profile)
  expect(loaded.exporters.get('otlp')?.config).toMatchObject({
    temporality_preference: 'cumulative',
  })
})
