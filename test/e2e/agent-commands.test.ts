import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import { Agent, agentConfig, until } from '../support/agent.ts'
import { Points } from '../support/agent-points.ts'
import { exchange, link } from '../support/agent-traffic.ts'

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-commands-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const fileConfig = (path: string) => agentConfig({ file: { path, append: true } })

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s in the middle of traffic: what ended before is there, and what was sent of the rest',
  async (signal) => {
    const path = join(temporaryFolder(), 'metrics.jsonl')
    const agent = await Agent.start({
      // Nothing but the last collection.
      config: agentConfig({ file: { path } }, { collection_interval: '24h' }),
    })
    const ended = await link()
    const open = await link()
    await Promise.all([
      open.client.run('s = connect(*peer)'),
      open.server.run('c = accept(l)', 'in_thread(receive, c)'),
    ])
    await open.client.run(
      'sent = 0',
      'def flow():',
      '    global sent',
      '    while True:',
      '        try: sent += send(s, 1000)',
      '        except OSError: return',
      '        time.sleep(0.001)',
      'in_thread(flow)',
    )
    await exchange(ended, { sent: 1_234_567, received: 7_654_321 })
    const before = await open.client.run<number>('sent')
    agent.signal(signal)
    expect(await agent.exitCode(), agent.stderr).toBe(0)
    const after = await open.client.run<number>('sent')

    const points = Points.inFile(path).where({ 'nettracer.role': 'client' })
    const ofEnded = points.where({ 'server.port': String(ended.port) })
    expect(ofEnded.total('nettracer.bytes_tx')).toBe(1_234_567)
    expect(ofEnded.total('nettracer.bytes_rx')).toBe(7_654_321)
    expect(ofEnded.total('nettracer.connections.closed')).toBe(1)
    const ofOpen = points.where({ 'server.port': String(open.port) })
    expect(ofOpen.total('nettracer.bytes_tx')).toBeGreaterThanOrEqual(before)
    expect(ofOpen.total('nettracer.bytes_tx')).toBeLessThanOrEqual(after)
    expect(ofOpen.total('nettracer.connections.active')).toBe(1)
  },
)

test('SIGHUP with a bad file changes nothing; with a good one the new configuration runs', async () => {
  const folder = temporaryFolder()
  const [first, second] = [join(folder, 'first.jsonl'), join(folder, 'second.jsonl')]
  const agent = await Agent.start({ config: fileConfig(first) })
  const traffic = await link()
  const bytesIn = (path: string) =>
    Points.inFile(path)
      .where({ 'server.port': String(traffic.port), 'nettracer.role': 'client' })
      .total('nettracer.bytes_tx')

  agent.configure('receivers: { nettracer: { collection_intervall: 1s } }\nservice: [')
  agent.signal('SIGHUP')
  await agent.says('not reloaded, the old configuration goes on')
  await exchange(traffic, { sent: 1_000, received: 1 })
  await until('traffic after the bad reload', () => bytesIn(first) === 1_000)

  agent.configure(fileConfig(second))
  agent.signal('SIGHUP')
  await agent.says('the new configuration runs')
  await exchange(traffic, { sent: 30_000, received: 1 })
  await agent.stop()
  expect(bytesIn(first)).toBe(1_000)
  // The total goes on with what was before the reload.
  expect(bytesIn(second)).toBe(31_000)
})

test('a reload in the middle of traffic counts no byte twice', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'metrics.jsonl')
  const config = agentConfig({ file: { path, append: true } })
  const agent = await Agent.start({ config })
  const traffic = await link()
  await Promise.all([traffic.client.run('s = connect(*peer)'), traffic.server.run('c = accept(l)')])
  await traffic.client.run('send(s, 1000)')
  agent.signal('SIGHUP')
  await agent.says('the new configuration runs')
  await traffic.client.run('send(s, 30000); s.close()')
  await traffic.server.run('receive(c); c.close()')
  await agent.stop()
  const client = Points.inFile(path).where({
    'server.port': String(traffic.port),
    'nettracer.role': 'client',
  })
  // The series goes on: its total has what was before the reload.
  expect(client.total('nettracer.bytes_tx')).toBe(31_000)
})

test.each([
  { name: 'is not there', content: undefined, says: 'file cannot be read' },
  { name: 'is not text', content: randomBytes(3_000), says: 'not UTF-8' },
  { name: 'is not YAML', content: 'receivers: {', says: ':1:' },
  { name: 'is empty', content: '', says: 'service' },
  { name: 'is a list', content: '- 1', says: 'map' },
])('a configuration that $name ends it with 1', async ({ content, says }) => {
  const path = join(temporaryFolder(), 'config.yaml')
  if (content !== undefined) writeFileSync(path, content)
  const agent = Agent.spawn({ args: ['--config', path] })
  expect(await agent.exitCode()).toBe(1)
  expect(agent.stderr).toContain(path)
  expect(agent.stderr).toContain(says)
  expect(agent.stdout).toBe('')
})

/** Whether every user may enter the folders of the sources and of Node. */
function isOpenToAll(): boolean {
  return [fileURLToPath(import.meta.url), process.execPath].every((file) => {
    for (let at = dirname(file); at !== '/'; at = dirname(at)) {
      if ((statSync(at).mode & 0o001) === 0) return false
    }
    return true
  })
}

const noCapability = ['--inh-caps=-all', '--bounding-set=-all']

test.for([
  { name: 'root without capabilities', through: noCapability, isPossible: true },
  {
    name: 'another user',
    through: ['--reuid=65534', '--regid=65534', '--clear-groups', ...noCapability],
    isPossible: isOpenToAll(),
  },
])('$name cannot run it: 2, and what to do', async ({ through, isPossible }, { skip }) => {
  skip(!isPossible, 'other users may not enter the folders of this checkout')
  const exporters = { prometheus: { endpoint: '127.0.0.1:0' } }
  const agent = Agent.spawn({
    through: ['setpriv', ...through],
    args: ['--config', `yaml:${stringify(agentConfig(exporters, { source: 'ebpf' }))}`],
  })
  expect(await agent.exitCode(), agent.stderr).toBe(2)
  expect(agent.stderr).toContain('it takes CAP_BPF and CAP_PERFMON (or root)')
  expect(agent.stderr).toContain('nettracer doctor says what is missing')
})
