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

describe.skipIf(!isInstalled)('an edge that two agents see', () => {
  test('has the same name at both ends, and the documented queries lay both side by side', async () => {
    const [a, b] = [await createNamespace(), await createNamespace()]
    await cable(a, b)
    const at = { a: { through: commandIn(a) }, b: { through: commandIn(b) } }
    const orders = await link(
      { env: serviceEnv('web'), ...at.a },
      { env: serviceEnv('orders'), ...at.b },
      '10.99.0.2',
    )
    const billing = await link({ env: serviceEnv('web'), ...at.a }, { ...at.b }, '10.99.0.2')
    await addRule(b, 'input', `tcp dport ${orders.port} numgen random mod 100 < 4 drop`)
    const shop = { 'service.namespace': 'shop' }
    const server = (name: string, { port }: Link) => ({
      cidrs: ['10.99.0.2/32'],
      ports: [port],
      'service.name': name,
      ...shop,
    })
    const targets = [
      await agentOf('web', [server('orders', orders), server('billing', billing)]),
      await agentOf('orders', [{ cidrs: ['10.99.0.1/32'], 'service.name': 'web', ...shop }]),
    ]
    const prometheus = await Prometheus.start(targets, {}, [], {
      config: {
        global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
        rule_files: [rulesFile],
      },
    })
    onTestFinished(() => prometheus.stop())

    const [sent] = await Promise.all([flowFor(orders), flowFor(billing)])
    await exchange(orders, { sent: 1_000, received: 234_567 })

    const edge = { client: 'shop/web', server: 'shop/orders', server_port: String(orders.port) }
    const totals = async (record: string, seenBy: string) =>
      Object.fromEntries(
        (await prometheus.query(totalOf(record, seenBy), (found) => found.length > 0)).map(
          ({ metric, value: [, value] }) => [metric['server'], Number(value)],
        ),
      )
    // The last exchange is with the next collection and scrape.
    await sleep(3_000)
    const tx = 'nettracer:edge_bytes_tx:rate5m'
    const rx = 'nettracer:edge_bytes_rx:rate5m'
    expect((await totals(tx, 'client'))['shop/orders']).toBe(sent + 1_000)
    expect((await totals(rx, 'server'))['shop/orders']).toBe(sent + 1_000)
    expect((await totals(tx, 'server'))['shop/orders']).toBe(234_567)
    expect((await totals(rx, 'client'))['shop/orders']).toBe(234_567)

    const [ratio = '', rtt = '', retransmitted = '', unseenServer = '', unseenClient = ''] =
      documentedQueries()
    const ask = async (query: string, count: number) => {
      const found = await prometheus.query(query, (result) => result.length === count)
      return found.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }))
    }
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
    process.stdout.write(`${JSON.stringify({ ratio: arrived?.value, shares, rtts })}\n`)
  })
})
