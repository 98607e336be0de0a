import { expect, onTestFinished, test } from 'vitest'
import { healthCheckConfig } from '../../../src/extension/health_check/config.ts'
import { HealthCheck } from '../../../src/extension/health_check/health-check.ts'
import type { AgentView } from '../../../src/telemetry/agent-view.ts'
import { quietAgent, recordedSettings } from '../../support/recorded-telemetry.ts'

const now = Date.parse('2026-01-02T03:04:05Z')
const pipelines = { metrics: { receivers: ['nettracer'], processors: [], exporters: ['otlp'] } }

function problem(component: string, secondsAgo: number) {
  return { component, what: 'x', reason: 'because', since: now - secondsAgo * 1000 }
}

async function asking(part: Partial<AgentView>, config: object = {}) {
  const { settings } = recordedSettings('health_check')
  const agent = { ...quietAgent, components: () => ({ extensions: [], pipelines }), ...part }
  const given = healthCheckConfig.parse({ endpoint: '127.0.0.1:0', ...config })
  const check = new HealthCheck(settings, given, agent, () => now)
  await check.start()
  onTestFinished(() => check.shutdown())
  return (path: string) => fetch(`http://127.0.0.1:${check.port}${path}`)
}

test('a healthy agent answers as the Collector does', async () => {
  const ask = await asking({ startedMs: now - 90_500 })
  const response = await ask('/')
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({
    status: 'Server available',
    upSince: '2026-01-02T03:02:34.500Z',
    uptime: '90.5s',
    problems: [],
  })
})

test.each(['starting', 'stopping'] as const)(
  'one that is %s is not ready, and alive',
  async (phase) => {
    const ask = await asking({ notRunning: () => phase })
    const response = await ask('/')
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ status: 'Server not available', phase })
    expect((await ask('/live')).status).toBe(200)
  },
)

const recoverable = { component_health: { include_recoverable_errors: true } }

test.each([
  { of: 'a receiver for long', problems: [problem('nettracer', 61)], config: {}, status: 503 },
  { of: 'a receiver for a moment', problems: [problem('nettracer', 59)], config: {}, status: 200 },
  { of: 'an exporter', problems: [problem('otlp', 999)], config: {}, status: 200 },
  {
    of: 'an exporter, if wanted',
    problems: [problem('otlp', 61)],
    config: recoverable,
    status: 503,
  },
  {
    of: 'a receiver, if not wanted',
    problems: [problem('nettracer', 61)],
    config: { component_health: { include_permanent_errors: false } },
    status: 200,
  },
  {
    of: 'a receiver for less than was chosen',
    problems: [problem('nettracer', 61)],
    config: { component_health: { recovery_duration: '5m' } },
    status: 200,
  },
])('a problem of $of gives $status, and its reason', async ({ problems, config, status }) => {
  const ask = await asking({ problems: () => problems }, config)
  const response = await ask('/')
  expect(response.status).toBe(status)
  const { problems: told } = (await response.json()) as { problems: object[] }
  expect(told).toMatchObject([{ reason: 'because', counts: status === 503 }])
})

test('paths and bodies are as configured', async () => {
  const config = {
    path: '/health',
    live_path: '/alive',
    response_body: { healthy: 'fine', unhealthy: 'not fine' },
  }
  const ask = await asking({}, config)
  expect(await (await ask('/health')).text()).toBe('fine')
  expect((await ask('/alive')).status).toBe(200)
  expect((await ask('/')).status).toBe(404)
  const unwell = await asking({ notRunning: () => 'starting' }, config)
  expect(await (await unwell('/health')).text()).toBe('not fine')
})

test('keys that are not done here are errors', () => {
  for (const key of ['tls', 'auth', 'check_collector_pipeline', 'use_v2']) {
    expect(healthCheckConfig.safeParse({ [key]: {} }).success).toBe(false)
  }
  expect(healthCheckConfig.safeParse({ endpoint: 'http://a:1' }).success).toBe(false)
})
