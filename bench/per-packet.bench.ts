import { CountedSource } from './counted-source.ts'
import type { Benchmark, Measurement } from './measurement.ts'
import { Namespace } from './namespace.ts'
import { ProgramClock, readTimes, timeBetween } from './program-times.ts'
import { stream } from './traffic.ts'

const bytes = 5_000_000_000
/** More than any connection takes; a segment or a write that made one run would be far above. */
const runsPerEnd = 10

export const perPacket: Benchmark = {
  name: 'per-packet',
  method:
    '5 GB over one connection in packets of 1,500 bytes; response times and UDP off; how often each attached program ran meanwhile, on the whole machine. Passes are not counted: they run once an interval and socket.',
  async run(): Promise<Measurement[]> {
    using namespace = new Namespace()
    using _clock = new ProgramClock()
    await using counted = await CountedSource.start({
      hasResponseTimes: false,
      hasDatagrams: false,
    })
    const { source } = counted
    namespace.run('ip', 'link', 'set', 'lo', 'mtu', '1500')
    counted.reset()
    const before = readTimes(source)
    await stream(namespace, bytes)
    const after = readTimes(source)
    await source.collect()
    const counts = counted.counts(namespace.netns)
    // The traffic of others makes them run too.
    const { ends } = counted
    const segments = counts.pktsTx + counts.pktsRetr
    const programs = [...after.keys()].filter((name) => !name.endsWith('_pass'))
    return [
      {
        what: 'payload bytes counted',
        value: counts.bytesTx,
        unit: 'By',
        budget: { exactly: bytes },
      },
      { what: 'connections that ended meanwhile, on the whole machine', value: ends, unit: '' },
      { what: 'segments counted', value: segments, unit: '' },
      ...programs.map((name) => ({
        what: `runs of ${name}`,
        value: timeBetween(before, after, name).runCount,
        unit: '',
        budget: { atMost: runsPerEnd * (ends + 2) },
      })),
    ]
  },
}
