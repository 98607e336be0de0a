import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ProtobufMessage } from '../src/exporter/prometheusremotewrite/config.ts'
import { remoteWriteFactory } from '../src/exporter/prometheusremotewrite/index.ts'
import { RemoteWriteWire } from '../src/exporter/prometheusremotewrite/remote-write-wire.ts'
import { RequestV1 } from '../src/exporter/prometheusremotewrite/request-v1.ts'
import { RequestV2 } from '../src/exporter/prometheusremotewrite/request-v2.ts'
import { snappy } from '../src/exporter/prometheusremotewrite/snappy.ts'
import type { Metrics } from '../src/model/metrics.ts'
import { recordedSettings } from '../test/support/recorded-telemetry.ts'
import { Interval } from './interval.ts'
import { longestTurn } from './longest-turn.ts'
import { type Benchmark, type Measurement, median } from './measurement.ts'

const sinkPath = fileURLToPath(new URL('./remote-write-sink.ts', import.meta.url))
const services = 500
const wantedPoints = 10_000
const warmUps = 10
const rounds = 15

const versions = ['prometheus.WriteRequest', 'io.prometheus.write.v2.Request'] as const
const bodies = {
  'prometheus.WriteRequest': () => new RequestV1({ hasMetadata: true }),
  'io.prometheus.write.v2.Request': () => new RequestV2(),
}

function intervals(): Interval {
  const perFlow = new Interval({ services: 1, flows: 1 }).next().points
  return new Interval({ services, flows: Math.ceil(wantedPoints / perFlow) })
}

function wireOf(version: ProtobufMessage): RemoteWriteWire {
  return new RemoteWriteWire({
    namespace: '',
    hasSuffixes: true,
    constLabels: {},
    isWithoutScope: false,
    hasResourceLabels: false,
    excludesServiceAttributes: false,
    externalLabels: {},
    hasTargetInfo: true,
    createBody: bodies[version],
  })
}

async function encode(wire: RemoteWriteWire, metrics: Metrics): Promise<Uint8Array[]> {
  const encoded: Uint8Array[] = []
  const lost = (items: number) => {
    throw new Error(`${items} points were not encoded`)
  }
  await wire.write(metrics, {
    maxRequestBytes: 3_000_000,
    onRequest: ({ body }) => void encoded.push(body),
    onTooLarge: lost,
    onUnfit: lost,
  })
  return encoded
}

async function cpuOf<Result>(work: () => Promise<Result>): Promise<[Result, ms: number]> {
  const before = process.cpuUsage()
  const result = await work()
  const { user, system } = process.cpuUsage(before)
  return [result, (user + system) / 1000]
}

async function costOf(version: ProtobufMessage) {
  const wire = wireOf(version)
  const interval = intervals()
  const costs: { encode: number; compress: number; points: number; bytes: number }[] = []
  for (let round = 0; round < warmUps + rounds; round += 1) {
    const metrics = interval.next()
    const [requests, encodeMs] = await cpuOf(async () => encode(wire, metrics))
    const [compressed, compressMs] = await cpuOf(async () => Promise.all(requests.map(snappy)))
    const bytes = compressed.reduce((sum, { length }) => sum + length, 0)
    if (round < warmUps) continue
    costs.push({ encode: encodeMs, compress: compressMs, points: metrics.points, bytes })
  }
  const of = (name: keyof (typeof costs)[number]) => median(costs.map((cost) => cost[name]))
  return {
    points: of('points'),
    encode: of('encode'),
    compress: of('compress'),
    bytes: of('bytes'),
  }
}

/** Of the exporter as it runs: encoding, compressing and sending to another process. */
async function longestTurnOf(version: ProtobufMessage): Promise<number> {
  const sink = fork(sinkPath)
  const [{ port }] = (await once(sink, 'message')) as [{ port: number }]
  const { settings, readings } = recordedSettings('rw')
  const config = remoteWriteFactory.config.parse({
    endpoint: `http://127.0.0.1:${port}/api/v1/write`,
    protobuf_message: version,
  })
  const exporter = remoteWriteFactory.create(settings, config)
  await exporter.start()
  const interval = intervals()
  const sent = async () =>
    (await readings())['nettracer.exporter.sent_points{otel.component.name=rw}'] ?? 0
  const turns: number[] = []
  let wanted = 0
  for (let round = 0; round < warmUps + rounds; round += 1) {
    const metrics = interval.next()
    wanted += metrics.points
    const turn = await longestTurn(async () => {
      exporter.consume(metrics)
      while ((await sent()) < wanted) await sleep(50)
    })
    if (round >= warmUps) turns.push(turn)
  }
  await exporter.shutdown()
  sink.disconnect()
  return median(turns)
}

export const remoteWrite: Benchmark = {
  name: 'remote-write',
  method:
    'An interval of 500 services from the series store through the prometheusremotewrite exporter. CPU of encoding and of compressing alone, median of 15 after 10 for warming up; a turn: the most CPU of the main thread between two turns of the event loop, garbage collection included, while the exporter sends it to another process, median of the same.',
  async run(): Promise<Measurement[]> {
    const measurements: Measurement[] = []
    for (const version of versions) {
      const name = version === 'prometheus.WriteRequest' ? '1.0' : '2.0'
      const { points, encode: ms, compress, bytes } = await costOf(version)
      measurements.push(
        { what: `${name}: points`, value: points, unit: '', budget: { atLeast: wantedPoints } },
        { what: `${name}: CPU to encode them`, value: ms, unit: 'ms', budget: { atMost: 30 } },
        { what: `${name}: CPU to compress them`, value: compress, unit: 'ms' },
        { what: `${name}: size compressed`, value: Math.round(bytes / 1024), unit: 'KiB' },
        {
          what: `${name}: longest turn`,
          value: await longestTurnOf(version),
          unit: 'ms',
          budget: { atMost: 20 },
        },
      )
    }
    return measurements
  },
}
