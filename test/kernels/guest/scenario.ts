/** Runs in the guest: `doctor`, then the agent while traffic is made. Writes a {@link GuestReport}: JSON, gzip, base64. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { momentaryContainer, ports } from './plan.ts'

export interface GuestReport {
  readonly kernel: string
  readonly doctor: Outcome
  readonly runs: readonly AgentRun[]
}

export interface Outcome {
  /** Exit code; a signal's name if one ended it. */
  readonly code: number | string | null
  readonly stdout: string
  readonly stderr: string
}

export interface AgentRun {
  /** As in the configuration. */
  readonly source: string
  readonly agent: Outcome
  readonly clientPid: number
  readonly serverPid: number
  /** The kernel's own counters (`/proc/net/snmp`) before and after the traffic. */
  readonly snmp: readonly [before: string, after: string]
  /** How long, in s, each of the late connections waited to be accepted: at least and at most. */
  readonly waited: readonly [least: number, most: number]
  /** What the file exporter wrote: OTLP JSON, a line for each batch. Empty if there was no source. */
  readonly metrics: string
}

/** The server sleeps as long while connections wait. */
const waitMs = 50
const sources = (process.env.SOURCES ?? 'auto').split(',')
const metricsFile = '/tmp/metrics.json'
const configFile = '/tmp/config.yaml'

/** To the console, which the host shows if there is no report. */
function say(text: string): void {
  process.stderr.write(`guest: ${text}\n`)
}

class Program {
  readonly child: ChildProcessWithoutNullStreams
  readonly #ended: Promise<unknown>
  #stdout = ''
  #stderr = ''

  constructor(command: string, args: readonly string[]) {
    // The agent is compiled by `doctor` already: that takes long where all is emulated.
    this.child = spawn(command, args, {
      env: { ...process.env, NODE_COMPILE_CACHE: '/tmp/compiled' },
    })
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text))
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text))
    this.#ended = once(this.child, 'close')
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  async outcome(): Promise<Outcome> {
    await this.#ended
    const code = this.child.exitCode ?? this.child.signalCode
    return { code, stdout: this.#stdout, stderr: this.#stderr }
  }

  /** @returns whether it said so; not when it ended before */
  async says(text: string, times = 1): Promise<boolean> {
    const isSaid = (): boolean => (this.#stdout + this.#stderr).split(text).length > times
    while (!isSaid() && this.child.exitCode === null && this.child.signalCode === null) {
      await sleep(20)
    }
    return isSaid()
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.#ended
  }
}

const node = '/bin/node'
const nettracer = (...args: readonly string[]): Program =>
  new Program(node, ['/nettracer/dist/cli/main.js', ...args])

const readSnmp = (): string => readFileSync('/proc/net/snmp', 'utf8')

function configure(source: string): void {
  writeFileSync(metricsFile, '')
  const config = {
    receivers: { nettracer: { collection_interval: '2s', source } },
    exporters: { file: { path: metricsFile } },
    service: { pipelines: { metrics: { receivers: ['nettracer'], exporters: ['file'] } } },
  }
  // JSON is YAML.
  writeFileSync(configFile, JSON.stringify(config))
}

async function stop({ child, pid }: Program): Promise<void> {
  child.kill('SIGSTOP')
  while (!readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') T ')) await sleep(1)
}

/** Connections that wait for a server that is stopped. */
async function runLate(
  server: Program,
  phase: (name: string) => Promise<void>,
): Promise<AgentRun['waited']> {
  await stop(server)
  const dialled = performance.now()
  await phase('dial')
  const established = performance.now()
  await sleep(waitMs)
  const woken = performance.now()
  server.child.kill('SIGCONT')
  await phase('ask')
  return [(woken - established) / 1e3, (performance.now() - dialled) / 1e3]
}

async function runMomentary(): Promise<void> {
  const group = `/sys/fs/cgroup/docker/${momentaryContainer}`
  mkdirSync(group, { recursive: true })
  const script = `echo 0 > ${group}/cgroup.procs; exec nc 127.0.0.1 ${ports.gone}`
  await new Program('/bin/sh', ['-c', script]).outcome()
  // The kernel lets go of a group a moment after its last process.
  while (!isRemoved(group)) await sleep(1)
}

function isRemoved(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch {
    return false
  }
}

async function runAgent(source: string): Promise<AgentRun> {
  const server = new Program('/bin/traffic-server', ['/guest/traffic-server.ts'])
  await server.says('ready')
  say('the server is ready')
  const client = new Program('/bin/traffic-client', ['/guest/traffic-client.ts'])
  let phases = 0
  const phase = async (name: string): Promise<void> => {
    client.child.stdin.write(`${name}\n`)
    say(`traffic: ${name}`)
    phases += 1
    if (!(await client.says('done\n', phases))) {
      throw new Error(`the client ended: ${JSON.stringify(await client.outcome())}`)
    }
  }
  await phase('before')
  configure(source)
  say(`the agent starts: ${source}`)
  const agent = nettracer('--config', configFile)
  const before = readSnmp()
  let waited: AgentRun['waited'] = [0, 0]
  if (await agent.says('started')) {
    await phase('traffic')
    waited = await runLate(server, phase)
    await runMomentary()
    agent.child.kill('SIGTERM')
  }
  const after = readSnmp()
  const outcome = await agent.outcome()
  say('the agent ended')
  await Promise.all([client.kill(), server.kill()])
  return {
    source,
    agent: outcome,
    clientPid: client.pid,
    serverPid: server.pid,
    snmp: [before, after],
    waited,
    metrics: readFileSync(metricsFile, 'utf8'),
  }
}

say('doctor')
const doctor = await nettracer('doctor').outcome()
const runs: AgentRun[] = []
for (const source of sources) runs.push(await runAgent(source))
const report: GuestReport = { kernel: release(), doctor, runs }
say('the report')
// A serial line takes as long for a megabyte as all the rest.
process.stdout.write(gzipSync(JSON.stringify(report)).toString('base64'))
