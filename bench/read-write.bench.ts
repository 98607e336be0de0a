import type { EbpfSource } from '../src/source/ebpf.ts'
import { ioPrograms } from '../src/source/programs.ts'
import { CountedSource } from './counted-source.ts'
import { type Benchmark, type Measurement, median } from './measurement.ts'
import { Namespace } from './namespace.ts'
import { ProgramClock, readTimes, timeBetween } from './program-times.ts'
import { exchange } from './traffic.ts'

const pairs = 11
const exchanges = 20_000
const rounds = 20
const perRound = 5_000

async function timedRound(namespace: Namespace, source: EbpfSource): Promise<number> {
  const before = readTimes(source)
  await exchange(namespace, perRound)
  const after = readTimes(source)
  const times = ioPrograms.map((program) => timeBetween(before, after, program))
  const runs = times.reduce((sum, { runCount }) => sum + runCount, 0)
  return times.reduce((sum, { runTimeNs }) => sum + runTimeNs, 0) / runs
}

/** Mean over reads and writes in ns, of each round. With UDP alone a run of TCP leaves at once. */
async function timedRounds(namespace: Namespace, hasResponseTimes: boolean): Promise<number[]> {
  using _clock = new ProgramClock()
  await using counted = await CountedSource.start({ hasResponseTimes })
  const all: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    all.push(await timedRound(namespace, counted.source))
  }
  return all
}

async function speed(namespace: Namespace, isOn: boolean): Promise<number> {
  await using _counted = await CountedSource.start({ hasResponseTimes: isOn, hasDatagrams: isOn })
  const { seconds } = await exchange(namespace, exchanges)
  return exchanges / seconds
}

export const readWrite: Benchmark = {
  name: 'read-write',
  method:
    'Requests and answers of 100 bytes over one TCP connection, one after the other: the kernel’s run-time statistics of the programs at reads and writes, quickest of 20 rounds of 5,000, and those of a run that leaves at once, which is the statistics themselves for the most part; then exchanges/s with response times and UDP ÷ without them, turn by turn, median of 11 pairs of 20,000, half of them in the other order. Other work on the machine moves that by more than a tenth: the aim is 0.97.',
  async run(): Promise<Measurement[]> {
    using namespace = new Namespace()
    const quickest = Math.min(...(await timedRounds(namespace, true)))
    const empty = Math.min(...(await timedRounds(namespace, false)))
    const ratios: number[] = []
    for (let pair = 0; pair < pairs; pair += 1) {
      const isFirst = pair % 2 === 0
      const one = await speed(namespace, isFirst)
      const other = await speed(namespace, !isFirst)
      ratios.push(isFirst ? one / other : other / one)
    }
    return [
      { what: 'a run at a read or write, quickest round', value: quickest, unit: 'ns' },
      { what: 'a run that leaves at once, quickest round', value: empty, unit: 'ns' },
      {
        what: 'the difference: what a read or write costs more',
        value: quickest - empty,
        unit: 'ns',
        budget: { atMost: 120 },
      },
      {
        what: 'exchanges/s with response times and UDP ÷ without',
        value: median(ratios),
        unit: '',
      },
    ]
  },
}
