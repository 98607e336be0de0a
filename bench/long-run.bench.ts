import { runLong } from './long-run.ts'
import { type Benchmark, type Measurement, median } from './measurement.ts'

/** Shorter for those who look for a cause; the budgets are meant for ten minutes. */
const seconds = Number(process.env['NETTRACER_LONG_RUN_SECONDS'] ?? 600)

/** How far a ratio is from 1, in %. */
function fromOne(ratio: number): number {
  return (ratio - 1) * 100
}

function coverageOf(counter: string, ratios: readonly number[]): Measurement[] {
  const what = `coverage of ${counter}, away from 1`
  return [
    {
      what: `${what}, median`,
      value: Math.abs(fromOne(median(ratios))),
      unit: '%',
      budget: { atMost: 0.1 },
    },
    {
      what: `${what}, at the end`,
      value: Math.abs(fromOne(ratios.at(-1) ?? Number.NaN)),
      unit: '%',
      budget: { atMost: 0.1 },
    },
    { what: `${what}, least`, value: fromOne(Math.min(...ratios)), unit: '%' },
    { what: `${what}, most`, value: fromOne(Math.max(...ratios)), unit: '%' },
  ]
}

export const longRun: Benchmark = {
  name: 'long',
  method:
    'Ten minutes of namespaces and processes coming and going, with short connections, streams, aborts and refusals in them and on the host. The agent runs as with the embedded configuration and an OTLP endpoint: every 10 s, to a Collector and to a page that is scraped every 15 s; instead of the console a file, in which its own coverage, series and losses are read. The first quarter is for warming up. Coverage compares two counts that are not read at the same instant: connections that open just then make single readings differ by as many.',
  async run(): Promise<Measurement[]> {
    const result = await runLong(seconds)
    const [first = Number.NaN, second = Number.NaN, last = Number.NaN] = result.rssThirds
    return [
      { what: 'length', value: seconds, unit: 's' },
      { what: 'namespaces made and removed', value: result.namespaces, unit: '' },
      { what: 'connections', value: result.connections, unit: '' },
      { what: 'series, median', value: median(result.series), unit: '' },
      { what: 'series, most', value: Math.max(...result.series), unit: '' },
      { what: 'points sent over OTLP', value: result.points, unit: '', budget: { atLeast: 1 } },
      { what: 'resident memory, first third', value: first, unit: 'MiB' },
      { what: 'resident memory, second third', value: second, unit: 'MiB' },
      { what: 'resident memory, last third', value: last, unit: 'MiB' },
      { what: 'resident memory, most', value: result.rssMost, unit: 'MiB' },
      {
        what: 'growth of it, first to last third',
        value: last - first,
        unit: 'MiB',
        budget: { atMost: 10 },
      },
      ...[...result.coverage].flatMap(([counter, ratios]) => coverageOf(counter, ratios)),
      ...[...result.losses].map(([name, value]) => ({
        what: name,
        value,
        unit: '',
        budget: { exactly: 0 },
      })),
    ]
  },
}
