import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Agent, agentConfig, until } from '../support/agent.ts'
import { Points } from '../support/agent-points.ts'
import { startProgram } from '../support/agent-traffic.ts'
import { freePort } from '../support/free-port.ts'
import { parsePage } from '../support/prometheus.ts'

const lives = 300

test('300 processes that end: each is reported to its end, then forgotten', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-series-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'metrics.jsonl')
  const endpoint = `127.0.0.1:${await freePort()}`
  const agent = await Agent.start({
    config: agentConfig(
      { prometheus: { endpoint, metric_expiration: '3s' }, file: { path } },
      { series_expiration: '2s' },
    ),
  })
  const page = async () => parsePage(await (await fetch(`http://${endpoint}/metrics`)).text())
  const server = startProgram()
  const port = await server.run<number>(
    'l = listen(backlog=512)',
    'taken = 0',
    'def serve():',
    '    while True:',
    '        in_thread(take_all, accept(l))',
    'def take_all(c):',
    '    global taken',
    '    got = receive(c)',
    '    c.close()',
    '    with lock:',
    '        taken += got',
    'lock = threading.Lock()',
    'in_thread(serve)',
    'port_of(l)',
  )
  const clients = async () =>
    (await page()).filter(
      ({ name, labels }) =>
        name === 'nettracer_bytes_tx_bytes_total' &&
        labels['server_port'] === String(port) &&
        labels['nettracer_role'] === 'client',
    )
  const activeSeries = async () =>
    (await page()).find(({ name }) => name === 'nettracer_exporter_series_active')?.value ?? 0

  const starter = startProgram()
  await starter.run(
    'waits, ends = os.pipe()',
    'def child(bytes):',
    '    if os.fork() > 0:',
    '        return',
    '    os.close(ends)',
    `    s = connect('127.0.0.1', ${port})`,
    '    send(s, bytes)',
    '    os.read(waits, 1)',
    '    s.close()',
    '    os._exit(0)',
    `for at in range(${lives}): child(1000 + at)`,
  )
  await until('300 active series', async () => (await activeSeries()) >= lives)
  await until('300 series on the page', async () => (await clients()).length === lives)
  await starter.run('os.close(ends)', `for _ in range(${lives}): os.wait()`)
  const truth = lives * 1000 + (lives * (lives - 1)) / 2
  await until('all bytes at the server', async () => (await server.run('taken')) === truth)
  await until('no series of them on the page', async () => (await clients()).length === 0)
  await until('few active series', async () => (await activeSeries()) < lives / 2)
  expect(new Set((await page()).map(({ labels }) => labels['server_port']))).toContain(String(port))
  await agent.stop()

  const points = Points.inFile(path).where({ 'server.port': String(port) })
  const ofClients = points.where({ 'nettracer.role': 'client' })
  const bytes = ofClients.named('nettracer.bytes_tx').last()
  expect(bytes.map(({ value }) => value).toSorted((one, other) => one - other)).toEqual(
    Array.from({ length: lives }, (_, at) => 1000 + at),
  )
  expect(ofClients.resources()).toHaveLength(lives)
  expect(ofClients.total('nettracer.connections.closed')).toBe(lives)
  expect(points.where({ 'nettracer.role': 'server' }).total('nettracer.bytes_rx')).toBe(truth)
  // Of each, all metrics that it ever had were there at its end.
  const lastOf = (name: string) => {
    const last = ofClients.named(name).last()
    return new Map(last.map(({ resource, end }) => [resource['process.pid'], end]))
  }
  expect(lastOf('nettracer.connection.duration')).toEqual(lastOf('nettracer.bytes_tx'))
})

test('more processes than series: the sum stays true, and the rest is under one series', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-series-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'metrics.jsonl')
  const agent = await Agent.start({
    // One interval, so that no series has ended before the last one begins.
    config: agentConfig({ file: { path } }, { series_limit: 100, collection_interval: '24h' }),
  })
  const server = startProgram()
  const port = await server.run<number>(
    'l = listen(backlog=512)',
    'def serve():',
    '    while True:',
    '        with accept(l) as c:',
    '            receive(c)',
    'in_thread(serve)',
    'port_of(l)',
  )
  const starter = startProgram()
  await starter.run(
    'for at in range(150):',
    '    pid = os.fork()',
    '    if pid == 0:',
    `        s = connect('127.0.0.1', ${port})`,
    '        send(s, 1000000)',
    '        s.close()',
    '        os._exit(0)',
    '    os.waitpid(pid, 0)',
  )
  await agent.stop()
  const points = Points.inFile(path)
  const kept = points.where({ 'server.port': String(port), 'nettracer.role': 'client' })
  const overflow = points.where({ 'otel.metric.overflow': 'true' })
  const bytes = kept.total('nettracer.bytes_tx')
  expect(kept.resources().length).toBeLessThanOrEqual(100)
  expect(bytes).toBeLessThan(150_000_000)
  // The machine's other traffic may be in the overflow as well.
  expect(bytes + overflow.total('nettracer.bytes_tx')).toBeGreaterThanOrEqual(150_000_000)
})
