import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { Agent } from '../support/agent.ts'
import { exchange, type Link, link } from '../support/agent-traffic.ts'
import { freePort } from '../support/free-port.ts'
import { addRule, cable, commandIn, createNamespace } from '../support/netns.ts'
import { hasPrometheus, Prometheus } from '../support/prometheus.ts'

const root = new URL('../../', import.meta.url).pathname
const rulesFile = `${root}examples/prometheus/edges.rules.yml`
const seconds = 15

const isInstalled = hasPrometheus()
if (!isInstalled) {
  process.stderr.write(
    '\n!!! SKIPPED: Prometheus is not installed, so both views of an edge are NOT compared !!!\n\n',
  )
}

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { record: string; expr: string; labels: { seen_by: string } }[]
  }[]
}

/** Queries of the page, in its order. */
function documentedQueries(): string[] {
  const page = readFileSync(`${root}docs/peers.md`, 'utf8')
  return [...page.matchAll(/```promql\n(.*?)```/gs)].map(([, query = '']) => query.trim())
}

/** What a recording rule counts, since both ends began. */
function totalOf(record: string, seenBy: string): string {
  const { groups } = parse(readFileSync(rulesFile, 'utf8')) as Rules
  const rule = groups
    .flatMap(({ rules }) => rules)
    .find((one) => one.record === record && one.labels.seen_by === seenBy)
  return rule?.expr.replace(/rate\((.*?)\[5m\]\)/, '$1') ?? ''
}

const serviceEnv = (name: string) => ({
  OTEL_SERVICE_NAME: name,
  OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=shop',
})

/** An agent that tells of one service only, as one on a host of its own. @returns where it is scraped */
async function agentOf(name: string, services: readonly object[]): Promise<string> {
  const endpoint = `127.0.0.1:${await freePort()}`
  const resources = [{ key: 'service.name', value: name }]
  await Agent.start({
    config: {
      receivers: { nettracer: { collection_interval: '1s', peers: { services } } },
      processors: {
        filter: { metrics: { include: { match_type: 'strict', resource_attributes: resources } } },
      },
      exporters: { prometheus: { endpoint } },
      service: {
        pipelines: {
          metrics: {
            receivers: ['nettracer'],
            processors: ['filter'],
            exporters: ['prometheus'],
          },
        },
      },
    },
  })
  return endpoint
}

/** Sends a little all the time, so that rates are steady. @returns how many bytes */
async function flowFor({ client, server }: Link): Promise<number> {
  await Promise.all([client.run('s = connect(*peer)'), server.run('c = accept(l)')])
  await server.run('in_thread(receive, c)')
  const sent = await client.run<number>(
    'sent, end = 0, time.monotonic() + ' + String(seconds),
    'while time.monotonic() < end:',
    '    sent += send(s, 20000)',
    '    time.sleep(0.01)',
    'sent',
  )
  return sent
}

/** Both ends of an edge under load, and of another whose server no agent tells of. @returns what was sent over the first */
async function twoEdges() {
  const [a, b] = [await createNamespace(), await createNamespace()]
  await cable(a, b)
  const at = { a: { through: commandIn(a) }, b: { through: commandIn(b) } }
  const web = { env: serviceEnv('web'), ...at.a }
  const orders = await link(web, { env: serviceEnv('orders'), ...at.b }, '10.99.0.2')
  const billing = await link(web, at.b, '10.99.0.2')
  await addRule(b, 'input', `tcp dport ${orders.port} numgen random mod 100 < 4 drop`)
  const named = (name: string) => ({ 'service.name': name, 'service.namespace': 'shop' })
  const server = (name: string, { port }: Link) => ({
    cidrs: ['10.99.0.2/32'],
    ports: [port],
    ...named(name),
  })
  const targets = [
    await agentOf('web', [server('orders', orders), server('billing', billing)]),
    await agentOf('orders', [{ cidrs: ['10.99.0.1/32'], ...named('web') }]),
  ]
  const every = '1s'
  const global = { scrape_interval: every, scrape_timeout: every, evaluation_interval: every }
  const config = { global, rule_files: [rulesFile] }
  const prometheus = await Prometheus.start(targets, {}, [], { config })
  onTestFinished(() => prometheus.stop())
  const [sent] = await Promise.all([flowFor(orders), flowFor(billing)])
  await exchange(orders, { sent: 1_000, received: 234_567 })
  // The last exchange is with the next collection and scrape.
  await sleep(3_000)
  return { prometheus, sent: sent + 1_000, received: 234_567, port: String(orders.port) }
}

describe.skipIf(!isInstalled)('an edge that two agents see', () => {
  test('has the same name at both ends, and the documented queries lay both side by side', async () => {
    const { prometheus, sent, received, port } = await twoEdges()
    const edge = { client: 'shop/web', server: 'shop/orders', server_port: port }
    const ask = async (query: string, count: number) => {
      const found = await prometheus.query(query, (result) => result.length === count)
      return found.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }))
    }
    const total = async (record: string, seenBy: string) => {
      const found = await ask(totalOf(record, seenBy), seenBy === 'client' ? 2 : 1)
      return found.find(({ metric }) => metric['server'] === 'shop/orders')?.value
    }
    expect(await total('nettracer:edge_bytes_tx:rate5m', 'client')).toBe(sent)
    expect(await total('nettracer:edge_bytes_rx:rate5m', 'server')).toBe(sent)
    expect(await total('nettracer:edge_bytes_tx:rate5m', 'server')).toBe(received)
    expect(await total('nettracer:edge_bytes_rx:rate5m', 'client')).toBe(received)

    const [ratio = '', rtt = '', retransmitted = '', unseenServer = '', unseenClient = ''] =
      documentedQueries()
    const [arrived] = await ask(ratio, 1)
    expect(arrived?.metric).toMatchObject(edge)
    expect(arrived?.value).toBeGreaterThan(0.8)
    expect(arrived?.value).toBeLessThan(1.25)
    const rtts = await ask(rtt, 3)
    expect(rtts.filter(({ value }) => !(value > 0 && value < 1_000))).toEqual([])
    const shares = Object.fromEntries(
      (await ask(retransmitted, 3)).map(({ metric, value }) => [
        `${metric['server']} ${metric['seen_by']}`,
        value,
      ]),
    )
    expect(shares['shop/orders client']).toBeGreaterThan(0.01)
    expect(shares['shop/orders client']).toBeLessThan(0.12)
    expect(shares['shop/orders server']).toBeLessThan(0.01)
    const [unseen] = await ask(unseenServer, 1)
    expect(unseen?.metric).toMatchObject({ client: 'shop/web', server: 'shop/billing' })
    await ask(unseenClient, 0)
  })
})
