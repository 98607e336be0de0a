import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Agent, agentConfig, until } from '../support/agent.ts'
import { startProgram } from '../support/agent-traffic.ts'

interface Exemplar {
  readonly asDouble: number
  readonly filteredAttributes: readonly { key: string; value: { stringValue: string } }[]
}

interface Written {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string
        readonly exponentialHistogram?: {
          readonly dataPoints: readonly {
            readonly attributes: readonly { key: string; value: { intValue?: string | number } }[]
            readonly exemplars?: readonly Exemplar[]
          }[]
        }
      }[]
    }[]
  }[]
}

/** Of the answers of a server on a port, as the file exporter wrote them. */
function exemplarsOf(path: string, port: number): Exemplar[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .flatMap((line): Written['resourceMetrics'] => JSON.parse(line).resourceMetrics)
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    .filter(({ name }) => name === 'nettracer.response.duration')
    .flatMap(({ exponentialHistogram }) => exponentialHistogram?.dataPoints ?? [])
    .filter(({ attributes }) =>
      attributes.some(({ key, value }) => key === 'server.port' && Number(value.intValue) === port),
    )
    .flatMap(({ exemplars = [] }) => exemplars)
}

test('of peers that share a series, the one that waited longest is named', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-exemplars-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'metrics.jsonl')
  const agent = await Agent.start({
    // One interval, so that all of it is in one.
    config: agentConfig(
      { file: { path } },
      {
        collection_interval: '24h',
        peers: { groups: { guests: ['127.0.0.0/8'] } },
        exemplars: { enabled: true },
      },
    ),
  })
  const server = startProgram()
  const port = await server.run<number>(
    "l = listen('0.0.0.0')",
    'def serve(thinks):',
    '    with accept(l) as c:',
    '        answer(c, thinks)',
    'port_of(l)',
  )
  const client = startProgram()
  for (const [source, think] of [
    ['127.0.0.2', 0.01],
    ['127.0.0.3', 0.3],
    ['127.0.0.4', 0.02],
  ] as const) {
    await server.run(`in_thread(serve, [${think}])`)
    await client.run(`c = connect('127.0.0.1', ${port}, ('${source}', 0))`, 'ask(c)', 'c.close()')
  }
  await agent.stop()
  await until('exemplars', async () => exemplarsOf(path, port).length > 0)

  const found = exemplarsOf(path, port).map(({ asDouble, filteredAttributes }) => ({
    isSlowest: asDouble >= 0.3,
    attributes: filteredAttributes.map(({ key, value }) => `${key}=${value.stringValue}`),
  }))
  // The server's series is of its three clients, the client's of the server's one address.
  expect(found).toContainEqual({
    isSlowest: true,
    attributes: ['network.peer.address=127.0.0.3'],
  })
  expect(found.every(({ isSlowest }) => isSlowest)).toBe(true)
})
