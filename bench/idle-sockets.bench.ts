import { CountedSource } from './counted-source.ts'
import { type Benchmark, type Measurement, median } from './measurement.ts'
import { Namespace } from './namespace.ts'
import { ProgramClock, readTimes, timeBetween } from './program-times.ts'
import { IdleConnections } from './traffic.ts'

const connections = 25_000
const passes = 9

export const idleSockets: Benchmark = {
  name: 'idle-sockets',
  method:
    '25,000 idle connections with both ends on this host, so 50,000 sockets; 9 passes, the kernel’s run-time statistics of the pass over the sockets it visited.',
  async run(): Promise<Measurement[]> {
    using namespace = new Namespace()
    await using _idle = await IdleConnections.open(namespace, connections)
    using _clock = new ProgramClock()
    await using counted = await CountedSource.start()
    const { source } = counted
    // Adopts them, and reports each as open once.
    await source.collect()
    await source.collect()
    counted.reset()
    const nsPerSocket: number[] = []
    for (let pass = 0; pass < passes; pass += 1) {
      const before = readTimes(source)
      await source.collect()
      const { runCount, runTimeNs } = timeBetween(before, readTimes(source), 'socket_pass')
      nsPerSocket.push(runTimeNs / runCount)
    }
    return [
      { what: 'sockets visited by a pass', value: source.health().sockets, unit: '' },
      {
        what: 'an idle socket and interval, quickest pass',
        value: Math.min(...nsPerSocket),
        unit: 'ns',
        budget: { atMost: 800 },
      },
      { what: 'an idle socket and interval, median pass', value: median(nsPerSocket), unit: 'ns' },
      {
        what: 'records of idle sockets in 9 intervals',
        value: counted.counts(namespace.netns).increments,
        unit: '',
        budget: { exactly: 0 },
      },
    ]
  },
}
