import { type ChildProcess, fork } from 'node:child_process'
import { on, once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { otlpFactory } from '../src/exporter/otlp/index.ts'
import { encodeMetrics } from '../src/exporter/wire/encode/metrics.ts'
import type { MetricsExporter } from '../src/model/component.ts'
import type { Metrics } from '../src/model/metrics.ts'
import { recordedSettings } from '../test/support/recorded-telemetry.ts'
import { Interval } from './interval.ts'
import { type Benchmark, type Measurement, median } from './measurement.ts'
import { formatValue } from './table.ts'

const serverPath = fileURLToPath(new URL('./discard-server.ts', import.meta.url))
const services = 500
const wantedPoints = 10_000
const warmUps = 10
const rounds = 15

interface Cost {
  readonly collectMs: number
  readonly exportMs: number
  readonly points: number
  readonly bytes: number
}

function cpuMs({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000
}

/** Sends, and waits until the other process has decoded every point. */
async function deliver(
  exporter: MetricsExporter,
  server: ChildProcess,
  metrics: Metrics,
): Promise<number> {
  const messages = on(server, 'message')
  exporter.consume(metrics)
  let points = 0
  let bytes = 0
  for await (const [message] of messages) {
    const received = message as { points: number; bytes: number }
    points += received.points
    bytes += received.bytes
    if (points >= metrics.points) break
  }
  if (points !== metrics.points) throw new Error(`${points} of ${metrics.points} points arrived`)
  return bytes
}

/** CPU of encoding alone, for so many points or some more. */
function encoding(points: number): { readonly points: number; readonly cpu: number } {
  const interval = new Interval({ services, flows: flowsFor(points) })
  const costs: number[] = []
  let encoded = 0
  for (let round = 0; round < warmUps + rounds; round += 1) {
    const metrics = interval.next()
    encoded = metrics.points
    const before = process.cpuUsage()
    for (const resource of metrics.resourceMetrics) encodeMetrics(resource)
    if (round >= warmUps) costs.push(cpuMs(process.cpuUsage(before)))
  }
  return { points: encoded, cpu: median(costs) }
}

function flowsFor(points: number): number {
  return Math.ceil(points / new Interval({ services: 1, flows: 1 }).next().points)
}

async function measure(compression: 'none' | 'gzip', flows: number): Promise<Cost> {
  const server = fork(serverPath, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const [{ port }] = (await once(server, 'message')) as [{ port: number }]
  const config = otlpFactory.config.parse({
    endpoint: `127.0.0.1:${port}`,
    tls: { insecure: true },
    compression,
  })
  const exporter = otlpFactory.create(recordedSettings('otlp').settings, config)
  await exporter.start()
  const interval = new Interval({ services, flows })
  const costs: Cost[] = []
  for (let round = 0; round < warmUps + rounds; round += 1) {
    const beforeCollect = process.cpuUsage()
    const metrics = interval.next()
    const collectMs = cpuMs(process.cpuUsage(beforeCollect))
    const beforeExport = process.cpuUsage()
    const bytes = await deliver(exporter, server, metrics)
    const exportMs = cpuMs(process.cpuUsage(beforeExport))
    if (round >= warmUps) costs.push({ collectMs, exportMs, points: metrics.points, bytes })
  }
  await exporter.shutdown()
  server.disconnect()
  const of = (pick: (cost: Cost) => number): number => median(costs.map(pick))
  return {
    collectMs: of((cost) => cost.collectMs),
    exportMs: of((cost) => cost.exportMs),
    points: of((cost) => cost.points),
    bytes: of((cost) => cost.bytes),
  }
}

export const exporting: Benchmark = {
  name: 'export',
  method:
    'An interval of 500 services from the series store through the otlp exporter to a gRPC server in another process that decodes it all; CPU of our process alone, median of 15 after 10 for warming up.',
  async run(): Promise<Measurement[]> {
    const some = encoding(wantedPoints)
    const many = encoding(10 * wantedPoints)
    const flows = flowsFor(wantedPoints)
    const plain = await measure('none', flows)
    const gzip = await measure('gzip', flows)
    return [
      {
        what: 'points of the interval',
        value: plain.points,
        unit: '',
        budget: { atLeast: wantedPoints },
      },
      { what: 'resources', value: services, unit: '' },
      { what: 'CPU to encode it', value: some.cpu, unit: 'ms', budget: { atMost: 30 } },
      {
        what: 'CPU to encode and send it',
        value: plain.exportMs,
        unit: 'ms',
        budget: { atMost: 60 },
      },
      { what: 'size of the request', value: Math.round(plain.bytes / 1024), unit: 'KiB' },
      { what: 'CPU to encode, gzip and send it', value: gzip.exportMs, unit: 'ms' },
      {
        what: `CPU to encode ${formatValue(many.points)} points`,
        value: many.cpu,
        unit: 'ms',
        budget: { atMost: 250 },
      },
      { what: 'CPU to collect it from the series', value: plain.collectMs, unit: 'ms' },
    ]
  },
}
