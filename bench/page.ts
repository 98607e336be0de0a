import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import type { Benchmark, Measurement } from './measurement.ts'
import { formatBudget, formatValue, formatVerdict } from './table.ts'

export interface Finished {
  readonly benchmark: Benchmark
  readonly measurements: readonly Measurement[]
}

const introduction = `# Performance

Made by \`npm run bench -- --write\`; do not edit. It takes root and six minutes, or \`npm run bench -- NAME...\` for
some of them; \`long\` and \`outage\` take ten and twelve minutes more and must be named. A budget that is broken makes it fail.

Figures are chosen so that they hold on a machine that does other things too: times of BPF programs are the kernel's
own (\`kernel.bpf_stats_enabled\`), CPU is that of a process, speeds are ratios to a run without the agent right beside
it. All traffic stays on this machine, so each connection has both its ends here and counts twice.

The same machine may be slower by half or more for minutes, for what its host does, and then each program is. A run of a
program that leaves at once tells: 68 ns while all is quiet. So a budget of single runs is judged by what was measured × 68 ÷
what such a run took meanwhile, unless that was less; what was measured stands above it.

Nothing is attached that runs for a packet, and without response times and UDP nothing for a read or a write: so what the
agent costs grows with connections that open and close, with sockets × intervals, and with reads and writes, not with bytes.
`

/**
 * docs/performance.md with the sections of these runs.
 *
 * @param before the page as it is: benchmarks that did not run keep their sections
 * @param order names of all benchmarks
 */
export function formatPage(
  before: string,
  finished: readonly Finished[],
  order: readonly string[],
): string {
  const sections = new Map(
    before.split(/^(?=## )/m).map((text) => [/^## (.*)$/m.exec(text)?.[1], `${text.trimEnd()}\n`]),
  )
  for (const one of finished) sections.set(one.benchmark.name, section(one))
  const known = order.flatMap((name) => sections.get(name) ?? [])
  return [introduction, ...known].join('\n')
}

function machine(): string {
  const processors = cpus()
  const date = new Date().toISOString().slice(0, 10)
  const gib = Math.round(totalmem() / 2 ** 30)
  const model = processors[0]?.model.replaceAll(/\s+/g, ' ').trim() ?? 'unknown'
  return `Measured on ${date}: ${processors.length} × ${model}, ${gib} GiB, ${system()}, Linux ${release()}, Node ${process.version}.`
}

function system(): string {
  const text = readFileSync('/etc/os-release', 'utf8')
  return /^PRETTY_NAME="?([^"\n]*)/m.exec(text)?.[1] ?? 'unknown system'
}

function section({ benchmark, measurements }: Finished): string {
  const rows = measurements.map((measurement) =>
    row([
      measurement.what,
      `${formatValue(measurement.value)} ${measurement.unit}`.trim(),
      formatBudget(measurement.budget),
      formatVerdict(measurement),
    ]),
  )
  const head = [row(['what', 'measured', 'budget', '']), row(['---', '---:', '---:', '---'])]
  return `## ${benchmark.name}\n\n${benchmark.method} ${machine()}\n\n${[...head, ...rows].join('\n')}\n`
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`.replaceAll(/ {2,}/g, ' ')
}
