import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Agent, agentConfig } from '../support/agent.ts'
import { Points } from '../support/agent-points.ts'
import { end, exchange, link } from '../support/agent-traffic.ts'

test('processes of one service become one by resource and attributes, and what they sent is added up', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-processors-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'metrics.jsonl')
  const config = {
    ...agentConfig({ file: { path } }),
    processors: {
      memory_limiter: { check_interval: '1s', limit_mib: 1000 },
      filter: {
        metrics: {
          exclude: { match_type: 'regexp', metric_names: ['^nettracer\\.traffic'] },
          datapoint: ['attributes["nettracer.role"] == "server"'],
        },
      },
      resource: {
        attributes: [
          { action: 'delete', pattern: '^(process|service[.]instance)[.]?' },
          { action: 'upsert', key: 'site', value: 'here' },
        ],
      },
      attributes: {
        actions: [{ action: 'delete', pattern: '^(server[.]address|network[.]peer.*)$' }],
      },
    },
    service: {
      pipelines: {
        metrics: {
          receivers: ['nettracer'],
          processors: ['memory_limiter', 'filter', 'resource', 'attributes'],
          exporters: ['file'],
        },
      },
    },
  }
  const agent = await Agent.start({ config })
  const first = await link()
  const second = await link({}, {}, '127.0.0.2')
  const peer = `peer = ('127.0.0.1', ${first.port})`
  await exchange(first, { sent: 1_000, received: 10 })
  await second.client.run(peer)
  await exchange({ ...first, client: second.client }, { sent: 20_000, received: 20 })
  await exchange(first, { sent: 300, received: 30 })
  await agent.stop()

  const points = Points.inFile(path)
  const clients = end(points, first, 'client')
  expect(clients.total('nettracer.bytes_tx')).toBe(21_300)
  expect(clients.total('nettracer.bytes_rx')).toBe(60)
  expect(clients.total('nettracer.connections.opened')).toBe(3)
  expect(clients.named('nettracer.bytes_tx').last()).toHaveLength(1)
  expect(clients.histogram('nettracer.connection.duration').count).toBe(3)
  expect(clients.resources().map(({ site }) => site)).toEqual(['here'])
  expect(end(points, first, 'server').all).toEqual([])
  expect(points.all.filter(({ name }) => name.startsWith('nettracer.traffic'))).toEqual([])
  const seen = clients.all.map(({ name, resource, attributes, end: at }) =>
    JSON.stringify([name, resource, attributes, String(at)]),
  )
  expect(new Set(seen).size, 'no point twice').toBe(seen.length)
})
