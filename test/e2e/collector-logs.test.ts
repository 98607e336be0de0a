import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { debugConfig } from '../../src/exporter/debug/config.ts'
import { DebugLogsExporter } from '../../src/exporter/debug/exporter.ts'
import { fileConfig } from '../../src/exporter/file/config.ts'
import { FileLogsExporter } from '../../src/exporter/file/exporter.ts'
import { SharedOutput } from '../../src/exporter/file/shared-output.ts'
import { otlpConfig } from '../../src/exporter/otlp/config.ts'
import { OtlpLogsExporter } from '../../src/exporter/otlp/exporter.ts'
import type { Logs } from '../../src/model/logs.ts'
import { Agent, otlpTo } from '../support/agent.ts'
import { startProgram } from '../support/agent-traffic.ts'
import { logRecord, logsOf, manyRecords, resourceLogs } from '../support/logs.ts'
import { commandIn, createNamespace } from '../support/netns.ts'
import { Collector, otelcolIsThere } from '../support/otelcol.ts'
import { type FlatRecord, recordsOfModel, recordsOfOtlp } from '../support/otlp-logs.ts'
import { recordedSettings } from '../support/recorded-telemetry.ts'

async function collecting(settings: Parameters<typeof Collector.start>[0] = {}) {
  const collector = await Collector.start(settings)
  onTestFinished(() => collector.remove())
  return collector
}

async function send(collector: Collector, ...batches: Logs[]): Promise<void> {
  const config = otlpConfig.parse({ endpoint: `http://127.0.0.1:${collector.grpcPort}` })
  const exporter = new OtlpLogsExporter(recordedSettings('otlp').settings, config)
  await exporter.start()
  for (const logs of batches) exporter.consume(logs)
  await exporter.shutdown()
}

const everything = logsOf(
  resourceLogs([
    logRecord(),
    logRecord({
      severity: 'WARN',
      body: 'naïve ☃ "quoted"',
      attributes: { a: 'ß', b: -5, c: 1e-9 },
    }),
  ]),
  resourceLogs([logRecord({ attributes: {} })], { 'service.name': 'cart', 'process.pid': 7 }),
)

/** In one order: several requests are under way at the same time. */
const sorted = (records: readonly FlatRecord[]) =>
  records
    .map((record) => ({
      ...record,
      attributes: Object.entries(record.attributes).map(String).toSorted(),
    }))
    .map((record) => JSON.stringify(record))
    .toSorted()

const received = (collector: Collector) => collector.logsRequests().flatMap(recordsOfOtlp)

