import { Agent } from './agent.ts'
import { type Benchmark, type Measurement, median } from './measurement.ts'
import { Namespace } from './namespace.ts'
import { churn, stream } from './traffic.ts'

const pairs = 7
const warmUp = 20_000
const connections = 30_000
const bytes = 2_000_000_000

interface Speeds {
  readonly connections: number
  readonly bytes: number
}

async function load(namespace: Namespace): Promise<Speeds> {
  // Code of the agent is compiled while it is new; the run without it does the same.
  await churn(namespace, { count: warmUp })
  const short = await churn(namespace, { count: connections })
  const long = await stream(namespace, bytes)
  return { connections: connections / short.seconds, bytes: bytes / long.seconds }
}

async function watchedLoad(namespace: Namespace): Promise<Speeds> {
  await using _agent = await Agent.start({ interval: '5s' })
  return load(namespace)
}

export const workload: Benchmark = {
  name: 'workload',
  method:
    'Short connections as fast as possible and one stream, with the agent running ÷ without it, turn by turn; median of 7 pairs, half of them in the other order. Other work on the machine moves it by a tenth: the aim is 0.95.',
  async run(): Promise<Measurement[]> {
    using namespace = new Namespace()
    await load(namespace)
    const ratios: Speeds[] = []
    for (let pair = 0; pair < pairs; pair += 1) {
      let quiet: Speeds
      let watched: Speeds
      if (pair % 2 === 0) {
        quiet = await load(namespace)
        watched = await watchedLoad(namespace)
      } else {
        watched = await watchedLoad(namespace)
        quiet = await load(namespace)
      }
      ratios.push({
        connections: watched.connections / quiet.connections,
        bytes: watched.bytes / quiet.bytes,
      })
    }
    return [
      {
        what: 'connections/s with us ÷ without',
        value: median(ratios.map((ratio) => ratio.connections)),
        unit: '',
      },
      {
        what: 'bytes/s with us ÷ without',
        value: median(ratios.map((ratio) => ratio.bytes)),
        unit: '',
      },
    ]
  },
}
