import { formatTable } from './table.ts'
import { isWithin, type Benchmark, type Measurement } from './measurement.ts'
import { exporting } from './export.bench.ts'
import { connectionEnds } from './connection-ends.bench.ts'
import { idleSockets } from './idle-sockets.bench.ts'
import { perPacket } from './per-packet.bench.ts'
import { stateChange } from './state-change.bench.ts'
import { sustainedRate } from './sustained-rate.bench.ts'

const benchmarks: readonly Benchmark[] = [stateChange, idleSockets, perPacket, sustainedRate, exporting, connectionEnds]
const all: Measurement[] = []
const names = process.argv.slice(2)
for (const b of benchmarks.filter(({ name }) => names.length === 0 || names.includes(name))) {
  const m = await b.run()
  console.log(`${b.name}\n${formatTable(m)}`)
  all.push(...m)
}
process.exit(all.every(isWithin) ? 0 : 1)
