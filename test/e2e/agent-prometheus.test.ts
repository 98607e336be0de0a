import { createServer } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Agent, agentConfig, until } from '../support/agent.ts'
import { exchange, link } from '../support/agent-traffic.ts'
import { freePort } from '../support/free-port.ts'
import { hasPrometheus, Prometheus, promtoolCheck } from '../support/prometheus.ts'

const isInstalled = hasPrometheus()
if (!isInstalled) {
  process.stderr.write(
    '\n!!! SKIPPED: Prometheus is not installed, so the agent is NOT tested with it !!!\n\n',
  )
}

describe.skipIf(!isInstalled)('Prometheus scrapes the agent', () => {
  /** @param others addresses that are scraped beside the agent's */
  async function scraping(others: readonly string[] = []) {
    const address = `127.0.0.1:${await freePort()}`
    const agent = await Agent.start({
      config: agentConfig({ prometheus: { endpoint: address } }),
    })
    const prometheus = await Prometheus.start([address, ...others])
    onTestFinished(() => prometheus.stop())
    const value = async (expression: string, isEnough: (value: number) => boolean) => {
      const [found] = await prometheus.query(expression, ([first]) =>
        isEnough(Number(first?.value[1])),
      )
      return Number(found?.value[1])
    }
    return { agent, prometheus, value, url: `http://${address}/metrics` }
  }

  test('PromQL gives every byte, by end and in sum', async () => {
    const { prometheus, value, url } = await scraping()
    const traffic = await link({ env: { OTEL_SERVICE_NAME: 'web' } })
    await exchange(traffic, { sent: 1_234_567, received: 7_654_321 })
    const labels = `server_port="${traffic.port}"`
    const bytes = (role: string) =>
      `nettracer_bytes_tx_bytes_total{${labels},nettracer_role="${role}"}`
    expect(await value(bytes('client'), (found) => found > 0)).toBe(1_234_567)
    expect(await value(bytes('server'), (found) => found > 0)).toBe(7_654_321)
    const sum = `sum(nettracer_bytes_tx_bytes_total{${labels}})`
    expect(await value(sum, (found) => found > 0)).toBe(1_234_567 + 7_654_321)
    const received = `sum(nettracer_bytes_rx_bytes_total{${labels}})`
    expect(await value(received, (found) => found > 0)).toBe(1_234_567 + 7_654_321)

    // By service name, the way dashboards do it: the name is the job.
    const closed = await prometheus.query(
      `nettracer_connections_closed_total{${labels},job="web"}`,
      (result) => result.length > 0,
    )
    expect(
      closed.map(({ metric, value: [, count] }) => [metric['nettracer_close_reason'], count]),
    ).toEqual([['local_fin', '1']])
    const remarks = promtoolCheck(await (await fetch(url)).text())
    expect(remarks?.filter((one) => !one.includes('use base unit'))).toEqual([])
  })

  test('two processes of one service are two instances, each with its own bytes', async () => {
    const { prometheus } = await scraping()
    const env = { OTEL_SERVICE_NAME: 'web', OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=shop' }
    const [one, other] = [await link({ env }), await link({ env })]
    await exchange(one, { sent: 1_234_567, received: 3 })
    await exchange(other, { sent: 7_654_321, received: 5 })
    const sent = 'nettracer_bytes_tx_bytes_total{job="shop/web",nettracer_role="client"}'
    const found = await prometheus.query(sent, (result) => result.length > 1)
    const bytes = found.map(({ value: [, text] }) => Number(text))
    expect(bytes.toSorted((a, b) => a - b)).toEqual([1_234_567, 7_654_321])
    expect(new Set(found.map(({ metric }) => metric['instance'])).size).toBe(2)
    const joined = `${sent} * on (job, instance) group_left (host_name) target_info`
    const hosts = await prometheus.query(joined, (result) => result.length > 1)
    expect(new Set(hosts.map(({ metric }) => metric['host_name'] ?? ''))).not.toContain('')
  })

  test('our series join with the target_info that an application sends of itself', async () => {
    const identity = 'job="shop/orders",instance="orders-1"'
    const page = `target_info{${identity},deployment_environment_name="live"} 1\norders_total{${identity}} 3\n`
    const app = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(page)
    })
    const port = await freePort()
    app.listen(port, '127.0.0.1')
    onTestFinished(() => void app.close())
    const { prometheus } = await scraping([`127.0.0.1:${port}`])
    const env = {
      OTEL_SERVICE_NAME: 'orders',
      OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=shop,service.instance.id=orders-1',
    }
    const traffic = await link({ env })
    await exchange(traffic, { sent: 5000, received: 3 })
    const join = (metric: string) =>
      `${metric}{${identity}} * on (job, instance) group_left (deployment_environment_name) target_info`
    for (const [metric, expected] of [
      ['nettracer_bytes_tx_bytes_total', '5000'],
      ['orders_total', '3'],
    ] as const) {
      const [found] = await prometheus.query(join(metric), (result) => result.length > 0)
      expect(found?.value[1]).toBe(expected)
      expect(found?.metric['deployment_environment_name']).toBe('live')
    }
  })

  test('remote write brings every byte', async () => {
    const flags = ['--web.enable-remote-write-receiver', '--enable-feature=native-histograms']
    const prometheus = await Prometheus.start([], {}, flags)
    onTestFinished(() => prometheus.stop())
    const endpoint = `${prometheus.url}/api/v1/write`
    await Agent.start({ config: agentConfig({ prometheusremotewrite: { endpoint } }) })
    const traffic = await link({ env: { OTEL_SERVICE_NAME: 'web' } })
    await exchange(traffic, { sent: 1_234_567, received: 7_654_321 })
    const of = `{server_port="${traffic.port}",job="web"}`
    const isOne = (result: readonly unknown[]) => result.length === 1
    const [sent] = await prometheus.query(`nettracer_bytes_tx_bytes_total${of}`, isOne)
    expect(sent?.value[1]).toBe('1234567')
    const [received] = await prometheus.query(`nettracer_bytes_rx_bytes_total${of}`, isOne)
    expect(received?.value[1]).toBe('7654321')
    const lives = `histogram_count(nettracer_connection_duration_seconds${of})`
    const [count] = await prometheus.query(lives, isOne)
    expect(count?.value[1]).toBe('1')
  })

  test('a steady transfer has the rate that it was sent with', async () => {
    const { value } = await scraping()
    const traffic = await link()
    await Promise.all([
      traffic.client.run('s = connect(*peer)'),
      traffic.server.run('c = accept(l)', 'in_thread(receive, c)'),
    ])
    await traffic.client.run(
      'sent, begin = 0, time.monotonic()',
      'def flow():',
      '    global sent',
      '    while True:',
      '        try: sent += send(s, 20000)',
      '        except OSError: return',
      '        time.sleep(0.02)',
      'in_thread(flow)',
    )
    const query = `sum(rate(nettracer_bytes_tx_bytes_total{server_port="${traffic.port}"}[8s]))`
    await value(query, (found) => found > 100_000)
    const sent = await traffic.client.run<number>('sent / (time.monotonic() - begin)')
    // Once the window is full.
    const rate = await value(query, (found) => found > sent * 0.7)
    expect(rate).toBeLessThan(sent * 1.5)
  })

  test("coverage of the host's own traffic is close to 1", async () => {
    const { value, agent } = await scraping()
    const traffic = await link()
    // The window has begun: what is under way while the two counts are read one after the other would show for a minute.
    await value('nettracer_coverage_ratio{nettracer_counter="segments"}', (found) => found > 0)
    for (let times = 0; times < 60; times += 1) {
      await exchange(traffic, { sent: 5_000_000, received: 5_000_000 })
    }
    const coverage: Record<string, number> = {}
    for (const counter of ['segments', 'opens']) {
      const query = `nettracer_coverage_ratio{nettracer_counter="${counter}"}`
      // Until an interval has passed in which nothing was under way.
      await until(`coverage of ${counter}`, async () => {
        coverage[counter] = await value(query, (found) => found > 0)
        return Math.abs(coverage[counter] - 1) < 0.01
      })
    }
    process.stdout.write(`coverage: ${JSON.stringify(coverage)}\n`)
    expect(agent.isRunning).toBe(true)
  })
})
