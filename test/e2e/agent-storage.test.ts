import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Agent, agentConfig, otlpTo, until } from '../support/agent.ts'
import { Points } from '../support/agent-points.ts'
import { exchange, type Link, link } from '../support/agent-traffic.ts'
import { Collector, otelcolIsThere } from '../support/otelcol.ts'

const read = (collector: Collector) => Points.of(collector.requests())
const ofClient = (points: Points, { port }: Link) =>
  points.where({ 'server.port': String(port), 'nettracer.role': 'client' })

function scratch(): string {
  const path = mkdtempSync(join(tmpdir(), 'nettracer-storage-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const namesIn = (directory: string) => readdirSync(join(directory, 'exporter_otlp_metrics.queue'))
const requestsIn = (directory: string) => namesIn(directory).length

/** Wall clock, in ms. */
const newestIn = (directory: string) =>
  Math.max(...namesIn(directory).map((name) => Number(name.split('-')[2])))

function storing(port: number, directory: string, more: object = {}): object {
  const otlp = otlpTo(port, { sending_queue: { storage: 'file_storage' }, ...more })
  const config = agentConfig({ otlp }) as { service: object }
  return {
    ...config,
    extensions: { file_storage: { directory, timeout: '5s' } },
    service: { ...config.service, extensions: ['file_storage'] },
  }
}

describe.skipIf(!(await otelcolIsThere()))('an agent with its queue on disk', () => {
  async function collecting(): Promise<Collector> {
    const collector = await Collector.start()
    onTestFinished(() => collector.remove())
    return collector
  }

  test.each(['cumulative', 'delta'])(
    'is killed while the Collector is away: all that it had queued arrives after its restart, %s',
    async (temporality_preference) => {
      const directory = scratch()
      const collector = await collecting()
      await collector.stop()
      const config = storing(collector.grpcPort, directory, { temporality_preference })
      const killed = await Agent.start({ config })
      const traffic = await link()
      await exchange(traffic, { sent: 1_234_567, received: 7_654_321 })
      await exchange(traffic, { sent: 1_000, received: 2_000 })
      const end = Date.now()
      await until('a collection after the traffic on disk', () => newestIn(directory) > end + 3000)
      killed.signal('SIGKILL')
      await killed.exitCode()

      const agent = await Agent.start({ config })
      await agent.says('What was left on disk is sent first')
      await collector.run()
      await until('an empty queue', () => requestsIn(directory) === 0)
      await agent.stop()
      await collector.stop()

      const points = ofClient(read(collector), traffic)
      expect(points.total('nettracer.bytes_tx')).toBe(1_235_567)
      expect(points.total('nettracer.bytes_rx')).toBe(7_656_321)
      expect(points.total('nettracer.connections.closed')).toBe(2)
      const own = read(collector).where({ 'process.pid': String(agent.pid) })
      for (const outcome of ['dropped', 'failed', 'rejected']) {
        expect(own.total(`nettracer.exporter.${outcome}_points`), outcome).toBe(0)
      }
    },
  )

  test('stops while the Collector is away: nothing is dropped, the last collection included', async () => {
    const directory = scratch()
    const collector = await collecting()
    await collector.stop()
    const config = storing(collector.grpcPort, directory, { temporality_preference: 'delta' })
    const first = await Agent.start({ config })
    const traffic = await link()
    await exchange(traffic, { sent: 500_000, received: 100_000 })
    await first.stop()
    expect(first.stderr).toMatch(/Unsent data points are on disk for the next run/)

    await collector.run()
    const second = await Agent.start({ config })
    await until('an empty queue', () => requestsIn(directory) === 0)
    await second.stop()
    await collector.stop()
    const points = ofClient(read(collector), traffic)
    expect(points.total('nettracer.bytes_tx')).toBe(500_000)
    expect(points.total('nettracer.bytes_rx')).toBe(100_000)
  })

  test('has its directory for itself: another one with the same does not start', async () => {
    const directory = scratch()
    const collector = await collecting()
    const config = storing(collector.grpcPort, directory)
    const first = await Agent.start({ config })
    const other = Agent.spawn({ config })
    expect(await other.exitCode()).toBe(3)
    expect(other.stderr).toMatch(/is in use by another process/)
    await first.stop()
  })

  test('meets a Collector that is paused: the totals are true again within 10 s', async () => {
    const collector = await collecting()
    const agent = await Agent.start({ config: storing(collector.grpcPort, scratch()) })
    const traffic = await link()
    const bytes = () => ofClient(read(collector), traffic).total('nettracer.bytes_tx')
    await exchange(traffic, { sent: 10_000, received: 0 })
    await until('traffic in the Collector', () => bytes() === 10_000)
    collector.pause()
    await exchange(traffic, { sent: 20_000, received: 0 })
    await sleep(6_000)
    collector.resume()
    const back = performance.now()
    await until('the rest of it', () => bytes() === 30_000)
    expect(performance.now() - back).toBeLessThan(10_000)
    await agent.stop()
    await collector.stop()
    const own = read(collector).where({ 'process.pid': String(agent.pid) })
    for (const outcome of ['dropped', 'failed', 'rejected']) {
      expect(own.total(`nettracer.exporter.${outcome}_points`), outcome).toBe(0)
    }
  })

  test('gets another configuration while the Collector is away: the new queue goes on with the old one', async () => {
    const directory = scratch()
    const collector = await collecting()
    await collector.stop()
    const more = { temporality_preference: 'delta' }
    const agent = await Agent.start({ config: storing(collector.grpcPort, directory, more) })
    const traffic = await link()
    await exchange(traffic, { sent: 111_000, received: 5_000 })
    const end = Date.now()
    await until('it on disk', () => newestIn(directory) > end + 2000)
    agent.configure(storing(collector.grpcPort, directory, { ...more, timeout: '1s' }))
    agent.signal('SIGHUP')
    await agent.says('the new configuration runs')
    await exchange(traffic, { sent: 222_000, received: 6_000 })
    await collector.run()
    await until('an empty queue', () => requestsIn(directory) === 0)
    await agent.stop()
    await collector.stop()
    const points = ofClient(read(collector), traffic)
    expect(points.total('nettracer.bytes_tx')).toBe(333_000)
    expect(points.total('nettracer.bytes_rx')).toBe(11_000)
    expect(agent.stderr).toMatch(/What was left on disk is sent first/)
    expect(agent.stderr).not.toMatch(/The disk cannot be used/)
  })
})
