import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Agent, agentConfig, otlpTo, until } from '../support/agent.ts'
import { OtlpReceiver } from '../support/otlp-server.ts'

/** The agent in a mount namespace where the name `backend` has the address of a file. */
function withName(): { point: (address: string) => void; through: readonly string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-name-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const hosts = join(folder, 'hosts')
  const script = 'mount --bind "$0" /etc/hosts && exec "$@"'
  return {
    point: (address) => writeFileSync(hosts, `${address} backend.test\n127.0.0.1 localhost\n`),
    through: ['unshare', '--mount', 'sh', '-c', script, hosts],
  }
}

async function backendAt(address: string): Promise<OtlpReceiver> {
  const server = await OtlpReceiver.start({ address })
  onTestFinished(() => server.stop())
  return server
}

test('a backend whose name gets another address is found there', async () => {
  const name = withName()
  const first = await backendAt('127.0.0.2:0')
  name.point('127.0.0.2')
  const endpoint = `backend.test:${first.port}`
  const agent = await Agent.start({
    config: agentConfig({ otlp: otlpTo(first.port, { endpoint }) }),
    through: name.through,
  })
  await until('points at the first address', () => first.received.length > 0)
  first.stop()
  name.point('127.0.0.3')
  const second = await backendAt(`127.0.0.3:${first.port}`)
  await until('points at the second address', () => second.received.length > 0)
  await agent.stop()
  expect(second.points.length).toBeGreaterThan(0)
})
