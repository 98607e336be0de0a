/**
 * What a report costs in the series store: ns each, and as a ratio to a baseline loop of the same run, which adds as
 * many numbers and takes as many logarithms. Then what a series costs in memory, with values in all its histograms.
 *
 * `node --expose-gc bench/series.bench.ts`
 */
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { Flow } from '../src/connection/flow.ts'
import type { Increment } from '../src/connection/increment.ts'
import type { Temporality } from '../src/model/metrics.ts'
import { defaultSelection, type Instant } from '../src/series/index.ts'
import { peerOf } from '../test/series/support.ts'
import { flow, increment, processKey } from '../test/support/increment.ts'
import { WholeStore } from '../test/support/whole-store.ts'

const reports = 1_000_000
const rounds = 5

function instant(seconds: number): Instant {
  return { time: [1_700_000_000 + seconds, 0], monotonicMs: seconds * 1e3 }
}

function createStore(limit: number): WholeStore {
  const resources = new Map<number, ReturnType<typeof resourceFromAttributes>>()
  return new WholeStore({
    metrics: defaultSelection(),
    temporalities: new Set<Temporality>(['cumulative']),
    limit,
    ranking: 'bytes',
    expirationMs: 300_000,
    scope: { name: 'bench', version: '0' },
    start: instant(0),
    hostResource: resourceFromAttributes({}),
    resourceOf: ({ pid }) => {
      const known = resources.get(pid) ?? resourceFromAttributes({ 'process.pid': pid })
      resources.set(pid, known)
      return known
    },
    isAlive: () => true,
    peerOf: peerOf('private'),
  })
}

function flowsOf(count: number): Flow[] {
  return Array.from({ length: count }, (_, at) =>
    flow({
      process: processKey(1 + (at % 500)),
      remoteAddress: `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`,
    }),
  )
}

/** Sizes and times vary by three orders of magnitude, so that all histograms have many buckets. */
function endOf(one: Flow, seed: number): Increment {
  const scale = 1 + ((seed * 2_654_435_761) % 1_000)
  return increment({
    flow: one,
    bytesTx: 100 * scale,
    bytesRx: 17 * scale,
    pktsTx: 5,
    pktsRx: 4,
    opened: 1,
    closed: 1,
    closeReason: 1,
    srttUs: 40 + scale,
    rttVarianceUs: 10 + scale / 2,
    connectDurationNs: 40_000 + 1_000 * scale,
    durationNs: 1e6 * scale,
  })
}

function endsOf(flows: readonly Flow[]): Increment[] {
  return Array.from({ length: 4_096 }, (_, at) => endOf(flows[at % flows.length] ?? flow(), at))
}

/** Cheapest of some rounds: the others were disturbed. @returns ns of CPU a report */
function measure(each: (at: number) => void): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round += 1) {
    const { user } = process.cpuUsage()
    for (let at = 0; at < reports; at += 1) each(at)
    best = Math.min(best, (process.cpuUsage({ user, system: 0 }).user * 1e3) / reports)
  }
  return best
}

function print(what: string, ns: number, baseline: number): void {
  console.log(
    `${what.padEnd(52)} ${ns.toFixed(0).padStart(5)} ns  ${(ns / baseline).toFixed(1)} × baseline`,
  )
}

const sums = new Float64Array(32)
const baseline = measure((at) => {
  for (let place = 0; place < 12; place += 1) sums[place] = (sums[place] ?? 0) + at
  for (let place = 12; place < 18; place += 1)
    sums[place] = (sums[place] ?? 0) + Math.log(at + place)
})
print('baseline: 12 additions, 6 logarithms', baseline, baseline)

for (const count of [1, 100, 10_000]) {
  const ends = endsOf(flowsOf(count))
  const store = createStore(20_000)
  const ns = measure((at) => {
    const end = ends[at & 4_095]
    if (end !== undefined) store.connection(end)
  })
  print(`connection end, 6 values in histograms, ${count} flows`, ns, baseline)
}

const idle = increment({ flow: flow(), bytesTx: 100, bytesRx: 100, pktsTx: 1, pktsRx: 1 })
const quiet = createStore(20_000)
print(
  'report without RTT',
  measure(() => quiet.connection(idle)),
  baseline,
)

const overflowing = createStore(100)
const many = endsOf(flowsOf(4_096))
const overflowed = measure((at) => {
  const end = many[at & 4_095]
  if (end !== undefined) overflowing.connection(end)
})
print('connection end, 4,096 flows over a limit of 100', overflowed, baseline)

function heldBytes(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** @param ends connections of each series, of different sizes */
function measureSeries(count: number, ends: number): void {
  const flows = flowsOf(count)
  const store = createStore(20_000)
  const before = heldBytes()
  for (let end = 0; end < ends; end += 1) {
    for (const [at, one] of flows.entries()) store.connection(endOf(one, at + 7 * end))
  }
  const series = (heldBytes() - before) / count
  let cpuMs = Number.POSITIVE_INFINITY
  let collected: ReturnType<WholeStore['collect']> | undefined
  for (let round = 1; round <= rounds; round += 1) {
    collected = undefined
    const start = process.cpuUsage()
    collected = store.collect(instant(10 * round))
    const { user, system } = process.cpuUsage(start)
    cpuMs = Math.min(cpuMs, (user + system) / 1e3)
  }
  const points = collected?.get('cumulative')?.points ?? 0
  const held = (heldBytes() - before) / count - series
  console.log(
    `${count} series of ${ends} connections: ${series.toFixed(0)} B a series; ${points} points in ${cpuMs.toFixed(1)} ms of CPU, ${held.toFixed(0)} B a series while they are held`,
  )
}

for (const count of [600, 20_000]) {
  for (const ends of [1, 2, 20]) measureSeries(count, ends)
}
