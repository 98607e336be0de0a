import { describe, expect, onTestFinished, test } from 'vitest'
import { Agent, agentConfig, otlpTo, until } from '../support/agent.ts'
import { Points } from '../support/agent-points.ts'
import {
  bytesOf,
  end,
  exchange,
  type Link,
  link,
  type ProgramSettings,
} from '../support/agent-traffic.ts'
import { cable, commandIn, createNamespace } from '../support/netns.ts'
import { Collector, otelcolIsThere } from '../support/otelcol.ts'

const sent = 1_234_567
const received = 7_654_321
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

async function collecting(): Promise<Collector> {
  const collector = await Collector.start()
  onTestFinished(() => collector.remove())
  return collector
}

/** Ends both in order. @returns all that the Collector wrote */
async function finish(agent: Agent, collector: Collector): Promise<Points> {
  await agent.stop()
  await collector.stop()
  return Points.of(collector.requests())
}

describe.skipIf(!(await otelcolIsThere()))('a real Collector', () => {
  /** A client and a server in namespaces that are made now, joined by a cable. */
  async function linkAcross(client: ProgramSettings, server: ProgramSettings): Promise<Link> {
    const [a, b] = [await createNamespace(), await createNamespace()]
    await cable(a, b, '10.97.3')
    return link(
      { ...client, through: commandIn(a) },
      { ...server, through: commandIn(b) },
      '10.97.3.2',
    )
  }

  test('has every byte of both ends, under their resources', async () => {
    const collector = await collecting()
    const agent = await Agent.start({
      config: agentConfig({ otlp: otlpTo(collector.grpcPort) }),
      env: { OTEL_SERVICE_NAME: 'agent-name', OTEL_RESOURCE_ATTRIBUTES: 'leak=1' },
    })
    const traffic = await linkAcross(
      {
        env: {
          OTEL_SERVICE_NAME: 'web',
          OTEL_RESOURCE_ATTRIBUTES:
            'service.name=not-this,service.namespace=shop,service.instance.id=web-1,team=a',
        },
      },
      {
        env: {
          OTEL_RESOURCE_ATTRIBUTES:
            'service.name=api,service.namespace=shop,service.version=1.2,deployment.environment.name=prod%20eu',
        },
      },
    )
    await exchange(traffic, { sent, received })
    const points = await finish(agent, collector)

    expect(bytesOf(points, traffic)).toEqual({ client: [sent, received], server: [received, sent] })
    const client = end(points, traffic, 'client')
    const server = end(points, traffic, 'server')
    // The client tells its instance id: its own SDK sends the same three with other attributes.
    expect(client.resources()).toEqual([
      { 'service.name': 'web', 'service.namespace': 'shop', 'service.instance.id': 'web-1' },
    ])
    expect(server.resources().map(withoutPlace)).toEqual([
      {
        'service.name': 'api',
        'service.namespace': 'shop',
        'service.version': '1.2',
        'service.instance.id': expect.stringMatching(uuid),
        'deployment.environment.name': 'prod eu',
        'process.pid': String(traffic.server.pid),
        'process.executable.name': expect.stringMatching(/^python3/),
        'process.executable.path': expect.stringMatching(/^\/.*\/python3/),
        'process.owner': 'root',
        'process.creation.time': expect.stringMatching(/^\d{4}-.*Z$/),
        'host.id': expect.any(String),
        'host.name': expect.any(String),
        'host.arch': expect.any(String),
        'os.type': 'linux',
      },
    ])
    for (const { scope } of [...client.all, ...server.all]) {
      expect(scope).toMatch(/^otel-nettracer@\d+\.\d+\.\d+/)
    }

    const common = {
      'network.transport': 'tcp',
      'network.type': 'ipv4',
      'nettracer.peer.scope': 'private',
      'server.port': String(traffic.port),
    }
    const ofClient = {
      ...common,
      'nettracer.role': 'client',
      'server.address': '10.97.3.2',
      'network.peer.address': '10.97.3.2',
      'server.service.name': 'api',
      'server.service.namespace': 'shop',
    }
    const ofServer = {
      ...common,
      'nettracer.role': 'server',
      'network.peer.address': '10.97.3.1',
      'client.service.name': 'web',
      'client.service.namespace': 'shop',
    }
    for (const [points, attributes, reason] of [
      [client, ofClient, 'local_fin'],
      [server, ofServer, 'remote_fin'],
    ] as const) {
      const attributesOf = (name: string) =>
        new Set(points.named(name).all.map((point) => JSON.stringify(sorted(point.attributes))))
      expect(attributesOf('nettracer.bytes_tx')).toEqual(
        new Set([JSON.stringify(sorted(attributes))]),
      )
      expect(attributesOf('nettracer.connections.closed')).toEqual(
        new Set([JSON.stringify(sorted({ ...attributes, 'nettracer.close.reason': reason }))]),
      )
      expect(points.total('nettracer.connections.opened')).toBe(1)
      expect(points.total('nettracer.connections.closed')).toBe(1)
      expect(points.total('nettracer.connections.active')).toBe(0)
      expect(points.total('nettracer.connections.failed')).toBe(0)
      expect(points.total('nettracer.connection.duration')).toBe(1)
    }
    expect(client.total('nettracer.connect.duration')).toBe(1)
    expect(server.total('nettracer.connect.duration')).toBe(0)

    // The agent is a process with connections as well; its own variables are on nothing but itself.
    const leaked = points.filter(
      ({ resource }) => 'leak' in resource || resource['service.name'] === 'agent-name',
    )
    expect(leaked.all.length).toBeGreaterThan(0)
    expect(new Set(leaked.resources().map((one) => one['process.pid']))).toEqual(
      new Set([String(agent.pid)]),
    )
    expect(leaked.total('nettracer.exporter.uptime')).toBeGreaterThan(0)
  })

  test.each(['cumulative', 'delta'])(
    'has one value a connection in the histograms, %s',
    async (temporality_preference) => {
      const collector = await collecting()
      const agent = await Agent.start({
        config: agentConfig(
          { otlp: otlpTo(collector.grpcPort, { temporality_preference }) },
          // A connection that two intervals see gives two values: here one interval is all.
          { collection_interval: '24h' },
        ),
      })
      const sizes = [1, 100, 3_000, 50_000, sent]
      const traffic = await link()
      for (const size of sizes) await exchange(traffic, { sent: size, received: 7 })
      const client = end(await finish(agent, collector), traffic, 'client')

      const total = sizes.reduce((sum, size) => sum + size, 0)
      expect(client.total('nettracer.bytes_tx')).toBe(total)
      expect(client.histogram('nettracer.session.bytes_tx')).toEqual({
        count: sizes.length,
        sum: total,
        min: 1,
        max: sent,
      })
      expect(client.histogram('nettracer.session.bytes_rx')).toEqual({
        count: sizes.length,
        sum: 7 * sizes.length,
        min: 7,
        max: 7,
      })
      for (const name of [
        'nettracer.rtt',
        'nettracer.connect.duration',
        'nettracer.connection.duration',
      ]) {
        const { count, sum, min, max } = client.histogram(name)
        expect(count, name).toBe(sizes.length)
        expect(min, name).toBeGreaterThan(0)
        expect(max, name).toBeGreaterThanOrEqual(min)
        expect(sum, name).toBeGreaterThanOrEqual(max)
        expect(sum, name).toBeLessThanOrEqual(max * sizes.length)
      }
      for (const { name, value, bucketed } of client.all.filter(({ sum }) => !Number.isNaN(sum))) {
        expect(bucketed, name).toBe(value)
      }
    },
  )

  test('has deltas whose sum is the truth, each interval beginning where the last one ended', async () => {
    const collector = await collecting()
    const agent = await Agent.start({
      config: agentConfig({
        otlp: otlpTo(collector.grpcPort, { temporality_preference: 'delta' }),
      }),
    })
    const traffic = await link()
    await Promise.all([
      traffic.client.run('s = connect(*peer)'),
      traffic.server.run('c = accept(l)'),
    ])
    await traffic.server.run('taker = in_thread(receive, c)')
    await traffic.client.run(
      'sent, goes_on = 0, True',
      'def flow():',
      '    global sent',
      '    while goes_on:',
      '        sent += send(s, 10000)',
      '        time.sleep(0.01)',
      'flower = in_thread(flow)',
    )
    const moments = () =>
      end(Points.of(collector.requests()), traffic, 'client')
        .named('nettracer.bytes_tx')
        .all.toSorted((one, other) => Number(one.end - other.end))
    await until('three intervals in the Collector', () => moments().length >= 3)
    const sum = await traffic.client.run<number>(
      'goes_on = False',
      'flower.join(); s.close()',
      'sent',
    )
    await traffic.server.run('taker.join(); c.close()')
    const points = await finish(agent, collector)
    expect(moments().every(({ isDelta }) => isDelta)).toBe(true)
    expect(moments().reduce((all, { value }) => all + value, 0)).toBe(sum)
    expect(
      moments()
        .slice(1)
        .map(({ start }) => start),
    ).toEqual(
      moments()
        .slice(0, -1)
        .map((moment) => moment.end),
    )
    const active = end(points, traffic, 'client').named('nettracer.connections.active')
    expect(active.all.every(({ isDelta }) => !isDelta)).toBe(true)
    expect(active.total('nettracer.connections.active')).toBe(0)
  })
})

/** Where the tests run is not known: on a terminal, in a service, in a container. */
function withoutPlace(resource: Readonly<Record<string, string>>) {
  const { 'container.id': _container, 'systemd.unit.name': _unit, ...rest } = resource
  return rest
}

const sorted = (values: object) =>
  Object.fromEntries(Object.entries(values).toSorted(([one], [other]) => (one < other ? -1 : 1)))
