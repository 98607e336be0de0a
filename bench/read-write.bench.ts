import type { EbpfSource } from '../src/source/ebpf.ts'
import { ioPrograms } from '../src/source/programs.ts'
import { CountedSource } from './counted-source.ts'
import { type Benchmark, type Measurement, median } from './measurement.ts'
import { Namespace } from './namespace.ts'
import { ProgramClock, readTimes, timeBetween } from './program-times.ts'
import { asIfQuiet } from './quiet.ts'
import { exchange } from './traffic.ts'

const turns = 12
const windows = 10
const exchanges = 3_000

async function timedWindow(namespace: Namespace, source: EbpfSource): Promise<number> {
  const before = readTimes(source)
  await exchange(namespace, exchanges)
  const after = readTimes(source)
  const times = ioPrograms.map((program) => timeBetween(before, after, program))
  const runs = times.reduce((sum, { runCount }) => sum + runCount, 0)
  return times.reduce((sum, { runTimeNs }) => sum + runTimeNs, 0) / runs
}

/** Mean over reads and writes in ns, of each window. With UDP alone a run of TCP leaves at once. */
async function timedTurn(namespace: Namespace, hasResponseTimes: boolean): Promise<number[]> {
  using _clock = new ProgramClock()
  await using counted = await CountedSource.start({ hasResponseTimes })
  const all: number[] = []
  for (let window = 0; window < windows; window += 1) {
    all.push(await timedWindow(namespace, counted.source))
  }
  return all
}

/** Exchanges/s of each window. */
async function speeds(namespace: Namespace, isOn: boolean): Promise<number[]> {
  await using _counted = await CountedSource.start({ hasResponseTimes: isOn, hasDatagrams: isOn })
  const all: number[] = []
  for (let window = 0; window < windows; window += 1) {
    const { seconds } = await exchange(namespace, exchanges)
    all.push(exchanges / seconds)
  }
  return all
}

/** The two kinds turn by turn, each first in half of the turns. */
async function inTurns(
  measure: (isOn: boolean) => Promise<number[]>,
): Promise<{ readonly on: number[][]; readonly off: number[][] }> {
  const on: number[][] = []
  const off: number[][] = []
  for (let turn = 0; turn < turns; turn += 1) {
    const isFirst = turn % 2 === 0
    const [one, other] = [await measure(isFirst), await measure(!isFirst)]
    on.push(isFirst ? one : other)
    off.push(isFirst ? other : one)
  }
  return { on, off }
}

export const readWrite: Benchmark = {
  name: 'read-write',
  method:
    'Requests and answers of 100 bytes over one TCP connection, one after the other: the kernel’s run-time statistics of the programs at reads and writes, quickest of 120 windows of 3,000, in turns of 10 windows with those of a run that leaves at once. That is the statistics themselves for the most part, and tells how fast the machine is just then: what is judged is the quickest window as if the machine were quiet, as with state-change. Then exchanges/s with response times and UDP ÷ without them, likewise in turns: of the quickest window of each, and the median of the turns. The aim is 0.97; other work on the machine moves the median by more than a tenth, the quickest by some hundredths.',
  async run(): Promise<Measurement[]> {
    using namespace = new Namespace()
    const times = await inTurns((isOn) => timedTurn(namespace, isOn))
    const quickest = Math.min(...times.on.flat())
    const leavesAtOnce = Math.min(...times.off.flat())
    const rates = await inTurns((isOn) => speeds(namespace, isOn))
    return [
      { what: 'a run at a read or write, quickest window', value: quickest, unit: 'ns' },
      { what: 'a run that leaves at once, quickest window', value: leavesAtOnce, unit: 'ns' },
      {
        what: 'a run at a read or write as if the machine were quiet',
        value: asIfQuiet(quickest, leavesAtOnce),
        unit: 'ns',
        budget: { atMost: 120 },
      },
      {
        what: 'exchanges/s with response times and UDP ÷ without, quickest window of each',
        value: Math.max(...rates.on.flat()) / Math.max(...rates.off.flat()),
        unit: '',
      },
      {
        what: 'exchanges/s with response times and UDP ÷ without, median of the turns',
        value: median(
          rates.on.map((turn, at) => Math.max(...turn) / Math.max(...(rates.off[at] ?? []))),
        ),
        unit: '',
      },
    ]
  },
}
