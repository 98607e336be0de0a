import { ioPrograms } from '../src/source/programs.ts'
import { CountedSource } from './counted-source.ts'
import { type Benchmark, type Measurement, median } from './measurement.ts'
import { Namespace } from './namespace.ts'
import { ProgramClock, readTimes, timeBetween, totalBetween } from './program-times.ts'
import { asIfQuiet } from './quiet.ts'
import { churn } from './traffic.ts'

const rounds = 10
const windowsPerRound = 25
const connectionsPerWindow = 400

interface Window {
  readonly nsPerRun: number
  readonly nsPerEnd: number
  readonly runsPerEnd: number
}

async function watchedWindow(namespace: Namespace, counted: CountedSource): Promise<Window> {
  const before = readTimes(counted.source)
  const endsBefore = counted.ends
  await churn(namespace, { count: connectionsPerWindow })
  const after = readTimes(counted.source)
  const { runCount, runTimeNs } = timeBetween(before, after, 'socket_state')
  await counted.source.collect()
  // Those of others on this machine are among the runs.
  const ends = counted.ends - endsBefore
  return {
    nsPerRun: runTimeNs / runCount,
    nsPerEnd: totalBetween(before, after) / ends,
    runsPerEnd: runCount / ends,
  }
}

async function watchedRound(namespace: Namespace, tellsEnds = false): Promise<Window[]> {
  using _clock = new ProgramClock()
  await using counted = await CountedSource.start({}, tellsEnds)
  const windows: Window[] = []
  for (let window = 0; window < windowsPerRound; window += 1) {
    windows.push(await watchedWindow(namespace, counted))
  }
  return windows
}

/**
 * Of the runs at reads and writes of the same traffic, which leave at once without response times: what the call of a
 * program and the statistics themselves take, in ns.
 */
async function emptyRound(namespace: Namespace): Promise<number[]> {
  using _clock = new ProgramClock()
  await using counted = await CountedSource.start({ hasResponseTimes: false })
  const windows: number[] = []
  for (let window = 0; window < windowsPerRound; window += 1) {
    const before = readTimes(counted.source)
    await churn(namespace, { count: connectionsPerWindow })
    const after = readTimes(counted.source)
    const times = ioPrograms.map((program) => timeBetween(before, after, program))
    const runs = times.reduce((sum, { runCount }) => sum + runCount, 0)
    windows.push(times.reduce((sum, { runTimeNs }) => sum + runTimeNs, 0) / runs)
  }
  return windows
}

export const stateChange: Benchmark = {
  name: 'state-change',
  method:
    'Short connections as fast as possible, 100 bytes each way: 10 rounds of 25 windows of 400, in turns with those of close records and of programs that leave at once. The times are the kernel’s run-time statistics; the quickest window is the one that other work on the machine disturbed least. A run that leaves at once is the call of a program and the statistics themselves: 68 ns on a quiet machine, and up to 180 on the same one while its host is busy, which stretches all that runs. So what is judged is the quickest window as if the machine were quiet: what was measured × 68 ÷ what a run that leaves at once took meanwhile, unless that was less.',
  async run(): Promise<Measurement[]> {
    using namespace = new Namespace()
    const watched: Window[] = []
    const told: Window[] = []
    const empty: number[] = []
    await churn(namespace, { count: 10_000 })
    for (let round = 0; round < rounds; round += 1) {
      watched.push(...(await watchedRound(namespace)))
      told.push(...(await watchedRound(namespace, true)))
      empty.push(...(await emptyRound(namespace)))
    }
    const runs = watched.map(({ nsPerRun }) => nsPerRun)
    const quickest = Math.min(...runs)
    const leavesAtOnce = Math.min(...empty)
    const ends = watched.map(({ nsPerEnd }) => nsPerEnd)
    return [
      { what: 'a run of socket_state, quickest window', value: quickest, unit: 'ns' },
      { what: 'a run that leaves at once, quickest window', value: leavesAtOnce, unit: 'ns' },
      {
        what: 'a run of socket_state as if the machine were quiet',
        value: asIfQuiet(quickest, leavesAtOnce),
        unit: 'ns',
        budget: { atMost: 350 },
      },
      { what: 'a run of socket_state, median window', value: median(runs), unit: 'ns' },
      {
        what: 'a run of socket_state with close records, quickest window',
        value: Math.min(...told.map(({ nsPerRun }) => nsPerRun)),
        unit: 'ns',
      },
      {
        what: 'runs of socket_state for each end of a connection',
        value: median(watched.map(({ runsPerEnd }) => runsPerEnd)),
        unit: '',
      },
      {
        what: 'all programs for each end of a connection, quickest window',
        value: Math.min(...ends),
        unit: 'ns',
      },
    ]
  },
}
