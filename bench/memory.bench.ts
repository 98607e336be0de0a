import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from './agent.ts'
import { type Benchmark, type Measurement, median } from './measurement.ts'
import { Namespace } from './namespace.ts'
import { churn, IdleConnections } from './traffic.ts'

const connections = 50_000
const samples = 10

/** Over some intervals, since what one has is not yet collected. */
async function settledRss(agent: Agent): Promise<number> {
  await sleep(15_000)
  const values: number[] = []
  for (let sample = 0; sample < samples; sample += 1) {
    values.push(agent.rssMib())
    await sleep(1000)
  }
  return median(values)
}

export const memory: Benchmark = {
  name: 'memory',
  method:
    'Resident memory of the whole agent with no connections, after some have come and gone, then with 50,000 idle ones that have both ends on this host (100,000 sockets); median of 10 s, after 15 s.',
  async run(): Promise<Measurement[]> {
    using namespace = new Namespace()
    await using agent = await Agent.start({ interval: '2s' })
    // Code that is compiled when first used belongs to no connection.
    await churn(namespace, { count: 20_000 })
    const before = await settledRss(agent)
    await using _idle = await IdleConnections.open(namespace, connections)
    const after = await settledRss(agent)
    return [
      {
        what: 'resident memory, no connections',
        value: before,
        unit: 'MiB',
        budget: { atMost: 120 },
      },
      {
        what: 'resident memory, 50,000 idle connections',
        value: after,
        unit: 'MiB',
        budget: { atMost: 120 },
      },
      { what: 'growth', value: after - before, unit: 'MiB', budget: { atMost: 10 } },
    ]
  },
}
