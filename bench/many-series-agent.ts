// A process of its own: the agent's receiver, pipeline and OTLP exporter over connections that are made up, so many
// series as it is told. Tells its parent what a collection costs.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Flow } from '../src/connection/flow.ts'
import { otlpFactory } from '../src/exporter/otlp/index.ts'
import { nettracerConfig } from '../src/receiver/nettracer/config.ts'
import { NettracerReceiver } from '../src/receiver/nettracer/receiver.ts'
import type { Sink, Source, SourceHealth } from '../src/source/source.ts'
import { flow, increment, processKey } from '../test/support/increment.ts'
import { recordedSettings } from '../test/support/recorded-telemetry.ts'
import { longestTurn } from './longest-turn.ts'
import type { ManySeries, ManySeriesCosts } from './many-series.bench.ts'
import { median } from './measurement.ts'

const processes = 500
const rounds = 4

/** Each series has one connection; a tenth of them goes on in each interval, with other round-trip times. */
class MadeUpSource implements Source {
  readonly name = 'replay'
  readonly #flows: Flow[]
  #sink: Sink | undefined
  #interval = 0

  constructor(series: number) {
    const keys = Array.from({ length: processes }, (_, at) => processKey(4_000_000 + at))
    this.#flows = Array.from({ length: series }, (_, at) =>
      flow({
        process: keys[at % processes] ?? processKey(1),
        remoteAddress: `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`,
      }),
    )
  }

  async start(sink: Sink): Promise<void> {
    this.#sink = sink
  }

  drain(): boolean {
    return false
  }

  async collect(): Promise<void> {
    const isFirst = this.#interval === 0
    this.#interval += 1
    for (let at = 0; at < this.#flows.length; at += 1) {
      if (isFirst || at % 10 === this.#interval % 10) this.#report(at, isFirst)
      if (at % 4096 === 0) await sleep(0)
    }
  }

  #report(at: number, isFirst: boolean): void {
    const seed = (at * 2_654_435_761 + this.#interval * 97) % 1000
    this.#sink?.connection(
      increment({
        flow: this.#flows[at] ?? flow(),
        bytesTx: 1000 + seed * 17,
        bytesRx: 5000 + seed * 91,
        pktsTx: 10 + (seed % 7),
        pktsRx: 12 + (seed % 5),
        opened: isFirst ? 1 : 0,
        active: isFirst ? 1 : 0,
        srttUs: 150 + seed,
        rttVarianceUs: 20 + (seed % 31),
        connectDurationNs: isFirst ? 100_000 + seed * 1000 : -1,
      }),
    )
  }

  health(): SourceHealth {
    return {
      records: 0,
      ringFull: 0,
      lost: 0,
      responsesLost: 0,
      undescribed: 0,
      endsMissed: 0,
      unknownRecords: 0,
      sockets: 0,
      unowned: 0,
      flowTableResets: 0,
      programs: [],
    }
  }

  async stop(): Promise<void> {}
}

function statusMib(field: 'VmRSS' | 'VmHWM'): number {
  const text = readFileSync('/proc/self/status', 'utf8')
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? Number.NaN) / 1024
}

async function measure({ port, series }: ManySeries): Promise<ManySeriesCosts> {
  const { settings, readings } = recordedSettings('otlp')
  const config = otlpFactory.config.parse({
    endpoint: `127.0.0.1:${port}`,
    tls: { insecure: true },
    compression: 'none',
  })
  const exporter = otlpFactory.create(settings, config)
  await exporter.start()
  const receiver = new NettracerReceiver(
    recordedSettings('nettracer').settings,
    nettracerConfig.parse({
      collection_interval: '1h',
      series_limit: series,
      peers: { public: 'address' },
    }),
    { metrics: [{ consumer: exporter, temporality: 'cumulative' }], logs: undefined },
    { createSource: () => new MadeUpSource(series) },
  )
  await receiver.start()
  const sent = async () =>
    (await readings())['nettracer.exporter.sent_points{otel.component.name=otlp}'] ?? 0
  const cpu: number[] = []
  const rss: number[] = []
  let points = 0
  for (let round = 0; round < rounds; round += 1) {
    const sentBefore = await sent()
    const before = process.cpuUsage()
    await receiver.collect()
    const { user, system } = process.cpuUsage(before)
    if (round > 0) cpu.push((user + system) / 1000)
    rss.push(statusMib('VmRSS'))
    await sleep(500)
    points = (await sent()) - sentBefore
  }
  const turns: number[] = []
  for (let round = 0; round < 3; round += 1)
    turns.push(await longestTurn(async () => receiver.collect()))
  return {
    points,
    cpuMs: median(cpu),
    longestTurnMs: median(turns),
    rssMib: median(rss),
    mostRssMib: statusMib('VmHWM'),
  }
}

process.on('message', (settings: ManySeries) => {
  void measure(settings).then((costs) => process.send?.(costs))
})
process.on('disconnect', () => process.exit(0))
