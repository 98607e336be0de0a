import { CountedSource } from './counted-source.ts'
import type { Benchmark, Measurement } from './measurement.ts'
import { Namespace } from './namespace.ts'
import { churn } from './traffic.ts'

const rate = 10_000
const seconds = 30

export const sustainedRate: Benchmark = {
  name: 'sustained-rate',
  method:
    '10,000 connections/s for 30 s, drained every 50 ms as the agent does; what the generator did against what was counted.',
  async run(): Promise<Measurement[]> {
    using namespace = new Namespace()
    await using counted = await CountedSource.start()
    const traffic = await churn(namespace, { count: rate * seconds, rate, inFlight: 512 })
    await counted.source.collect()
    const counts = counted.counts(namespace.netns)
    const health = counted.source.health()
    const ends = traffic.connections * 2
    return [
      { what: 'connections made', value: traffic.connections, unit: '' },
      { what: 'connections that failed', value: traffic.failed, unit: '', budget: { exactly: 0 } },
      {
        what: 'rate reached',
        value: Math.round(traffic.connections / traffic.seconds),
        unit: 'connections/s',
        // What the machine has no time for does not test us: too slow is not a pass.
        budget: { atLeast: rate * 0.95 },
      },
      { what: 'ends opened', value: counts.opened, unit: '', budget: { exactly: ends } },
      { what: 'ends closed', value: counts.closed, unit: '', budget: { exactly: ends } },
      { what: 'still active', value: counts.active, unit: '', budget: { exactly: 0 } },
      {
        what: 'payload bytes sent',
        value: counts.bytesTx,
        unit: 'By',
        budget: { exactly: ends * 100 },
      },
      {
        what: 'records that found the ring full',
        value: health.ringFull,
        unit: '',
        budget: { exactly: 0 },
      },
      { what: 'counters lost', value: health.lost, unit: '', budget: { exactly: 0 } },
    ]
  },
}
