import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ownerChurn } from './churn.bench.ts'
import { connectionEnds } from './connection-ends.bench.ts'
import { exporting } from './export.bench.ts'
import { idleSockets } from './idle-sockets.bench.ts'
import { kubernetes } from './kubernetes.bench.ts'
import { kubernetesApi } from './kubernetes-api.bench.ts'
import { longRun } from './long-run.bench.ts'
import { manySeries } from './many-series.bench.ts'
import { type Benchmark, isWithin } from './measurement.ts'
import { memory } from './memory.bench.ts'
import { outage } from './outage.bench.ts'
import { type Finished, formatPage } from './page.ts'
import { perPacket } from './per-packet.bench.ts'
import { readWrite } from './read-write.bench.ts'
import { remoteWrite } from './remote-write.bench.ts'
import { stateChange } from './state-change.bench.ts'
import { sustainedRate } from './sustained-rate.bench.ts'
import { formatTable } from './table.ts'
import { undoAtExit } from './undo.ts'
import { workload } from './workload.bench.ts'

const pagePath = fileURLToPath(new URL('../docs/performance.md', import.meta.url))

const benchmarks: readonly Benchmark[] = [
  stateChange,
  idleSockets,
  perPacket,
  readWrite,
  sustainedRate,
  connectionEnds,
  memory,
  exporting,
  remoteWrite,
  manySeries,
  workload,
  kubernetes,
]
/** Only when asked for: each takes ten minutes. */
const onRequest: readonly Benchmark[] = [longRun, outage, ownerChurn, kubernetesApi]

const usage = `node bench/run.ts [--write] [NAME...]
Names: ${[...benchmarks, ...onRequest].map(({ name }) => name).join(', ')}`

/** @returns those named, or all but those that must be asked for; none if a name is unknown */
function choose(names: readonly string[]): readonly Benchmark[] {
  if (names.length === 0) return benchmarks
  const chosen = [...benchmarks, ...onRequest].filter(({ name }) => names.includes(name))
  return chosen.length === names.length ? chosen : []
}

function write(finished: readonly Finished[]): void {
  const before = existsSync(pagePath) ? readFileSync(pagePath, 'utf8') : ''
  const order = [...benchmarks, ...onRequest].map(({ name }) => name)
  writeFileSync(pagePath, formatPage(before, finished, order))
}

async function main(parameters: readonly string[]): Promise<number> {
  const chosen = choose(parameters.filter((word) => word !== '--write'))
  if (chosen.length === 0) {
    console.error(usage)
    return 1
  }
  if (process.geteuid?.() !== 0) {
    console.error('the benchmarks load BPF programs and make network namespaces: run them as root')
    return 2
  }
  const finished: Finished[] = []
  for (const benchmark of chosen) {
    console.error(`${benchmark.name} ...`)
    finished.push({ benchmark, measurements: await benchmark.run() })
  }
  for (const { benchmark, measurements } of finished) {
    console.log(`\n${benchmark.name}: ${benchmark.method}\n${formatTable(measurements)}`)
  }
  if (parameters.includes('--write')) write(finished)
  return finished.every(({ measurements }) => measurements.every(isWithin)) ? 0 : 1
}

undoAtExit()
process.exitCode = await main(process.argv.slice(2))
