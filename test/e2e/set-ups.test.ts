import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Agent, agentConfig, until } from '../support/agent.ts'
import { Points } from '../support/agent-points.ts'
import { startProgram } from '../support/agent-traffic.ts'
import { freePort } from '../support/free-port.ts'
import { type Attributes, withInstanceIds } from '../support/set-ups/expected.ts'
import { type SetUp, setUps } from '../support/set-ups/set-ups.ts'

/** A server on a port for each set-up, that reads and keeps what it accepts. */
async function portsOf(all: readonly SetUp[]): Promise<number[]> {
  const server = startProgram()
  const ports = await server.run<number[]>(
    `ls = [listen() for _ in range(${all.length})]`,
    'kept = []',
    'def serve(l):',
    '    while True: kept.append(accept(l))',
    'for l in ls: in_thread(lambda l=l: serve(l))',
    '[port_of(l) for l in ls]',
  )
  // A set-up that is a server has the port for itself.
  const own = all.map(({ role }) => role === 'server')
  for (const at of own.keys()) if (own[at]) ports[at] = await freePort()
  return ports
}

const byId = (one: Attributes, other: Attributes) =>
  (one['service.instance.id'] ?? '').localeCompare(other['service.instance.id'] ?? '')

function withoutPath(resource: Attributes): Attributes {
  const { 'process.executable.path': _path, ...rest } = resource
  return rest
}

test('in each of these set-ups the resource is the one that the process has by another source', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-set-ups-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'metrics.jsonl')
  const env = {
    OTEL_SERVICE_NAME: 'of-the-agent',
    OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=of-the-agent,team=of-the-agent',
  }
  const agent = await Agent.start({ config: agentConfig({ file: { path } }), env })
  const ports = await portsOf(setUps)
  const expected: Record<string, readonly Attributes[]> = {}
  const begin = async (setUp: SetUp, port: number) => {
    const resources = await setUp.start(port)
    expected[setUp.name] = resources
  }
  const begun = setUps.map((one, at) => [one, ports[at] ?? 0] as const)
  await Promise.all(begun.map(([one, port]) => begin(one, port)))

  const found = () => {
    const points = Points.inFile(path)
    const ofSetUp = ({ role = 'client', isShort }: SetUp, port: number | undefined) => {
      const own = points
        .where({ 'server.port': String(port), 'nettracer.role': role })
        // Of a server without the process that only listens.
        .filter(({ name }) => role === 'client' || name === 'nettracer.bytes_tx')
      const all = isShort ? own.all.map(({ resource }) => withoutPath(resource)) : own.resources()
      // The last word of each instance: what it is called may be known better with time.
      return [...new Map(all.map((one) => [one['service.instance.id'], one])).values()]
    }
    return Object.fromEntries(
      setUps.map((one, at) => [one.name, ofSetUp(one, ports[at]).toSorted(byId)]),
    )
  }
  await until('all looked at again', () =>
    JSON.stringify(found()).includes('"process.executable.name":"sleep"'),
  )
  await agent.stop()
  const all = withInstanceIds(Object.values(expected).flat()).values()
  const whole = Object.entries(expected).map(([name, { length }]) => [
    name,
    Array.from({ length }, () => all.next().value ?? {}).toSorted(byId),
  ])
  expect(found()).toEqual(Object.fromEntries(whole))
})
