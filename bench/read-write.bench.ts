import { responseTimePrograms } from '../src/source/programs.ts'
import { CountedSource } from './counted-source.ts'
import { type Benchmark, type Measurement, median } from './measurement.ts'
import { Namespace } from './namespace.ts'
import { ProgramClock, readTimes, timeBetween } from './program-times.ts'
import { exchange } from './traffic.ts'

const pairs = 15
const exchanges = 40_000

/** Mean over both programs. */
async function timedRound(namespace: Namespace): Promise<number> {
  using _clock = new ProgramClock()
  await using counted = await CountedSource.start()
  const before = readTimes(counted.source)
  await exchange(namespace, exchanges)
  const after = readTimes(counted.source)
  let ns = 0
  let runs = 0
  for (const program of responseTimePrograms) {
    const { runCount, runTimeNs } = timeBetween(before, after, program)
    ns += runTimeNs
    runs += runCount
  }
  return ns / runs
}

async function speed(namespace: Namespace, unwanted: readonly string[]): Promise<number> {
  await using _counted = await CountedSource.start({ unwanted })
  const { seconds } = await exchange(namespace, exchanges)
  return exchanges / seconds
}

export const readWrite: Benchmark = {
  name: 'read-write',
  method:
    'Requests and answers of 100 bytes over one connection, one after the other: the kernel’s run-time statistics of the programs at reads and writes, quickest of 5 rounds of 40,000; then exchanges/s with response times ÷ without them, turn by turn, median of 15 pairs, half of them in the other order.',
  async run(): Promise<Measurement[]> {
    using namespace = new Namespace()
    const times: number[] = []
    for (let round = 0; round < 5; round += 1) times.push(await timedRound(namespace))
    const ratios: number[] = []
    for (let pair = 0; pair < pairs; pair += 1) {
      const isFirst = pair % 2 === 0
      const one = await speed(namespace, isFirst ? [] : responseTimePrograms)
      const other = await speed(namespace, isFirst ? responseTimePrograms : [])
      ratios.push(isFirst ? one / other : other / one)
    }
    return [
      {
        what: 'a run at a read or write, quickest round',
        value: Math.min(...times),
        unit: 'ns',
        budget: { atMost: 120 },
      },
      { what: 'a run at a read or write, median round', value: median(times), unit: 'ns' },
      {
        what: 'exchanges/s with response times ÷ without',
        value: median(ratios),
        unit: '',
        budget: { atLeast: 0.97 },
      },
    ]
  },
}
