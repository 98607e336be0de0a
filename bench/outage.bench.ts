import type { Benchmark, Measurement } from './measurement.ts'
import { runOutages } from './outage.ts'

const outageSeconds = Number(process.env['NETTRACER_OUTAGE_SECONDS'] ?? 60)
const intervalSeconds = 10

export const outage: Benchmark = {
  name: 'outage',
  method:
    'Twelve minutes of 10,000 points of 500 services every 10 s through the otlp exporter, with its queue on disk, to a real OpenTelemetry Collector, which in turn is stopped, paused (SIGSTOP), cut off at random, stopped while the sender is killed (SIGKILL), and killed, each for 60 s with as long a calm behind it. Points are known again by series and time.',
  async run(): Promise<Measurement[]> {
    const result = await runOutages({
      outageMs: outageSeconds * 1000,
      intervalMs: intervalSeconds * 1000,
      points: 10_000,
      services: 500,
      timeout: '5s',
    })
    return [
      { what: 'length', value: Math.round(result.seconds), unit: 's' },
      { what: 'points sent', value: result.points, unit: '', budget: { atLeast: 1 } },
      { what: 'points lost', value: result.lost, unit: '', budget: { exactly: 0 } },
      { what: 'points that came twice', value: result.doubled, unit: '' },
      ...[...result.recoveryMs].map(([name, ms]) => ({
        what: `recovery: ${name}`,
        value: ms / 1000,
        unit: 's',
        budget: { atMost: 10 },
      })),
      { what: 'requests on disk, most', value: result.mostOnDisk, unit: '' },
      {
        what: 'resident memory of the sender, most',
        value: result.rssMostMib,
        unit: 'MiB',
        budget: { atMost: 300 },
      },
    ]
  },
}
