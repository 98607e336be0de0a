import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Agent } from '../support/agent.ts'
import { Points } from '../support/agent-points.ts'
import { exchange, link } from '../support/agent-traffic.ts'
import { Collector, otelcolIsThere } from '../support/otelcol.ts'
import { parsePage } from '../support/prometheus.ts'

/** Of the embedded configuration. */
const embeddedPort = 9464

function isTaken(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(embeddedPort, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** Another agent may be about to end; one that stays is the machine's, and none of ours to stop. */
async function portStaysTaken(): Promise<boolean> {
  for (let tries = 0; await isTaken(); tries += 1) {
    if (tries === 20) {
      process.stderr.write(
        `\n!!! SKIPPED: something listens on 127.0.0.1:${embeddedPort}, so the embedded configuration is NOT tested !!!\n\n`,
      )
      return true
    }
    await sleep(1_000)
  }
  return false
}

const skips = !(await otelcolIsThere()) || (await portStaysTaken())

describe.skipIf(skips)('without a configuration', () => {
  test.each([
    { protocol: '', port: 'grpcPort' },
    { protocol: 'http/protobuf', port: 'httpPort' },
    { protocol: 'http/json', port: 'httpPort' },
  ] as const)(
    'variables ($protocol) bring the numbers to a Collector, the page and standard output',
    async (to) => {
      const collector = await Collector.start()
      onTestFinished(() => collector.remove())
      const agent = await Agent.start({
        env: {
          OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector[to.port]}`,
          OTEL_EXPORTER_OTLP_PROTOCOL: to.protocol,
          OTEL_METRIC_EXPORT_INTERVAL: '1000',
        },
      })
      const traffic = await link({ env: { OTEL_SERVICE_NAME: 'web shop' } })
      await exchange(traffic, { sent: 1_234_567, received: 7_654_321 })
      const port = String(traffic.port)
      // The lines of the interval that the connection ended in.
      const lines = () => agent.stdout.split('\n').filter((line) => line.includes(`port=${port} `))
      while (!lines().some((line) => line.includes(' closed=1 '))) await sleep(50)
      const page = parsePage(await (await fetch(`http://127.0.0.1:${embeddedPort}/metrics`)).text())
      await agent.stop()
      await collector.stop()

      const points = Points.of(collector.requests()).where({
        'server.port': port,
        'nettracer.role': 'client',
      })
      expect(points.total('nettracer.bytes_tx')).toBe(1_234_567)
      expect(points.total('nettracer.bytes_rx')).toBe(7_654_321)
      expect(points.resources()).toMatchObject([{ 'service.name': 'web shop' }])

      const onPage = page.filter(
        ({ name, labels }) =>
          name === 'nettracer_bytes_tx_bytes_total' && labels['server_port'] === port,
      )
      const byJob = Object.fromEntries(onPage.map(({ labels, value }) => [labels['job'], value]))
      const { 'web shop': client, ...rest } = byJob
      expect(client).toBe(1_234_567)
      expect(Object.values(rest)).toEqual([7_654_321])
      expect(Object.keys(rest)).toEqual([expect.stringMatching(/^unknown_service:python3/)])

      const ofClient = lines().filter((line) => line.includes(' service="web shop" '))
      const bytes = ofClient.map((line) => Number(/ tx_bytes=(\d+) /.exec(line)?.[1]))
      expect(bytes.reduce((sum, one) => sum + one, 0)).toBe(1_234_567)
    },
  )
})
