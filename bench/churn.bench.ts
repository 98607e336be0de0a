import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startDocker } from '../test/support/docker.ts'
import { enginesAreThere } from '../test/support/engine-room.ts'
import { Agent } from './agent.ts'
import { Churn, type ChurnCounts } from './churn.ts'
import { shareOf } from './cpu-profile.ts'
import type { Benchmark, Measurement } from './measurement.ts'
import { sentByOwner } from './owners.ts'
import { readHealth } from './readings.ts'

/** Shorter for a first look. */
const seconds = Number(process.env['NETTRACER_BENCH_CHURN_SECONDS'] ?? 300)
const processesPerMinute = 1000
const containersPerMinute = 200
const ofEnginePerMinute = 20
/** Of each, over one connection. */
const bytes = 10_000
/** The last that ended are collected. */
const settleMs = 15_000
const mib = (value: number): number => Math.round(value * 10) / 10

export const ownerChurn: Benchmark = {
  name: 'churn',
  method:
    '1,000 processes and 200 containers begin and end each minute for 5 minutes: 20 of real Docker, 180 of runc alone in control groups like Docker’s, with events like Docker’s; each sends 10,000 bytes over one connection; bytes by owner as exported against bytes sent, identity as its share of the samples of a profile, of the agent’s CPU.',
  async run(): Promise<Measurement[]> {
    if (!enginesAreThere()) return []
    const folder = mkdtempSync(join(tmpdir(), 'nettracer-bench-churn-'))
    try {
      return await measure(folder)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

async function measure(folder: string): Promise<Measurement[]> {
  await using docker = await startDocker()
  await docker.importImage('registry.test:5000/bench/busybox:1')
  await using churn = await Churn.start(docker, bytes)
  await using agent = await Agent.start({
    receiver: { containers: { endpoints: churn.endpoints } },
    nodeOptions: ['--cpu-prof', `--cpu-prof-dir=${folder}`],
  })
  const before = agent.usage()
  const begin = performance.now()
  const run = churn.run({ seconds, processesPerMinute, containersPerMinute, ofEnginePerMinute })
  await sleep((seconds * 1000) / 3)
  const early = agent.rssMib()
  const counts = await run
  const late = agent.rssMib()
  await sleep(settleMs)
  const elapsedMs = performance.now() - begin
  const after = agent.usage()
  await agent.stop()
  const cpuMs = after.userMs + after.systemMs - before.userMs - before.systemMs
  const [profile = ''] = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))
  const identity = shareOf('/identity/', readFileSync(join(folder, profile), 'utf8'))
  const sent = await sentByOwner(agent.lines(), churn.port)
  const { losses } = await readHealth(agent.lines())
  return [
    ...owned(counts, sent),
    {
      what: 'processes that found the ring full, of all on the machine',
      value: losses.get('nettracer.exporter.undescribed_processes') ?? Number.NaN,
      unit: '',
    },
    { what: 'memory after a third', value: mib(early), unit: 'MiB' },
    { what: 'growth since', value: mib(late - early), unit: 'MiB', budget: { atMost: 30 } },
    { what: 'CPU of the agent', value: mib((cpuMs / elapsedMs) * 100), unit: '% of a core' },
    {
      what: 'of it for identity',
      value: mib(identity * (cpuMs / elapsedMs) * 100),
      unit: '% of a core',
      budget: { atMost: 2 },
    },
  ]
}

function owned(counts: ChurnCounts, sent: Awaited<ReturnType<typeof sentByOwner>>): Measurement[] {
  const expected = (counts.processes + counts.containers) * bytes
  const inContainers = counts.containers * bytes
  const percent = (part: number, of: number) => Math.round((part / of) * 1e5) / 1e3
  return [
    {
      what: 'processes a minute',
      value: Math.round((counts.processes * 60) / seconds),
      unit: '',
      budget: { atLeast: processesPerMinute * 0.95 },
    },
    {
      what: 'containers a minute',
      value: Math.round((counts.containers * 60) / seconds),
      unit: '',
      budget: { atLeast: containersPerMinute * 0.95 },
    },
    { what: 'bytes sent', value: expected, unit: 'By' },
    { what: 'bytes exported', value: sent.total, unit: 'By', budget: { exactly: expected } },
    {
      what: 'without a known owner',
      value: percent(sent.total - sent.owned, sent.total),
      unit: '%',
      budget: { atMost: 0.1 },
    },
    {
      what: 'of containers, without their id',
      value: percent(inContainers - sent.inContainers, inContainers),
      unit: '%',
      budget: { atMost: 0.1 },
    },
    {
      what: 'of containers, without their name',
      value: percent(inContainers - sent.named, inContainers),
      unit: '%',
      budget: { atMost: 0.1 },
    },
  ]
}
