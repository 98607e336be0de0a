import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { Agent, agentConfig } from '../agent.ts'
import { Points } from '../agent-points.ts'
import { type ProgramSettings, startProgram } from '../agent-traffic.ts'
import { freePort } from '../free-port.ts'
import { type Attributes, withInstanceIds } from './expected.ts'
import type { SetUp } from './set-up.ts'

export interface ComparisonSettings {
  readonly setUps: readonly SetUp[]
  /** Beside the interval. */
  readonly receiver?: object
  /** Where the server is that clients connect to. */
  readonly server?: ProgramSettings
}

/** Resources of each set-up, by its name. */
export type Resources = Readonly<Record<string, readonly Attributes[]>>

export interface Comparison {
  readonly agent: Agent
  readonly expected: Resources
  /** Until now. */
  readonly found: () => Resources
}

/** Starts an agent, then all set-ups. */
export async function compare(settings: ComparisonSettings): Promise<Comparison> {
  const { setUps, receiver } = settings
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-set-ups-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'metrics.jsonl')
  // None of this may get into another's resource.
  const env = {
    OTEL_SERVICE_NAME: 'of-the-agent',
    OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=of-the-agent,team=of-the-agent',
  }
  const agent = await Agent.start({ config: agentConfig({ file: { path } }, receiver), env })
  const ports = await portsOf(settings)
  const started = await Promise.all(setUps.map((one, at) => one.start(ports[at] ?? 0)))
  const solved = withInstanceIds(started.flat()).values()
  const expected = setUps.map(({ name }, at) => {
    const resources = (started[at] ?? []).map(() => solved.next().value ?? {})
    return [name, resources.toSorted(byId)] as const
  })
  const found = () => {
    const points = Points.inFile(path)
    return Object.fromEntries(
      setUps.map((one, at) => [one.name, resourcesOf(points, one, ports[at] ?? 0).toSorted(byId)]),
    )
  }
  return { agent, expected: Object.fromEntries(expected), found }
}

/** A server on a port for each set-up, that reads and keeps what it accepts. */
async function portsOf({ setUps, server }: ComparisonSettings): Promise<number[]> {
  const program = startProgram(server)
  const ports = await program.run<number[]>(
    `ls = [listen('0.0.0.0') for _ in range(${setUps.length})]`,
    'kept = []',
    'def serve(l):',
    '    while True: kept.append(accept(l))',
    'for l in ls: in_thread(lambda l=l: serve(l))',
    '[port_of(l) for l in ls]',
  )
  // A set-up that is a server has the port for itself.
  const own = setUps.map(({ role }) => role === 'server')
  for (const at of own.keys()) if (own[at]) ports[at] = await freePort()
  return ports
}

function resourcesOf(points: Points, setUp: SetUp, port: number): Attributes[] {
  const { role = 'client', isShort, isNamedLater } = setUp
  const own = points
    .where({ 'server.port': String(port), 'nettracer.role': role })
    // Of a server without the process that only listens.
    .filter(({ name }) => role === 'client' || name === 'nettracer.bytes_tx')
  const last = own.all.reduce((latest, { end }) => (end > latest ? end : latest), 0n)
  const counted = isNamedLater ? own.filter(({ end }) => end === last) : own
  const all = isShort
    ? counted.all.map(({ resource }) => withoutPath(resource))
    : counted.resources()
  // The last word of each instance: what it is called may be known better with time.
  return [...new Map(all.map((one) => [one['service.instance.id'], one])).values()]
}

const byId = (one: Attributes, other: Attributes) =>
  (one['service.instance.id'] ?? '').localeCompare(other['service.instance.id'] ?? '')

function withoutPath(resource: Attributes): Attributes {
  const { 'process.executable.path': _path, ...rest } = resource
  return rest
}

/** The table for people: a row for each resource. */
export function tableOf(expected: Resources, found: Resources): string {
  const rows = Object.entries(expected).flatMap(([name, resources]) => {
    const others = found[name] ?? []
    const more = others.slice(resources.length).map((one) => [name, {}, one] as const)
    return [...resources.map((one, at) => [name, one, others[at] ?? {}] as const), ...more]
  })
  const lines = rows.map(
    ([name, one, other]) => `| ${name} | ${textOf(one)} | ${foundText(one, other)} |`,
  )
  return `| set-up | resource expected | resource found |\n| --- | --- | --- |\n${lines.join('\n')}\n`
}

function textOf(attributes: Attributes): string {
  const pairs = Object.entries(attributes).map(([key, value]) => `${key}=${value}`)
  return pairs.toSorted().join(' ')
}

function foundText(expected: Attributes, found: Attributes): string {
  const isEqual = textOf(expected) === textOf(found)
  return isEqual ? `the same ${Object.keys(found).length} attributes` : `OTHER: ${textOf(found)}`
}
