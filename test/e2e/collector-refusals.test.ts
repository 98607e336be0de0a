import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { otlpConfig } from '../../src/exporter/otlp/config.ts'
import { OtlpExporter } from '../../src/exporter/otlp/exporter.ts'
import { until } from '../support/agent.ts'
import { manyPoints, metricsOf, resource } from '../support/metrics.ts'
import { Collector, otelcolIsThere } from '../support/otelcol.ts'
import { recordedSettings } from '../support/recorded-telemetry.ts'
import { sumPoints } from '../support/sum-points.ts'

async function collecting(settings: Parameters<typeof Collector.start>[0]) {
  const collector = await Collector.start(settings)
  onTestFinished(() => collector.remove())
  return collector
}

async function exporting(collector: Collector) {
  const recorded = recordedSettings('otlp')
  const exporter = new OtlpExporter(
    recorded.settings,
    otlpConfig.parse({
      endpoint: `127.0.0.1:${collector.grpcPort}`,
      tls: { insecure: true },
      retry_on_failure: { initial_interval: '100ms', max_interval: '500ms' },
      timeout: '20s',
    }),
  )
  await exporter.start()
  onTestFinished(async () => exporter.shutdown())
  return { exporter, ...recorded }
}

const valuesIn = (collector: Collector) =>
  collector.requests().flatMap((request) => sumPoints(request).map(({ value }) => value))

const wide = metricsOf(resource([manyPoints(12_000, 0, { text: 'x'.repeat(200) })]))
const all = Array.from({ length: 12_000 }, (_, at) => at)

describe.skipIf(!(await otelcolIsThere()))('a Collector that refuses', () => {
  test('requests over its limit gets them in halves, each point once', async () => {
    const collector = await collecting({ maxMessageMib: 1 })
    const { exporter, lines, readings } = await exporting(collector)
    exporter.consume(wide)
    await exporter.shutdown()
    await collector.stop()
    expect(valuesIn(collector).toSorted((a, b) => a - b)).toEqual(all)
    expect(lines[0]).toMatchObject({
      message: 'A request is too large for the backend and is sent in halves',
      fields: { reason: expect.stringMatching(/^RESOURCE_EXHAUSTED: .*larger than max/) },
    })
    const counts = await readings()
    expect(counts['nettracer.exporter.sent_points{otel.component.name=otlp}']).toBe(12_000)
  })

  test('for want of memory gets everything when it has memory again', async () => {
    const limiter = { check_interval: '100ms', limit_mib: 1, spike_limit_mib: 0 }
    const collector = await collecting({ processors: { memory_limiter: limiter } })
    const { exporter, lines } = await exporting(collector)
    // Before its first look at its memory it takes everything.
    const isRefusing = () =>
      readFileSync(collector.path('log'), 'utf8').includes('Memory usage is above')
    await until('the limiter to look', isRefusing)
    exporter.consume(wide)
    await until('a retry', () => lines.some(({ message }) => message.includes('is tried again')))
    expect(lines[0]?.fields['reason']).toMatch(/^UNAVAILABLE: .*memory/)
    expect(valuesIn(collector)).toEqual([])
    await collector.stop()
    const config = readFileSync(collector.path('config.yaml'), 'utf8')
    writeFileSync(
      collector.path('config.yaml'),
      config.replace('limit_mib: 1\n', 'limit_mib: 500\n'),
    )
    await collector.run()
    await until('all of it', () => valuesIn(collector).length === 12_000)
    expect(valuesIn(collector).toSorted((a, b) => a - b)).toEqual(all)
  })
})
