import type { HrTime } from '@opentelemetry/api'
import { describe, expect, onTestFinished, test } from 'vitest'
import { otlpHttpConfig } from '../../src/exporter/otlphttp/config.ts'
import { OtlpHttpExporter } from '../../src/exporter/otlphttp/exporter.ts'
import type { Metrics } from '../../src/model/metrics.ts'
import { Agent, agentConfig, until } from '../support/agent.ts'
import { exchange, link } from '../support/agent-traffic.ts'
import { gauge, metricsOf, resource, sum } from '../support/metrics.ts'
import { Program } from '../support/program.ts'
import { hasNewPrometheus, newPrometheus, Prometheus } from '../support/prometheus.ts'
import { recordedSettings } from '../support/recorded-telemetry.ts'

describe.skipIf(!hasNewPrometheus())('Prometheus 3.15 takes OTLP', () => {
  async function receiving() {
    const flags = ['--web.enable-otlp-receiver', '--enable-feature=promql-experimental-functions']
    const prometheus = await Prometheus.start([], {}, flags, {
      binary: newPrometheus,
      config: {
        otlp: { promote_resource_attributes: ['service.name'] },
        storage: { tsdb: { out_of_order_time_window: '10m' } },
      },
    })
    onTestFinished(() => prometheus.stop())
    const endpoint = `${prometheus.url}/api/v1/otlp`
    const value = async (expression: string, isEnough = (found: number) => found > 0) => {
      const [found] = await prometheus.query(expression, ([first]) =>
        isEnough(Number(first?.value[1])),
      )
      return Number(found?.value[1])
    }
    // It answers only when it is ready.
    await prometheus.query('vector(1)', (result) => result.length > 0)
    return { prometheus, endpoint, value }
  }

  async function sending(more: object = {}) {
    const receiver = await receiving()
    const otlphttp = { endpoint: receiver.endpoint, ...more }
    const agent = await Agent.start({ config: agentConfig({ otlphttp }) })
    return { ...receiver, agent }
  }

  test('PromQL gives every byte of two processes of one service, each by itself', async () => {
    const { prometheus, value } = await sending()
    const env = { OTEL_SERVICE_NAME: 'web', OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=shop' }
    const [one, other] = [await link({ env }), await link({ env })]
    await exchange(one, { sent: 1_234_567, received: 3 })
    await exchange(other, { sent: 7_654_321, received: 5 })
    const clients = 'job="shop/web",nettracer_role="client"'
    const sent = `nettracer_bytes_tx_total{${clients}}`
    const found = await prometheus.query(sent, (result) => result.length > 1)
    expect(found.map(({ value: [, bytes] }) => Number(bytes)).toSorted((a, b) => a - b)).toEqual([
      1_234_567, 7_654_321,
    ])
    expect(new Set(found.map(({ metric }) => metric['instance'])).size).toBe(2)
    expect(await value(`sum(nettracer_bytes_rx_total{${clients}})`)).toBe(8)
  })

  test('an exponential histogram is a native one, with every value', async () => {
    const { prometheus, value } = await sending()
    const traffic = await link()
    for (let times = 0; times < 7; times += 1) await exchange(traffic, { sent: 10, received: 10 })
    const of = `nettracer_connection_duration_seconds{server_port="${traffic.port}",nettracer_role="client"}`
    expect(await value(`histogram_count(${of})`, (count) => count >= 7)).toBe(7)
    const sum = await value(`histogram_sum(${of})`)
    const median = await value(`histogram_quantile(0.5, ${of})`)
    expect(median).toBeGreaterThan(0)
    expect(median).toBeLessThan(sum)
    const classic = of.replace('seconds{', 'seconds_bucket{')
    expect(await prometheus.query(classic, () => true)).toEqual([])
  })

  test("an application's own metrics and ours join with the target_info that it sends", async () => {
    const { prometheus, endpoint, value } = await sending()
    const server = await link()
    const accepted = server.server.run('c = accept(l)', 'receive(c, 5000)')
    const env = {
      OTEL_SERVICE_NAME: 'orders',
      OTEL_RESOURCE_ATTRIBUTES:
        'service.namespace=shop,service.instance.id=orders-1,deployment.environment.name=live',
    }
    const file = new URL('support/sdk-app.ts', import.meta.url)
    const args = [`${endpoint}/v1/metrics`, String(server.port), '5000']
    const app = new Program(file, args, env)
    onTestFinished(async () => app[Symbol.asyncDispose]())
    await accepted
    const join = (metric: string) =>
      `${metric} * on (job, instance) group_left (deployment_environment_name, host_name) target_info`
    const identity = '{job="shop/orders",instance="orders-1"}'
    // It also talks to Prometheus.
    const ours = `nettracer_bytes_tx_total${identity.replace('}', `,server_port="${server.port}"}`)}`
    expect(await value(ours)).toBe(5000)
    const query = async (expression: string) =>
      (await prometheus.query(expression, (result) => result.length > 0))[0]
    for (const [metric, expected] of [
      [ours, '5000'],
      [`orders_total${identity}`, '3'],
    ] as const) {
      const joined = await query(join(metric))
      expect(joined?.value[1]).toBe(expected)
      expect(joined?.metric['deployment_environment_name']).toBe('live')
    }
    const infos = await prometheus.query(`target_info${identity}`, (result) => result.length > 0)
    expect(infos).toHaveLength(1)
    // The function that finds target_info by itself fails where there are two of one identity.
    expect((await query(`info(${ours})`))?.metric['deployment_environment_name']).toBe('live')
  })

  test('a series that ended is gone at once', async () => {
    const { prometheus, endpoint } = await receiving()
    const { settings } = recordedSettings('otlphttp')
    const exporter = new OtlpHttpExporter(settings, otlpHttpConfig.parse({ endpoint }), {})
    await exporter.start()
    onTestFinished(async () => exporter.shutdown())
    const now = Date.now()
    const at = (ms: number): HrTime => [Math.floor(ms / 1000), (ms % 1000) * 1e6]
    const metrics = (ms: number, hasNoValue: boolean): Metrics => {
      const times = { startTime: at(now - 5000), endTime: at(ms), attributes: { a: 1 } }
      const point = { ...times, value: 7, ...(hasNoValue ? { hasNoValue } : {}) }
      const metricsOfIt = [sum([point], { name: 'opened' }), gauge([point], { name: 'open' })]
      return metricsOf(resource(metricsOfIt, { 'service.name': 'api', 'service.instance.id': 'x' }))
    }
    exporter.consume(metrics(now - 1000, false))
    const all = 'count({__name__=~"open.*",job="api"})'
    await prometheus.query(all, ([found]) => found?.value[1] === '2')
    exporter.consume(metrics(now, true))
    expect(await prometheus.query(all, (result) => result.length === 0)).toEqual([])
  })

  test('deltas are refused, and one line says what to set', async () => {
    const { agent, prometheus } = await sending({ temporality_preference: 'delta' })
    const traffic = await link()
    await exchange(traffic, { sent: 10, received: 10 })
    await agent.says('temporality_preference: cumulative')
    const failures = 'An export failed and its data points are lost'
    // Some more collections fail.
    const started = Date.now()
    await until('three more collections', () => Date.now() - started > 3500)
    const lines = agent.stderr.split('\n').filter((line) => line.includes(failures))
    process.stdout.write(`${lines.join('\n')}\n`)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('invalid temporality')
    expect(lines[0]).toContain('otlp-deltatocumulative')
    const sent = `nettracer_bytes_tx_total{server_port="${traffic.port}"}`
    expect(await prometheus.query(sent, () => true)).toEqual([])
  })
})
