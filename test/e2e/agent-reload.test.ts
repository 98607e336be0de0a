import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { status } from '@grpc/grpc-js'
import { expect, onTestFinished, test } from 'vitest'
import { Agent, agentConfig, otlpTo, until } from '../support/agent.ts'
import { Points } from '../support/agent-points.ts'
import { end, exchange, type Link, link } from '../support/agent-traffic.ts'
import { flood } from '../support/flood.ts'
import { OtlpReceiver } from '../support/otlp-server.ts'

interface Parts {
  readonly receiver?: object
  readonly otlp?: object
  readonly file?: object
  readonly processors?: Record<string, object>
}

/** What can be changed without a source being opened anew. */
const changes: readonly Parts[] = [
  { receiver: { collection_interval: '300ms' } },
  { receiver: { series_limit: 500 } },
  { otlp: { headers: { 'x-a': 'b' } } },
  { file: { flush_interval: '100ms' } },
  { processors: { batch: { timeout: '100ms' } } },
  { receiver: { metrics: { 'nettracer.rtt': { enabled: false } } } },
  { receiver: { peers: { public: 'address' } }, processors: { batch: {} } },
  {
    receiver: {
      metrics: { 'nettracer.bytes_tx': { attributes: ['server.port', 'nettracer.role'] } },
    },
  },
  { otlp: { timeout: '3s' }, file: { flush_interval: '200ms' } },
  {},
]

const ofClient = (points: Points, traffic: Link) => end(points, traffic, 'client')

test('10 reloads under traffic: nothing is lost or counted twice, totals never fall', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-reload-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'metrics.jsonl')
  const receiver = await OtlpReceiver.start()
  onTestFinished(() => receiver.stop())
  const config = ({ receiver: part = {}, otlp = {}, file = {}, processors = {} }: Parts) => {
    const whole = agentConfig(
      {
        otlp: otlpTo(receiver.port, { temporality_preference: 'delta', ...otlp }),
        file: { path, append: true, ...file },
      },
      { collection_interval: '500ms', ...part },
    )
    const pipeline = {
      receivers: ['nettracer'],
      processors: Object.keys(processors),
      exporters: ['otlp', 'file'],
    }
    return { ...whole, processors, service: { pipelines: { metrics: pipeline } } }
  }
  const agent = await Agent.start({ config: config({}) })
  const traffic = await link()
  const short = await link()
  const flooding = await flood(traffic)
  for (const [at, change] of changes.entries()) {
    await exchange(short, { sent: 1_000 + at, received: 500 })
    const before = receiver.received.length
    agent.configure(config(change))
    agent.signal('SIGHUP')
    await until('the new configuration', () => {
      return agent.stderr.split('the new configuration runs').length === at + 2
    })
    await until('two more requests', () => receiver.received.length > before + 1)
  }
  const sent = await flooding.end()
  await agent.stop()

  const grown = Points.of(receiver.received.map(({ request }) => request))
  const totals = Points.inFile(path)
  for (const [name, points] of Object.entries({ grown, totals })) {
    expect(ofClient(points, traffic).total('nettracer.bytes_tx'), name).toBe(sent)
    expect(end(points, traffic, 'server').total('nettracer.bytes_rx'), name).toBe(sent)
    expect(ofClient(points, traffic).total('nettracer.connections.opened'), name).toBe(1)
    expect(ofClient(points, traffic).total('nettracer.connections.closed'), name).toBe(1)
    const shorts = ofClient(points, short)
    expect(shorts.total('nettracer.bytes_tx'), name).toBe(10 * 1_000 + 45)
    expect(shorts.total('nettracer.connections.opened'), name).toBe(10)
  }
  expectNeverFalling(totals)
  const own = grown.where({ 'process.pid': String(agent.pid) })
  expect(own.total('nettracer.exporter.config.reloads')).toBe(10)
  for (const outcome of ['dropped', 'failed', 'rejected']) {
    expect(own.total(`nettracer.exporter.${outcome}_points`), outcome).toBe(0)
  }
})

test('requests that a backend does not take at the reload are sent to it later, beside the new one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-reload-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'metrics.jsonl')
  let isDown = true
  const old = await OtlpReceiver.start({
    answer: () => (isDown ? { code: status.UNAVAILABLE } : {}),
  })
  const next = await OtlpReceiver.start()
  onTestFinished(() => {
    old.stop()
    next.stop()
  })
  const config = (port: number) =>
    agentConfig(
      { otlp: otlpTo(port, { temporality_preference: 'delta' }), file: { path } },
      { collection_interval: '500ms' },
    )
  const agent = await Agent.start({ config: config(old.port) })
  const traffic = await link()
  await exchange(traffic, { sent: 12_345, received: 1 })
  const collected = () => ofClient(Points.inFile(path), traffic).total('nettracer.bytes_tx')
  await until('a collection with the traffic', () => collected() === 12_345)
  await agent.says('An export failed and is tried again')
  agent.configure(config(next.port))
  agent.signal('SIGHUP')
  await agent.says('the new configuration runs')
  await exchange(traffic, { sent: 54_321, received: 1 })
  await until('requests at the new backend', () => next.received.length > 6)
  isDown = false
  const sentTo = ({ received }: OtlpReceiver) =>
    ofClient(Points.of(received.map(({ request }) => request)), traffic).total('nettracer.bytes_tx')
  await until('what the old one had not taken', () => sentTo(old) + sentTo(next) === 66_666)
  expect(sentTo(old)).toBeGreaterThanOrEqual(12_345)
  await agent.stop()
})

/** A counter that falls has another start: so rates are never below zero. */
function expectNeverFalling(points: Points): void {
  const last = new Map<string, number>()
  for (const point of points.all) {
    if (!/^nettracer\.(bytes|pkts|connections\.(opened|closed))/.test(point.name)) continue
    const { resource, name, attributes, start, value } = point
    const key = JSON.stringify([resource, name, attributes, String(start)])
    expect(value, key).toBeGreaterThanOrEqual(last.get(key) ?? 0)
    last.set(key, value)
  }
  expect(last.size).toBeGreaterThan(20)
}
