import { runLong } from './long-run.ts'
import { type Benchmark, type Measurement, median } from './measurement.ts'

const seconds = Number(process.env['NETTRACER_LONG_RUN_SECONDS'] ?? 600)

/** How far a ratio is from 1, in %. */
function awayFromOne(ratio: number): number {
  return Math.abs(ratio - 1) * 100
}

export const longRun: Benchmark = {
  name: 'long',
  method:
    'Ten minutes of namespaces and processes coming and going, with short connections, streams, aborts and refusals in them and on the host; the agent’s resident memory, its own coverage and losses.',
  async run(): Promise<Measurement[]> {
    const result = await runLong(seconds)
    const coverage = [...result.coverage].map(([counter, ratios]) => ({
      what: `coverage of ${counter}, away from 1, median`,
      value: awayFromOne(median(ratios)),
      unit: '%',
      budget: { atMost: 0.1 },
    }))
    return [
      { what: 'length', value: result.seconds, unit: 's' },
      { what: 'namespaces made and removed', value: result.namespaces, unit: '' },
      { what: 'connections', value: result.connections, unit: '' },
      { what: 'resident memory, first third', value: result.rssFirst, unit: 'MiB' },
      { what: 'resident memory, last third', value: result.rssLast, unit: 'MiB' },
      { what: 'resident memory, most', value: result.rssMost, unit: 'MiB' },
      {
        what: 'growth of it',
        value: result.rssLast - result.rssFirst,
        unit: 'MiB',
        budget: { atMost: 10 },
      },
      ...coverage,
      ...[...result.losses].map(([name, value]) => ({
        what: name,
        value,
        unit: '',
        budget: { exactly: 0 },
      })),
    ]
  },
}
