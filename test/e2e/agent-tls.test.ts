import { describe, expect, onTestFinished, test } from 'vitest'
import { Agent, agentConfig, otlpTo } from '../support/agent.ts'
import { Points } from '../support/agent-points.ts'
import { bytesOf, exchange, link } from '../support/agent-traffic.ts'
import { TestAuthority } from '../support/certificates.ts'
import { Collector, otelcolIsThere } from '../support/otelcol.ts'

const sent = 1_234_567
const received = 7_654_321

async function collecting(tls: object): Promise<Collector> {
  const collector = await Collector.start({ tls })
  onTestFinished(() => collector.remove())
  return collector
}

/** Ends both in order. @returns all that the Collector wrote */
async function finish(agent: Agent, collector: Collector): Promise<Points> {
  await agent.stop()
  await collector.stop()
  return Points.of(collector.requests())
}

describe.skipIf(!(await otelcolIsThere()))('a real Collector over TLS', () => {
  function authority(): TestAuthority {
    const made = new TestAuthority()
    onTestFinished(() => made.remove())
    return made
  }

  test.each([
    { name: 'TLS', isMutual: false },
    { name: 'mTLS', isMutual: true },
  ])('$name: has the same numbers', async ({ isMutual }) => {
    const ca = authority()
    const server = ca.issue('server', 'IP:127.0.0.1,DNS:localhost')
    const client = ca.issue('client', 'DNS:agent')
    const collector = await collecting({
      cert_file: server.certFile,
      key_file: server.keyFile,
      ...(isMutual && { client_ca_file: ca.caFile }),
    })
    const tls = {
      ca_file: ca.caFile,
      ...(isMutual && { cert_file: client.certFile, key_file: client.keyFile }),
    }
    const agent = await Agent.start({
      config: agentConfig({ otlp: otlpTo(collector.grpcPort, { tls }) }),
    })
    const traffic = await link()
    await exchange(traffic, { sent, received })
    expect(bytesOf(await finish(agent, collector), traffic)).toEqual({
      client: [sent, received],
      server: [received, sent],
    })
  })

  test('without the certificate that is asked for nothing arrives, and the agent says why', async () => {
    const ca = authority()
    const server = ca.issue('server', 'IP:127.0.0.1')
    const collector = await collecting({
      cert_file: server.certFile,
      key_file: server.keyFile,
      client_ca_file: ca.caFile,
    })
    const agent = await Agent.start({
      config: agentConfig({
        otlp: otlpTo(collector.grpcPort, { tls: { ca_file: ca.caFile } }),
      }),
    })
    await agent.says('certificate')
    expect((await finish(agent, collector)).all).toEqual([])
  })
})
