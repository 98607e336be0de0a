import type { EbpfSource } from '../src/source/ebpf.ts'
import { ioPrograms } from '../src/source/programs.ts'
import { CountedSource } from './counted-source.ts'
import { type Benchmark, type Measurement, median } from './measurement.ts'
import { Namespace } from './namespace.ts'
import { ProgramClock, readTimes, timeBetween } from './program-times.ts'
import { asIfQuiet } from './quiet.ts'
import { type Exchanges, exchange } from './traffic.ts'

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

async function exchangesOf(namespace: Namespace, isOn: boolean): Promise<Exchanges[]> {
  await using _counted = await CountedSource.start({ hasResponseTimes: isOn, hasDatagrams: isOn })
  const all: Exchanges[] = []
  for (let window = 0; window < windows; window += 1) {
    all.push(await exchange(namespace, exchanges))
  }
  return all
}

interface Turns<Value> {
  readonly on: Value[][]
  readonly off: Value[][]
}

/** Of each turn, what stands for it with them ÷ what does without them; the median. */
function medianRatio<Value>({ on, off }: Turns<Value>, of: (turn: Value[]) => number): number {
  return median(on.map((turn, at) => of(turn) / of(off[at] ?? [])))
}

const least = (of: (one: Exchanges) => number) => (turn: Exchanges[]) => Math.min(...turn.map(of))
const leastSeconds = least(({ seconds }) => seconds)
const leastCpu = least(({ cpuSeconds }) => cpuSeconds)

/** The two kinds turn by turn, each first in half of the turns. */
async function inTurns<Value>(measure: (isOn: boolean) => Promise<Value[]>): Promise<Turns<Value>> {
  const on: Value[][] = []
  const off: Value[][] = []
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
    'Requests and answers of 100 bytes over one TCP connection, one after the other: the kernel’s run-time statistics of the programs at reads and writes, quickest of 120 windows of 3,000, in turns of 10 windows with those of a run that leaves at once. That is the statistics themselves for the most part, and tells how fast the machine is just then: what is judged is the quickest window as if the machine were quiet, as with state-change. Then the same exchanges with response times and UDP and without them, likewise in turns: their CPU, of both ends, and their speed, of the quickest window of each turn. Other work on the machine moves speed by a tenth from window to window, as each end waits for the other on a processor of its own: hence the quickest of each turn, and the median of 12 turns. CPU has no such waits in it.',
  async run(): Promise<Measurement[]> {
    using namespace = new Namespace()
    const times = await inTurns((isOn) => timedTurn(namespace, isOn))
    const quickest = Math.min(...times.on.flat())
    const leavesAtOnce = Math.min(...times.off.flat())
    const loops = await inTurns((isOn) => exchangesOf(namespace, isOn))
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
        what: 'exchanges for the same CPU with response times and UDP ÷ without',
        value: 1 / medianRatio(loops, leastCpu),
        unit: '',
      },
      {
        what: 'exchanges/s with response times and UDP ÷ without',
        value: 1 / medianRatio(loops, leastSeconds),
        unit: '',
        budget: { atLeast: 0.97 },
      },
    ]
  },
}
