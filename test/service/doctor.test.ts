import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { prometheusFactory } from '../../src/exporter/prometheus/index.ts'
import { inspectAgent } from '../../src/service/doctor.ts'
import { testCatalogue } from '../support/test-components.ts'

function config(endpoint: string, used = 'prometheus') {
  const catalogue = testCatalogue()
  const exporters = [...catalogue.exporters, prometheusFactory]
  const yaml = `
receivers: { nettracer: }
exporters: { prometheus: { endpoint: "${endpoint}" }, otlp: { endpoint: a } }
service: { pipelines: { metrics: { receivers: [nettracer], exporters: [${used}] } } }`
  return loadConfig([`yaml:${yaml}`], { ...catalogue, exporters }, {})
}

async function withPage(page: string, use: (port: number) => Promise<void>): Promise<void> {
  const server = createServer((_, response) => response.end(page)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    await use((server.address() as AddressInfo).port)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

const page = `# HELP nettracer_exporter_uptime_seconds Time.
nettracer_exporter_uptime_seconds{job="otel-nettracer",instance="x",otel_scope_name="y"} 12
nettracer_exporter_cpu_time_seconds_total{job="a",cpu_mode="user",instance="b"} 0.5
nettracer_coverage{job="a",nettracer_counter="opens"} 1
nettracer_bytes_tx_bytes_total{job="a"} 7
`

test('a running agent tells its own metrics', async () => {
  await withPage(page, async (port) => {
    const findings = await inspectAgent(config(`0.0.0.0:${port}`))
    expect(findings.map(({ detail }) => detail)).toEqual([
      `answers at http://127.0.0.1:${port}/metrics: 3 own metrics`,
      'nettracer_exporter_uptime_seconds 12',
      'nettracer_exporter_cpu_time_seconds_total{cpu_mode="user"} 0.5',
      'nettracer_coverage{nettracer_counter="opens"} 1',
    ])
  })
})

test('no running agent is said, and no failure', async () => {
  const [finding, ...more] = await inspectAgent(config('127.0.0.1:1'))
  expect(finding).toMatchObject({
    isOk: true,
    detail: expect.stringMatching(/^none at http:\/\/127\.0\.0\.1:1\/metrics: /),
  })
  expect(more).toEqual([])
})

test('without a prometheus exporter in use nobody is asked', async () => {
  const [finding] = await inspectAgent(config('127.0.0.1:1', 'otlp'))
  expect(finding?.detail).toMatch(/^not asked/)
})
