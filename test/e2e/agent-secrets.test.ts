import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Agent, until } from '../support/agent.ts'
import { type Link, link } from '../support/agent-traffic.ts'
import { freePort } from '../support/free-port.ts'
import { openFolder } from '../support/privileges.ts'
import { timesInMemory } from '../support/process-memory.ts'

/** Made at run time: it must not stand in a file that the agent reads. */
const secret = `hush${process.pid}x${Math.random().toString(36).slice(2)}`
const service = `told${process.pid}x${Math.random().toString(36).slice(2)}`

/** A process with secrets wherever programs have them. */
const secretive = {
  env: {
    OTEL_SERVICE_NAME: service,
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    OTEL_EXPORTER_OTLP_HEADERS: `api-key=${secret}`,
    OTEL_EXPORTER_OTLP_CLIENT_KEY: secret,
    OTEL_SERVICE_NAME_SECRET: secret,
    NOT_OTEL_SERVICE_NAME: secret,
    PGPASSWORD: secret,
    AWS_SECRET_ACCESS_KEY: secret,
    FILLER: 'x'.repeat(100_000),
  },
  through: ['sh', '-c', `exec "$@" --password=${secret} --token ${secret}`, 'sh'],
}

async function watch(commandLine: object, looksIntoMemory = false) {
  const folder = openFolder()
  const [page, zpages] = [await freePort(), await freePort()]
  const file = join(folder, 'metrics.jsonl')
  const exporters = { file: { path: file }, prometheus: { endpoint: `127.0.0.1:${page}` } }
  const names = ['file', 'prometheus', 'debug', 'console']
  const agent = await Agent.start({
    config: {
      receivers: {
        nettracer: {
          collection_interval: '1s',
          resource_attributes: { 'process.command_line': commandLine },
        },
      },
      exporters: { ...exporters, debug: { verbosity: 'detailed' }, console: {} },
      extensions: { zpages: { endpoint: `127.0.0.1:${zpages}` } },
      service: {
        extensions: ['zpages'],
        telemetry: { logs: { level: 'debug' } },
        pipelines: {
          metrics: { receivers: ['nettracer'], exporters: names },
          logs: { receivers: ['nettracer'], exporters: ['debug'] },
        },
      },
    },
  })
  const traffic = await link(secretive, secretive)
  await talk(traffic)
  const ask = async (url: string) => (await fetch(url)).text()
  await until('the service in the page', async () => {
    return (await ask(`http://127.0.0.1:${page}/metrics`)).includes(service)
  })
  const pages = [
    await ask(`http://127.0.0.1:${page}/metrics`),
    await ask(`http://127.0.0.1:${zpages}/debug/servicez`),
    await ask(`http://127.0.0.1:${zpages}/debug/status.json`),
  ]
  const inMemory = (text: string) => timesInMemory(agent.pid, text)
  const memory = looksIntoMemory && { secret: inMemory(secret), hasService: inMemory(service) > 0 }
  await traffic.client.run('s.close()')
  await agent.stop()
  const told = [...pages, readFileSync(file, 'utf8'), agent.stdout, agent.stderr].join('\n')
  return { memory, told }
}

async function talk({ client, server }: Link): Promise<void> {
  await Promise.all([client.run('s = connect(*peer)'), server.run('c = accept(l)')])
  await Promise.all([client.run('send(s, 1000)'), server.run('receive(c, 1000)')])
}

test('secrets of other processes are in no output, and do not stay in memory', async () => {
  const { memory, told } = await watch({}, true)
  expect(told).toContain(service)
  expect(told).not.toContain(secret)
  expect(told).not.toMatch(/process[._]command_line/)
  expect(memory).toEqual({ secret: 0, hasService: true })
})

test('a command line that is wanted is told without its secrets', async () => {
  const { told } = await watch({ enabled: true, redact: ['traffic\\.py'] })
  expect(told).toContain('[REDACTED] --password=[REDACTED] --token [REDACTED]')
  expect(told).not.toContain('traffic.py')
  expect(told).not.toContain(secret)
})
