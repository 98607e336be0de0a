import { datagramPrograms, responseTimePrograms } from '../src/source/programs.ts'
import { CountedSource } from './counted-source.ts'
import { type Benchmark, type Measurement, median } from './measurement.ts'
import { Namespace } from './namespace.ts'
import { ProgramClock, readTimes, timeBetween } from './program-times.ts'
import { exchange } from './traffic.ts'

const pairs = 21
const exchanges = 20_000
const rounds = 20
const perRound = 5_000
const all = [...responseTimePrograms, ...datagramPrograms]

/** Mean over both programs. */
async function timedRound(namespace: Namespace): Promise<number> {
  using _clock = new ProgramClock()
  await using counted = await CountedSource.start()
  const before = readTimes(counted.source)
  await exchange(namespace, perRound)
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
    'Requests and answers of 100 bytes over one TCP connection, one after the other: the kernel’s run-time statistics of the programs at reads and writes, quickest of 20 rounds of 5,000; then exchanges/s with response times and UDP ÷ without them, turn by turn, median of 21 pairs of 20,000, half of them in the other order.',
  async run(): Promise<Measurement[]> {
    using namespace = new Namespace()
    const times: number[] = []
    for (let round = 0; round < rounds; round += 1) times.push(await timedRound(namespace))
    const ratios: number[] = []
    for (let pair = 0; pair < pairs; pair += 1) {
      const isFirst = pair % 2 === 0
      const one = await speed(namespace, isFirst ? [] : all)
      const other = await speed(namespace, isFirst ? all : [])
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
        what: 'exchanges/s with response times and UDP ÷ without',
        value: median(ratios),
        unit: '',
        budget: { atLeast: 0.97 },
      },
    ]
  },
}
