import { CountedSource } from './counted-source.ts'
import { type Benchmark, type Measurement, median } from './measurement.ts'
import { Namespace } from './namespace.ts'
import { ProgramClock, readTimes, timeBetween, totalBetween } from './program-times.ts'
import { churn } from './traffic.ts'

const rounds = 10
const connectionsPerRound = 10_000

interface Round {
  readonly nsPerRun: number
  readonly nsPerEnd: number
  readonly runsPerEnd: number
}

async function watchedRound(namespace: Namespace, tellsEnds = false): Promise<Round> {
  using _clock = new ProgramClock()
  await using counted = await CountedSource.start({}, tellsEnds)
  const before = readTimes(counted.source)
  await churn(namespace, { count: connectionsPerRound })
  const after = readTimes(counted.source)
  const { runCount, runTimeNs } = timeBetween(before, after, 'socket_state')
  await counted.source.collect()
  // Those of others on this machine are among the runs.
  const { ends } = counted
  return {
    nsPerRun: runTimeNs / runCount,
    nsPerEnd: totalBetween(before, after) / ends,
    runsPerEnd: runCount / ends,
  }
}

export const stateChange: Benchmark = {
  name: 'state-change',
  method:
    'Short connections as fast as possible, 100 bytes each way: 10 rounds of 10,000. The times are the kernel’s run-time statistics; the quickest round is the one that other work on the machine disturbed least.',
  async run(): Promise<Measurement[]> {
    using namespace = new Namespace()
    const watched: Round[] = []
    const told: Round[] = []
    await churn(namespace, { count: connectionsPerRound })
    for (let round = 0; round < rounds; round += 1) {
      watched.push(await watchedRound(namespace))
      told.push(await watchedRound(namespace, true))
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
        what: 'a run of socket_state with close records, quickest round',
        value: Math.min(...told.map(({ nsPerRun }) => nsPerRun)),
        unit: 'ns',
      },
      {
        what: 'runs of socket_state for each end of a connection',
        value: median(watched.map(({ runsPerEnd }) => runsPerEnd)),
        unit: '',
      },
      {
        what: 'all programs for each end of a connection, quickest round',
        value: Math.min(...ends),
        unit: 'ns',
      },
    ]
  },
}