describe.skipIf(!(await otelcolIsThere()))('a real OpenTelemetry Collector', () => {
  test('has every log record as it was sent', async () => {
    const collector = await collecting()
    const many = logsOf(resourceLogs(manyRecords(20_000)))
    await send(collector, everything, many)
    await collector.stop()
    expect(sorted(received(collector))).toEqual(sorted([everything, many].flatMap(recordsOfModel)))
  })

  test('its file exporter writes the very line that ours writes', async () => {
    const collector = await collecting()
    const path = join(collector.folder, 'ours.jsonl')
    const { settings } = recordedSettings('file')
    const config = fileConfig.parse({ path })
    const file = new FileLogsExporter(settings, config, new SharedOutput(settings, config))
    await file.start()
    file.consume(everything)
    await file.shutdown()
    await send(collector, everything)
    await collector.stop()
    // Go pads exponents to two digits.
    const theirs = readFileSync(collector.path('logs.jsonl'), 'utf8').replaceAll(/e-0/g, 'e-')
    expect(readFileSync(path, 'utf8')).toBe(theirs)
  })

  test.each(['basic', 'normal', 'detailed'])(
    'its debug exporter writes the %s text that ours writes',
    async (verbosity) => {
      const config = { verbosity, use_internal_logger: false }
      const folder = mkdtempSync(join(tmpdir(), 'nettracer-debug-'))
      onTestFinished(() => rmSync(folder, { recursive: true }))
      const collector = await collecting({
        logsExporters: { debug: { ...config, output_paths: [`${folder}/debug.txt`] } },
      })
      let ours = ''
      const { settings } = recordedSettings('debug')
      const debug = new DebugLogsExporter(settings, debugConfig.parse(config), (text) => {
        ours += text
        return true
      })
      debug.consume(everything)
      await debug.shutdown()
      await send(collector, everything)
      await collector.stop()
      expect(ours).toBe(readFileSync(`${folder}/debug.txt`, 'utf8'))
    },
  )

  test('has a record of each connection at each end, the same as our own file, under the resource of its process', async () => {
    const count = 300
    const collector = await collecting()
    const file = join(collector.folder, 'ours.jsonl')
    const agent = await Agent.start({
      config: {
        receivers: { nettracer: { collection_interval: '1s', close_records: { rate_limit: 0 } } },
        processors: { batch: {} },
        exporters: { otlp: otlpTo(collector.grpcPort), file: { path: file } },
        service: {
          pipelines: {
            metrics: { receivers: ['nettracer'], exporters: ['otlp'] },
            logs: { receivers: ['nettracer'], processors: ['batch'], exporters: ['otlp', 'file'] },
          },
        },
      },
    })
    const through = commandIn(await createNamespace())
    const env = { OTEL_SERVICE_NAME: 'caller', OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=c-1' }
    const client = startProgram({ env, through })
    const server = startProgram({ env: { OTEL_SERVICE_NAME: 'callee' }, through })
    const port = await server.run<number>('l = listen(); port_of(l)')
    const [ports] = await Promise.all([
      client.run<number[]>(
        'ports = []',
        `for at in range(${count}):`,
        `    s = connect('127.0.0.1', ${port}); ports.append(port_of(s)); send(s, 100 + at); receive(s, 7)`,
        '    receive(s); s.close()',
        'ports',
      ),
      server.run(
        `for at in range(${count}): c = accept(l); receive(c, 100 + at); send(c, 7); c.close()`,
      ),
    ])
    await agent.stop()
    await collector.stop()

    const records = received(collector)
    const own = readFileSync(file, 'utf8').trimEnd().split('\n')
    expect(sorted(records)).toEqual(sorted(own.flatMap((line) => recordsOfOtlp(JSON.parse(line)))))
    const of = (role: string) =>
      records.filter(
        ({ attributes: all }) =>
          all['server.port'] === `intValue:${port}` &&
          all['nettracer.role'] === `stringValue:${role}`,
      )
    for (const [role, service, sent, got] of [
      ['client', 'caller', (at: number) => 100 + at, () => 7],
      ['server', 'callee', () => 7, (at: number) => 100 + at],
    ] as const) {
      const ofRole = of(role)
      const rows = ofRole.map(({ attributes: all }) => [
        all['client.port'],
        all['nettracer.bytes_tx'],
        all['nettracer.bytes_rx'],
      ])
      const expected = ports.map((one, at) =>
        [one, sent(at), got(at)].map((value) => `intValue:${value}`),
      )
      expect(rows.map(String).toSorted()).toEqual(expected.map(String).toSorted())
      expect(new Set(ofRole.map(({ resource }) => resource['service.name']))).toEqual(
        new Set([`stringValue:${service}`]),
      )
      expect(ofRole.every(({ eventName }) => eventName === 'nettracer.connection')).toBe(true)
    }
    // Both sides closed in order.
    expect(of('client').every(({ severity }) => severity === 'INFO 9')).toBe(true)
  })

  test('is told what the rate limit left out, so that nothing is missing in the sum', async () => {
    const count = 400
    const collector = await collecting()
    const agent = await Agent.start({
      config: {
        receivers: {
          nettracer: {
            collection_interval: '1s',
            close_records: { sampling: 'errors', rate_limit: 1, burst: 50 },
          },
        },
        exporters: { otlp: otlpTo(collector.grpcPort) },
        service: { pipelines: { logs: { receivers: ['nettracer'], exporters: ['otlp'] } } },
      },
    })
    const client = startProgram({ through: commandIn(await createNamespace()) })
    await client.run(`for _ in range(${count}): try_connect('127.0.0.1', 9)`)
    await agent.stop()
    await collector.stop()
    const records = received(collector)
    const made = records.filter(({ eventName }) => eventName === 'nettracer.connection')
    const leftOut = records
      .filter(({ attributes: all }) => all['nettracer.drop.reason'] === 'stringValue:rate_limit')
      .map(({ attributes: all }) => Number(all['nettracer.left_out']?.replace('intValue:', '')))
    const ofOthers = made.filter(
      ({ attributes: all }) => all['error.type'] !== 'stringValue:refused',
    )
    expect(made.length).toBeLessThan(count)
    // Errors of other programs on this machine share the limit.
    const all = made.length + leftOut.reduce((sum, one) => sum + one, 0)
    expect(all).toBeGreaterThanOrEqual(count + ofOthers.length)
    expect(made.every(({ severity }) => severity === 'WARN 13')).toBe(true)
  })
})
