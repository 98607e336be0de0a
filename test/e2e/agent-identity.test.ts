import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findCgroupMount } from '../../src/identity/cgroup-paths.ts'
import { Agent, agentConfig, until } from '../support/agent.ts'
import { Points } from '../support/agent-points.ts'
import { exchange, link, startProgram } from '../support/agent-traffic.ts'
import { freePort } from '../support/free-port.ts'
import { parsePage } from '../support/prometheus.ts'

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-identity-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** An agent that writes all to a file, and what it has written. */
async function writing(exporters: Record<string, object> = {}) {
  const path = join(temporaryFolder(), 'metrics.jsonl')
  const agent = await Agent.start({ config: agentConfig({ file: { path }, ...exporters }) })
  const points = () => Points.inFile(path)
  return { agent, points }
}

/** A server that takes one message of each connection and closes it. */
async function acceptor() {
  const server = startProgram()
  const port = await server.run<number>(
    'l = listen()',
    'def serve():',
    '    while True:',
    '        with accept(l) as c:',
    '            c.recv(65536)',
    'in_thread(serve)',
    'port_of(l)',
  )
  return { port, server }
}

/** A shell that connects, sends 5 bytes, waits for the end and ends, after some milliseconds. */
const shortLife = (port: number) =>
  `exec 3<>/dev/tcp/127.0.0.1/${port}; printf hello >&3; read -r -t 10 -u 3; true`

test('a process that lives for milliseconds has its name, its owner and an instance id of its own', async () => {
  const { agent, points } = await writing()
  const { port } = await acceptor()
  const starter = startProgram()
  const lives = 10
  await starter.run(
    'import subprocess',
    `for _ in range(${lives}):`,
    `    subprocess.run(['bash', '-c', ${JSON.stringify(shortLife(port))}], check=True, stdin=subprocess.DEVNULL)`,
  )
  await agent.stop()
  const clients = points().where({ 'server.port': String(port), 'nettracer.role': 'client' })
  expect(clients.total('nettracer.bytes_tx')).toBe(5 * lives)
  expect(clients.total('nettracer.connections.closed')).toBe(lives)
  const opened = clients.named('nettracer.connections.opened').resources()
  expect(opened).toHaveLength(lives)
  for (const resource of opened) {
    expect(resource).toMatchObject({
      'service.name': 'unknown_service:bash',
      'process.executable.name': 'bash',
      'process.owner': 'root',
      'process.creation.time': expect.stringMatching(/Z$/),
    })
  }
  expect(new Set(opened.map((one) => one['service.instance.id'])).size).toBe(lives)
  expect(new Set(opened.map((one) => one['process.pid'])).size).toBe(lives)
})

