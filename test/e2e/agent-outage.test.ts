import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Agent, agentConfig, otlpTo, until } from '../support/agent.ts'
import { Points } from '../support/agent-points.ts'
import { exchange, type Link, link } from '../support/agent-traffic.ts'
import { flood } from '../support/flood.ts'
import { Collector, otelcolIsThere } from '../support/otelcol.ts'

const ofClient = (points: Points, { port }: Link) =>
  points.where({ 'server.port': String(port), 'nettracer.role': 'client' })

const read = (collector: Collector) => Points.of(collector.requests())

function expectNothingLost(own: Points): void {
  for (const outcome of ['dropped', 'failed', 'rejected']) {
    expect(own.total(`nettracer.exporter.${outcome}_points`), outcome).toBe(0)
  }
}

describe.skipIf(!(await otelcolIsThere()))('a Collector that comes and goes', () => {
  async function collecting(): Promise<Collector> {
    const collector = await Collector.start()
    onTestFinished(() => collector.remove())
    return collector
  }

  test.each(['cumulative', 'delta'])(
    'is away at the start: what happened until it came is there, %s',
    async (temporality_preference) => {
      const collector = await collecting()
      await collector.stop()
      const agent = await Agent.start({
        config: agentConfig({
          otlp: otlpTo(collector.grpcPort, { temporality_preference }),
        }),
      })
      const traffic = await link()
      await exchange(traffic, { sent: 1_234_567, received: 7_654_321 })
      await agent.says('otlp')
      await sleep(3_000)
      await collector.run()
      const bytes = () => ofClient(read(collector), traffic).total('nettracer.bytes_tx')
      await until('the first connection in the Collector', () => bytes() > 0)
      await exchange(traffic, { sent: 1_000, received: 0 })
      await agent.stop()
      await collector.stop()

      const points = read(collector)
      expect(ofClient(points, traffic).total('nettracer.bytes_tx')).toBe(1_235_567)
      expect(ofClient(points, traffic).total('nettracer.bytes_rx')).toBe(7_654_321)
      expect(ofClient(points, traffic).total('nettracer.connections.closed')).toBe(2)
      const own = points.where({ 'otel.component.name': 'otlp', 'process.pid': String(agent.pid) })
      expect(own.total('nettracer.exporter.retries')).toBeGreaterThan(0)
      expectNothingLost(own)
    },
  )

  test('is killed for 10 s in the middle of traffic: the totals are true again', async () => {
    const collector = await collecting()
    const agent = await Agent.start({
      config: agentConfig({ otlp: otlpTo(collector.grpcPort) }),
    })
    const traffic = await link()
    const flooding = await flood(traffic)
    const bytes = () => ofClient(read(collector), traffic).total('nettracer.bytes_tx')
    await until('traffic in the Collector', () => bytes() > 0)
    await collector.kill()
    const before = bytes()
    await sleep(10_000)
    await collector.run()
    await until('more traffic in the Collector', () => bytes() > before)
    const sent = await flooding.end()
    await agent.stop()
    await collector.stop()

    const points = read(collector)
    expect(bytes()).toBe(sent)
    expect(sent).toBeGreaterThan(before)
    const own = points.where({ 'otel.component.name': 'otlp', 'process.pid': String(agent.pid) })
    expect(own.total('nettracer.exporter.retries')).toBeGreaterThan(0)
    expectNothingLost(own)
    expect(own.total('nettracer.exporter.sent_points')).toBeGreaterThan(0)
  })

  test('stops and comes again in the middle of traffic: no delta is missing or there twice', async () => {
    const collector = await collecting()
    const agent = await Agent.start({
      config: agentConfig({
        otlp: otlpTo(collector.grpcPort, { temporality_preference: 'delta' }),
      }),
    })
    const traffic = await link()
    const flooding = await flood(traffic)
    const bytes = () => ofClient(read(collector), traffic).total('nettracer.bytes_tx')
    await until('traffic in the Collector', () => bytes() > 0)
    await collector.stop()
    const before = bytes()
    await sleep(4_000)
    await collector.run()
    await until('more traffic in the Collector', () => bytes() > before)
    const sent = await flooding.end()
    await agent.stop()
    await collector.stop()
    expect(bytes()).toBe(sent)
  })

  test('stays away until the queue is full: no delta is missing, and none is dropped', async () => {
    const collector = await collecting()
    await collector.stop()
    const agent = await Agent.start({
      config: agentConfig(
        {
          otlp: otlpTo(collector.grpcPort, {
            temporality_preference: 'delta',
            sending_queue: { num_consumers: 1, queue_size: 2 },
          }),
        },
        { collection_interval: '200ms' },
      ),
    })
    const traffic = await link()
    const flooding = await flood(traffic)
    await agent.says('tried again')
    await sleep(4_000)
    await collector.run()
    await until('traffic in the Collector', () => {
      return ofClient(read(collector), traffic).total('nettracer.bytes_tx') > 0
    })
    const sent = await flooding.end()
    await agent.stop()
    await collector.stop()

    const points = read(collector)
    expect(ofClient(points, traffic).total('nettracer.bytes_tx')).toBe(sent)
    const own = points.where({ 'otel.component.name': 'otlp', 'process.pid': String(agent.pid) })
    const dropped = own.named('nettracer.exporter.dropped_points')
    expect(new Set(dropped.all.map((one) => one.attributes['nettracer.drop.reason']))).toEqual(
      new Set(['superseded']),
    )
  })

  test('is gone when the agent stops: it ends in time, and says what it could not send', async () => {
    const collector = await collecting()
    await collector.stop()
    const agent = await Agent.start({
      config: agentConfig({ otlp: otlpTo(collector.grpcPort) }),
    })
    await agent.says('otlp')
    await agent.stop()
    expect(agent.stderr).toMatch(/WARN .*otlp .*points/)
  })
})
