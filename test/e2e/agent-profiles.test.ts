import { describe, expect, onTestFinished, test } from 'vitest'
import { profiles } from '../../src/generated/profiles.ts'
import { Agent, agentConfig, otlpTo } from '../support/agent.ts'
import { Points } from '../support/agent-points.ts'
import { end, exchange, link } from '../support/agent-traffic.ts'
import { freePort } from '../support/free-port.ts'
import { Collector, otelcolIsThere } from '../support/otelcol.ts'
import { hasPrometheus, Prometheus } from '../support/prometheus.ts'

const sizes = [
  { sent: 1_234_567, received: 7_654_321 },
  { sent: 100, received: 3 },
]
const sent = sizes.reduce((sum, one) => sum + one.sent, 0)
const received = sizes.reduce((sum, one) => sum + one.received, 0)
const B = 'builtin:tech.nettracer.'

describe.skipIf(!(await otelcolIsThere()))('a real Collector', () => {
  async function reported(profile: string) {
    const collector = await Collector.start()
    onTestFinished(() => collector.remove())
    const agent = await Agent.start({
      config: agentConfig({ otlp: otlpTo(collector.grpcPort) }, { profile }),
    })
    const traffic = await link()
    for (const one of sizes) await exchange(traffic, one)
    await agent.stop()
    await collector.stop()
    const points = Points.of(collector.requests())
    const ofConnections = points.filter(({ name }) => !name.startsWith('nettracer.'))
    return {
      all: points,
      names: new Set(ofConnections.all.map(({ name }) => name)),
      client: end(ofConnections, traffic, 'client'),
      server: end(ofConnections, traffic, 'server'),
    }
  }

  test("has Dynatrace's metrics as deltas, with every byte of each session", async () => {
    const { all, names, client, server } = await reported('dynatrace')
    const theirs: string[] = Object.values(profiles.dynatrace).map(({ name }) => name)
    expect([...names].filter((name) => !theirs.includes(name))).toEqual([])

    const bytes = { count: sizes.length, sum: sent, min: 100, max: 1_234_567 }
    expect(client.histogram(`${B}bytes_tx`)).toMatchObject({ sum: sent })
    expect(client.histogram(`${B}bytes_rx`)).toMatchObject({ sum: received })
    expect(server.histogram(`${B}bytes_rx`)).toMatchObject({ sum: sent })
    expect(server.histogram(`${B}bytes_tx`)).toMatchObject({ sum: received })
    // A session that two intervals saw has a value in each.
    expect(client.histogram(`${B}bytes_tx`).count).toBeGreaterThanOrEqual(bytes.count)
    expect(client.histogram(`${B}bytes_tx`).max).toBeLessThanOrEqual(bytes.max)
    expect(client.histogram(`${B}rtt`).min).toBeGreaterThan(0)
    expect(client.total(`${B}pkts_tx`)).toBeGreaterThan(0)
    for (const { name, unit, isDelta } of client.all) {
      const isGauge = /retr_percentage|traffic/.test(name)
      expect([name, isDelta]).toEqual([name, !isGauge])
      expect(unit).toMatch(/^(Byte|Count|Percent|Millisecond|bit\/s)$/)
    }
    // Dynatrace would refuse the agent's own health if it were cumulative.
    expect(all.named('nettracer.exporter.records').all.every(({ isDelta }) => isDelta)).toBe(true)
  })

  test('has the names of the semantic conventions, one metric for both directions, seconds', async () => {
    const { names, client, server } = await reported('semconv')
    const theirs: string[] = Object.values(profiles.semconv).map(({ name }) => name)
    expect([...names].filter((name) => !theirs.includes(name))).toEqual([])
    const bytes = (of: Points, direction: string) =>
      of.where({ 'network.io.direction': direction }).total('system.network.io')
    expect([bytes(client, 'transmit'), bytes(client, 'receive')]).toEqual([sent, received])
    expect([bytes(server, 'transmit'), bytes(server, 'receive')]).toEqual([received, sent])
    const { count, max } = client.histogram('tcp.connect.duration')
    expect(count).toBe(sizes.length)
    expect(max).toBeLessThan(10)
    expect(client.histogram('tcp.rtt').max).toBeLessThan(1)
    expect(client.total('tcp.connection.opened')).toBe(sizes.length)
  })
})

describe.skipIf(!hasPrometheus())('Prometheus scrapes profile semconv', () => {
  test('and has every byte by direction', async () => {
    const address = `127.0.0.1:${await freePort()}`
    await Agent.start({
      config: agentConfig({ prometheus: { endpoint: address } }, { profile: 'semconv' }),
    })
    const prometheus = await Prometheus.start([address])
    onTestFinished(() => prometheus.stop())
    const traffic = await link()
    for (const one of sizes) await exchange(traffic, one)
    const value = async (direction: string, whole: number) => {
      const labels = `server_port="${traffic.port}",nettracer_role="client"`
      const [found] = await prometheus.query(
        `system_network_io_bytes_total{${labels},network_io_direction="${direction}"}`,
        ([first]) => Number(first?.value[1]) >= whole,
      )
      return Number(found?.value[1])
    }
    expect(await value('transmit', sent)).toBe(sent)
    expect(await value('receive', received)).toBe(received)
  })
})
