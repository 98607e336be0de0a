import { CountedSource } from './counted-source.ts'
import { type Benchmark, type Measurement, median } from './measurement.ts'
import { Namespace } from './namespace.ts'
import { ProgramClock, readTimes, timeBetween, totalBetween } from './program-times.ts'
import { type Churn, churn } from './traffic.ts'

const rounds = 10
const connectionsPerRound = 10_000

interface Round {
  readonly nsPerRun: number
  readonly nsPerEnd: number
  readonly runsPerEnd: number
  readonly churn: Churn
}

async function watchedRound(namespace: Namespace): Promise<Round> {
  using _clock = new ProgramClock()
  await using counted = await CountedSource.start()
  const before = readTimes(counted.source)
  const traffic = await churn(namespace, { count: connectionsPerRound })
  const after = readTimes(counted.source)
  const { runCount, runTimeNs } = timeBetween(before, after, 'socket_state')
  const ends = connectionsPerRound * 2
  return {
    nsPerRun: runTimeNs / runCount,
    nsPerEnd: totalBetween(before, after) / ends,
    runsPerEnd: runCount / ends,
    churn: traffic,
  }
}

export const stateChange: Benchmark = {
  name: 'state-change',
  method:
    'Short connections as fast as possible, 100 bytes each way: 10 rounds of 10,000, each beside one without us. The times are the kernel’s run-time statistics; the quickest round is the one that other work on the machine disturbed least.',
  async run(): Promise<Measurement[]> {
    using namespace = new Namespace()
    const watched: Round[] = []
    const quiet: Churn[] = []
    await churn(namespace, { count: connectionsPerRound })
    for (let round = 0; round < rounds; round += 1) {
      quiet.push(await churn(namespace, { count: connectionsPerRound }))
      watched.push(await watchedRound(namespace))
    }
    const runs = watched.map(({ nsPerRun }) => nsPerRun)
    const ends = watched.map(({ nsPerEnd }) => nsPerEnd)
    return [
      {
        what: 'a run of socket_state, quickest round',
        value: Math.min(...runs),
        unit: 'ns',
        budget: { atMost: 350 },
      },
      { what: 'a run of socket_state, median round', value: median(runs), unit: 'ns' },
      {
        what: 'runs of socket_state for each end of a connection',
        value: median(watched.map(({ runsPerEnd }) => runsPerEnd)),
        unit: '',
        budget: { atMost: 5.01 },
      },
      {
        what: 'all programs for each end of a connection, quickest round',
        value: Math.min(...ends),
        unit: 'ns',
      },
      {
        what: 'connections/s with us ÷ without, median of neighbouring rounds',
        value: median(watched.map(({ churn }, at) => ratio(quiet[at], churn))),
        unit: '',
      },
    ]
  },
}

function ratio(quiet: Churn | undefined, watched: Churn): number {
  return quiet ? quiet.seconds / watched.seconds : Number.NaN
}
