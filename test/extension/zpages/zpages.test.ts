import { resourceFromAttributes } from '@opentelemetry/resources'
import { expect, onTestFinished, test } from 'vitest'
import { zpagesConfig } from '../../../src/extension/zpages/config.ts'
import { Zpages } from '../../../src/extension/zpages/zpages.ts'
import type { AgentView } from '../../../src/telemetry/agent-view.ts'
import { OwnMetrics } from '../../../src/telemetry/own-metrics.ts'
import { quietAgent, recordedSettings } from '../../support/recorded-telemetry.ts'

const hostile = '<script>alert("a")</script>&\''

async function asking(part: Partial<AgentView> = {}) {
  const { settings } = recordedSettings('zpages')
  const config = zpagesConfig.parse({ endpoint: '127.0.0.1:0' })
  const pages = new Zpages(settings, config, { ...quietAgent, ...part })
  await pages.start()
  onTestFinished(() => pages.shutdown())
  return (path: string) => fetch(`http://127.0.0.1:${pages.port}${path}`)
}

function troubled(): Partial<AgentView> {
  const own = new OwnMetrics(() => resourceFromAttributes({}), '1')
  own.meter().createCounter('c').add(7, { of: hostile })
  return {
    components: () => ({
      extensions: ['zpages'],
      pipelines: { metrics: { receivers: ['r'], processors: ['p'], exporters: ['e/1', 'e/2'] } },
    }),
    problems: () => [{ component: 'e/1', what: 'export', reason: hostile, since: 0 }],
    recentLines: () => [
      { time: 0, level: 'error', component: 'e/1', message: hostile, fields: { key: hostile } },
    ],
    ownMetrics: () => own.collect('cumulative'),
  }
}

test('the page says what runs and what is wrong, and nothing in it is taken for markup', async () => {
  const ask = await asking(troubled())
  const response = await ask('/debug/servicez')
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  const page = await response.text()
  for (const text of ['e/1, e/2', 'zpages', '&#60;script&#62;alert(&#34;a&#34;)', '>7<']) {
    expect(page).toContain(text)
  }
  expect(page).not.toContain('<script')
})

test('the same as JSON', async () => {
  const ask = await asking(troubled())
  expect(await (await ask('/debug/status.json')).json()).toEqual({
    version: '1.2.3',
    started: '1970-01-01T00:00:00.000Z',
    phase: 'running',
    extensions: ['zpages'],
    pipelines: { metrics: { receivers: ['r'], processors: ['p'], exporters: ['e/1', 'e/2'] } },
    problems: [
      { component: 'e/1', what: 'export', reason: hostile, since: '1970-01-01T00:00:00.000Z' },
    ],
    metrics: [{ name: 'c', attributes: { of: hostile }, value: 7 }],
    log: [
      {
        time: '1970-01-01T00:00:00.000Z',
        level: 'error',
        component: 'e/1',
        message: hostile,
        fields: { key: hostile },
      },
    ],
  })
})

test("the Collector's paths lead to it; others do not", async () => {
  const ask = await asking()
  for (const path of ['/', '/debug/servicez', '/debug/pipelinez', '/debug/extensionz']) {
    expect((await ask(path)).status).toBe(200)
  }
  expect((await ask('/debug/tracez')).status).toBe(404)
})
