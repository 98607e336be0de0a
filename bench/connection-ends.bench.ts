import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, type Usage } from './agent.ts'
import type { Benchmark, Measurement } from './measurement.ts'
import { Namespace } from './namespace.ts'
import { readHealth } from './readings.ts'
import { churn } from './traffic.ts'

const connections = 200_000
const idleMs = 20_000
/** Until the interval is over and reported. */
const afterMs = 11_000

function cpuMs({ userMs, systemMs }: Usage): number {
  return userMs + systemMs
}

export const connectionEnds: Benchmark = {
  name: 'connection-ends',
  method:
    'The whole agent in a process of its own, every 10 s into a file, while 200,000 short connections come and go; its CPU, user and system, less what it takes with no connections in the same run.',
  async run(): Promise<Measurement[]> {
    using namespace = new Namespace()
    await churn(namespace, { count: 10_000 })
    await using agent = await Agent.start()
    // Code is compiled while it is new.
    await churn(namespace, { count: 50_000 })
    await sleep(afterMs)

    const beforeIdle = agent.usage()
    await sleep(idleMs)
    const idle = (cpuMs(agent.usage()) - cpuMs(beforeIdle)) / idleMs

    const before = agent.usage()
    const start = performance.now()
    await churn(namespace, { count: connections })
    await sleep(afterMs)
    const after = agent.usage()
    const elapsedMs = performance.now() - start
    const rss = agent.rssMib()
    await agent.stop()
    const { losses } = await readHealth(agent.lines())
    const per100k = 100_000 / (connections * 2)
    return [
      {
        what: 'CPU for 100,000 ends of connections',
        value: (cpuMs(after) - cpuMs(before) - idle * elapsedMs) * per100k,
        unit: 'ms',
        budget: { atMost: 150 },
      },
      {
        what: 'of that in user mode, idle time included',
        value: (after.userMs - before.userMs) * per100k,
        unit: 'ms',
      },
      { what: 'CPU while nothing happens', value: idle * 100, unit: '% of one CPU' },
      {
        what: 'resident memory afterwards',
        value: rss,
        unit: 'MiB',
        budget: { atMost: 120 },
      },
      ...[...losses].map(([what, value]) => ({ what, value, unit: '', budget: { exactly: 0 } })),
    ]
  },
}