test('a process that lives for milliseconds has the service of who started it, also through a shell that is gone', async () => {
  const { agent, points } = await writing()
  const { port } = await acceptor()
  const starter = startProgram({
    env: { OTEL_SERVICE_NAME: 'nightly', OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=jobs' },
  })
  const other = startProgram()
  const run = (command: string) =>
    `import subprocess; subprocess.run(${JSON.stringify(['bash', '-c', command])}, check=True, stdin=subprocess.DEVNULL)`
  const through = `bash -c '${shortLife(port)}'; true`
  for (let round = 0; round < 5; round += 1) {
    await starter.run(run(shortLife(port)))
    await starter.run(run(through))
    await other.run(run(shortLife(port)))
  }
  await agent.stop()
  const clients = points().where({ 'server.port': String(port), 'nettracer.role': 'client' })
  const nightly = clients.where({ 'service.name': 'nightly', 'service.namespace': 'jobs' })
  expect(nightly.total('nettracer.bytes_tx')).toBe(5 * 10)
  expect(nightly.named('nettracer.bytes_tx').resources()).toHaveLength(10)
  const unnamed = clients.where({ 'service.name': 'unknown_service:bash' })
  expect(unnamed.total('nettracer.bytes_tx')).toBe(5 * 5)
})

test('two processes of one service have instance ids of their own; those that tell the same one are counted together', async () => {
  const { agent, points } = await writing()
  const { port } = await acceptor()
  const connectAs = async (attributes: string) => {
    const client = startProgram({
      env: { OTEL_SERVICE_NAME: 'workers', OTEL_RESOURCE_ATTRIBUTES: attributes },
    })
    await client.run(`s = connect('127.0.0.1', ${port}); send(s, 1000); receive(s); s.close()`)
  }
  await connectAs('a=1')
  await connectAs('a=1')
  await connectAs('service.instance.id=one')
  await connectAs('service.instance.id=one')
  await agent.stop()

  const clients = points().where({ 'server.port': String(port), 'service.name': 'workers' })
  const own = clients.where({ a: '1' })
  expect(new Set(own.resources().map((one) => one['service.instance.id'])).size).toBe(2)
  expect(own.total('nettracer.bytes_tx')).toBe(2_000)
  const shared = clients.where({ 'service.instance.id': 'one' })
  expect(shared.resources()).toEqual([{ 'service.name': 'workers', 'service.instance.id': 'one' }])
  expect(shared.total('nettracer.bytes_tx')).toBe(2_000)
})

test('hostile names come through escaped and break no format', async () => {
  const address = `127.0.0.1:${await freePort()}`
  const { agent, points } = await writing({ prometheus: { endpoint: address }, console: {} })
  const { port } = await acceptor()
  const folder = temporaryFolder()
  const name = 'a"b\\c{}\n# x\u001b[31m\u202e='
  copyFileSync('/bin/bash', join(folder, name))
  const starter = startProgram()
  await starter.run(
    'import subprocess, shutil',
    `command = ${JSON.stringify(shortLife(port))}`,
    `folder = ${JSON.stringify(folder)}`,
    // Of the name, the kernel's record has what it can hold; of a process that is alive, all of it is read.
    `subprocess.run([os.path.join(folder, ${JSON.stringify(name)}), '-c', command], check=True, stdin=subprocess.DEVNULL)`,
    // Not UTF-8.
    `bad = os.path.join(os.fsencode(folder), b'\\xff\\xfe"\\n')`,
    `shutil.copy('/bin/bash', bad)`,
    `subprocess.run([bad, '-c', command], check=True, stdin=subprocess.DEVNULL)`,
  )
  const living = startProgram({
    env: { OTEL_SERVICE_NAME: name, OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=n%0A%22%1B%00' },
  })
  await living.run(
    `open('/proc/self/comm', 'w').write('x"\\n\\x1b[2J')`,
    `s = connect('127.0.0.1', ${port}); send(s, 5); receive(s); s.close()`,
  )
  const ofPort = (label: Readonly<Record<string, string>>) => label['server_port'] === String(port)
  const page = async () =>
    parsePage(await (await fetch(`http://${address}/metrics`)).text()).filter(
      ({ name: metric, labels }) =>
        metric === 'nettracer_bytes_tx_bytes_total' &&
        ofPort(labels) &&
        labels['nettracer_role'] === 'client',
    )
  await until('three series on the page', async () => (await page()).length === 3)
  expect(new Set((await page()).map(({ labels }) => labels['job']))).toEqual(
    new Set([
      `unknown_service:${name}`,
      'unknown_service:\ufffd\ufffd"\n',
      `n\n"\u001b\ufffd/${name}`,
    ]),
  )
  await agent.stop()

  const clients = points().where({ 'server.port': String(port), 'nettracer.role': 'client' })
  expect(new Set(clients.resources().map((one) => one['service.name']))).toEqual(
    new Set([`unknown_service:${name}`, 'unknown_service:\ufffd\ufffd"\n', name]),
  )
  const lines = agent.stdout.split('\n').filter((line) => line.includes(`port=${port} `))
  expect(lines.length).toBeGreaterThanOrEqual(3)
  for (const line of lines) {
    expect(line).toMatch(/^time=\S+ interval_s=\S+ service=/)
    expect(line).toMatch(/^[ -~\u00a0-\u200a\u2010-\u2027\ufffd]*$/)
  }
  expect(lines.some((line) => line.includes('a\\"b\\\\c{}\\n# x\\u{1b}[31m\\u{202e}='))).toBe(true)
})

test('a process in the control group of a container has its id, even if it ended at once', async () => {
  const mount = findCgroupMount(readFileSync('/proc/self/mountinfo', 'utf8'))
  if (mount === undefined) throw new Error('no unified control group hierarchy is mounted')
  const id = 'c0ffee'.padEnd(64, '0123456789abcdef')
  const outer = join(mount, `nettracer-test-${process.pid}`)
  const group = join(outer, id)
  mkdirSync(group, { recursive: true })
  onTestFinished(() => {
    rmdirSync(group)
    rmdirSync(outer)
  })
  const { agent, points } = await writing()
  const { port } = await acceptor()
  const inside = ['sh', '-c', `echo $$ > '${group}/cgroup.procs' && exec "$@"`, 'sh']
  const living = startProgram({ through: inside })
  onTestFinished(() => living.kill())
  await living.run(
    `s = connect('127.0.0.1', ${port}); send(s, 1000); receive(s)`,
    'import subprocess',
    `subprocess.run(['bash', '-c', ${JSON.stringify(shortLife(port))}], check=True, stdin=subprocess.DEVNULL)`,
  )
  await until('both in the file', () => {
    const found = points().where({ 'server.port': String(port), 'container.id': id })
    return found.total('nettracer.bytes_tx') === 1_005
  })
  await living.kill()
  await agent.stop()
  const found = points().where({ 'server.port': String(port), 'container.id': id })
  const names = found.resources().map((one) => one['process.executable.name'])
  expect(names).toHaveLength(2)
  expect(names).toContain('bash')
})

test('refused connections stand under the process that dialled', async () => {
  const { agent, points } = await writing()
  const port = await freePort()
  const traffic = await link({ env: { OTEL_SERVICE_NAME: 'dialler' } })
  await traffic.client.run(`[try_connect('127.0.0.1', ${port}) for _ in range(3)]`)
  await exchange(traffic, { sent: 1, received: 1 })
  await agent.stop()
  const found = points().where({ 'server.port': String(port) })
  const failed = found.where({ 'service.name': 'dialler', 'error.type': 'refused' })
  expect(failed.total('nettracer.connections.failed')).toBe(3)
  const rejected = found.where({ 'nettracer.reject.reason': 'no_listener' })
  expect(rejected.total('nettracer.rejects')).toBe(3)
})
