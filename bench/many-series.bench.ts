import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Benchmark, Measurement } from './measurement.ts'

export interface ManySeries {
  /** Of a receiver of OTLP. */
  readonly port: number
  /** Attribute sets: each gives some 15 points. */
  readonly series: number
}

export interface ManySeriesCosts {
  /** Sent by one collection. */
  readonly points: number
  readonly cpuMs: number
  readonly longestTurnMs: number
  readonly rssMib: number
  readonly mostRssMib: number
}

const sinkPath = fileURLToPath(new URL('./sink-server.ts', import.meta.url))
const agentPath = fileURLToPath(new URL('./many-series-agent.ts', import.meta.url))

async function measure(series: number): Promise<ManySeriesCosts> {
  const sink = fork(sinkPath)
  const [{ port }] = (await once(sink, 'message')) as [{ port: number }]
  // As the command runs.
  const agent = fork(agentPath, { execArgv: ['--max-semi-space-size=1'] })
  agent.send({ port, series } satisfies ManySeries)
  const [costs] = (await once(agent, 'message')) as [ManySeriesCosts]
  agent.disconnect()
  sink.disconnect()
  return costs
}

export const manySeries: Benchmark = {
  name: 'many-series',
  method:
    'The receiver with connections that are made up, its pipeline and the otlp exporter in a process of their own, started as the command is; another process takes the requests. 500 processes; each series has one connection, and a tenth of them goes on in each interval. CPU, resident memory: median of the collections after the first; a turn: the most CPU of the main thread between two turns of the event loop, garbage collection included, median of 3 collections.',
  async run(): Promise<Measurement[]> {
    const some = await measure(7_000)
    const many = await measure(100_000)
    return [
      {
        what: 'points of 7,000 attribute sets',
        value: some.points,
        unit: '',
        budget: { atLeast: 100_000 },
      },
      { what: 'CPU to collect, encode and send them', value: some.cpuMs, unit: 'ms' },
      { what: 'longest turn', value: some.longestTurnMs, unit: 'ms', budget: { atMost: 20 } },
      { what: 'resident memory', value: some.rssMib, unit: 'MiB', budget: { atMost: 300 } },
      { what: 'points of 100,000 attribute sets', value: many.points, unit: '' },
      { what: 'CPU to collect, encode and send them', value: many.cpuMs, unit: 'ms' },
      { what: 'longest turn', value: many.longestTurnMs, unit: 'ms' },
      { what: 'resident memory', value: many.rssMib, unit: 'MiB' },
    ]
  },
}
