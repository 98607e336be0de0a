import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Agent, agentConfig } from '../support/agent.ts'
import { Points } from '../support/agent-points.ts'
import { exchange, link } from '../support/agent-traffic.ts'

function fileConfig(receiver: object): { path: string; config: object } {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-inet-diag-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'metrics.jsonl')
  return { path, config: agentConfig({ file: { path } }, receiver) }
}

test('source: inet_diag reports the bytes of a connection under its processes', async () => {
  const { path, config } = fileConfig({ source: 'inet_diag' })
  const agent = await Agent.start({ config })
  const traffic = await link()
  await exchange(traffic, { sent: 1_234_567, received: 7_654_321 })
  await agent.stop()
  const points = Points.inFile(path).where({ 'server.port': String(traffic.port) })
  const server = points.where({ 'nettracer.role': 'server' })
  expect(server.total('nettracer.bytes_tx')).toBe(7_654_321)
  expect(server.total('nettracer.bytes_rx')).toBe(1_234_567)
  expect(server.total('nettracer.connections.opened')).toBe(1)
  expect(server.total('nettracer.connections.closed')).toBe(1)
})

test('source: auto without the privilege for BPF goes on with inet_diag and says why', async () => {
  const { config } = fileConfig({})
  const agent = Agent.spawn({
    config,
    through: ['setpriv', '--inh-caps=-all', '--bounding-set=-all'],
  })
  await agent.says('started')
  expect(agent.stderr).toMatch(
    /source=inet_diag reason="the ebpf source cannot run here: .*not permitted/,
  )
  await agent.stop()
})
