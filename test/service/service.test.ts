import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { Service } from '../../src/service/service.ts'
import { until } from '../support/agent.ts'
import { freePort } from '../support/free-port.ts'
import { Journal, testCatalogue } from '../support/test-components.ts'

const yaml = `
receivers: { nettracer: }
processors: { batch/a: , batch/b: }
exporters: { otlp/1: { endpoint: a }, otlp/2: { endpoint: a } }
service:
  telemetry: { metrics: { level: LEVEL } }
  pipelines: { metrics: { receivers: [nettracer], processors: [batch/a, batch/b], exporters: [otlp/1, otlp/2] } }`

const started = [
  'start otlp/1',
  'start otlp/2',
  'start batch/b',
  'start batch/a',
  'start nettracer',
]
const stopped = ['stop nettracer', 'stop batch/a', 'stop batch/b', 'stop otlp/1', 'stop otlp/2']

function create(level = 'normal', env = {}): { journal: Journal; service: Service; log: string[] } {
  const journal = new Journal()
  const log: string[] = []
  const config = loadConfig([`yaml:${yaml.replace('LEVEL', level)}`], testCatalogue(journal), {})
  const service = new Service(config, { env, writeLog: (line) => void log.push(line) })
  journal.events.length = 0
  return { journal, service, log }
}

test('consumers start before what feeds them, and stop after it', async () => {
  const { journal, service } = create()
  await service.start()
  expect(journal.events).toEqual(started)
  await service.stop()
  expect(journal.events).toEqual([...started, ...stopped])
})

test('a second stop does nothing', async () => {
  const { journal, service } = create()
  await service.start()
  await service.stop()
  await service.stop()
  expect(journal.events).toEqual([...started, ...stopped])
})

test('if a start fails, what was started is stopped', async () => {
  const { journal, service, log } = create()
  journal.failing.add('start batch/b')
  await expect(service.start()).rejects.toThrow('start batch/b failed')
  expect(journal.events).toEqual([
    'start otlp/1',
    'start otlp/2',
    'start batch/b',
    'stop batch/b',
    'stop otlp/1',
    'stop otlp/2',
  ])
  expect(log.join('')).toContain('component did not start id=batch/b error="start batch/b failed"')
})

test('a stop that fails does not keep the rest from being stopped', async () => {
  const { journal, service, log } = create()
  for (const event of stopped) journal.failing.add(event)
  await service.start()
  await expect(service.stop()).resolves.toBeUndefined()
  expect(journal.events).toEqual([...started, ...stopped])
  expect(log.filter((line) => line.includes('did not stop well'))).toHaveLength(5)
})

test('own metrics go to the exporters under the name of the agent', async () => {
  const { journal, service } = create('normal', { OTEL_SERVICE_NAME: 'my-agent' })
  await service.start()
  await service.stop()
  const [own] = journal.consumed.get('otlp/1') ?? []
  expect(own?.resourceMetrics[0]?.resource.attributes).toMatchObject({
    'service.name': 'my-agent',
    'host.name': expect.any(String),
  })
  expect(own?.points).toBeGreaterThanOrEqual(4)
  expect(journal.consumed.get('otlp/2')).toHaveLength(1)
  expect(journal.consumed.has('batch/a')).toBe(false)
})

test('at level none there are no own metrics', async () => {
  const { journal, service } = create('none')
  await service.start()
  await service.stop()
  expect(journal.consumed.size).toBe(0)
})

/** The agent with readers in place of the pipelines' exporters. */
function reading(journal: Journal, readers: string) {
  const text = `
receivers: { nettracer: { collection_interval: 100ms } }
exporters: { otlp: { endpoint: a } }
service:
  telemetry: { metrics: { readers: ${readers} } }
  pipelines: { metrics: { receivers: [nettracer], exporters: [otlp] } }`
  return loadConfig([`yaml:${text}`], testCatalogue(journal), {})
}

const readerAt = (port: number) =>
  `{ pull: { exporter: { prometheus: { host: 127.0.0.1, port: ${port} } } } }`

async function pageAt(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
}

test('with readers own metrics are on their pages, and in no pipeline', async () => {
  const [one, other] = [await freePort(), await freePort()]
  const journal = new Journal()
  const service = new Service(reading(journal, `[${readerAt(one)}]`), {
    env: {},
    writeLog: () => {},
  })
  await service.start()
  await until('the own metrics', async () =>
    (await pageAt(one)).includes('nettracer_exporter_memory_rss_bytes'),
  )
  await service.reload(reading(journal, `[${readerAt(other)}]`))
  await expect(pageAt(one)).rejects.toThrow('fetch failed')
  await until('the own metrics', async () =>
    (await pageAt(other)).includes('nettracer_exporter_config_reloads'),
  )
  await service.stop()
  await expect(pageAt(other)).rejects.toThrow('fetch failed')
  expect(journal.consumed.size).toBe(0)
})

test('a page that cannot be opened stops the start, and with no readers there are no own metrics', async () => {
  const port = await freePort()
  const journal = new Journal()
  const settings = { env: {}, writeLog: () => {} }
  const first = new Service(reading(journal, `[${readerAt(port)}]`), settings)
  await first.start()
  const second = new Service(reading(journal, `[${readerAt(port)}]`), settings)
  await expect(second.start()).rejects.toThrow(/address/)
  await first.stop()
  const third = new Service(reading(journal, '[]'), settings)
  await third.start()
  await third.stop()
  expect(journal.consumed.size).toBe(0)
})

const withExtensions = `
receivers: { nettracer: }
exporters: { otlp: { endpoint: a, keep_in: keeper } }
extensions: { idle: , keeper: , keeper/unused: }
service:
  extensions: [keeper, idle]
  telemetry: { metrics: { level: none } }
  pipelines: { metrics: { receivers: [nettracer], exporters: [otlp] } }`

test('extensions start before all others in their order, stop last, and are found by their ids', async () => {
  const journal = new Journal()
  const config = loadConfig([`yaml:${withExtensions}`], testCatalogue(journal), {})
  expect(config.warnings.map(({ message }) => message)).toEqual([
    'defined, but service.extensions does not name this extension',
  ])
  const service = new Service(config, { env: {}, writeLog: () => {} })
  journal.events.length = 0
  await service.start()
  await service.stop()
  expect(journal.events).toEqual([
    'start keeper',
    'start idle',
    'start otlp',
    'open keeper for otlp',
    'start nettracer',
    'stop nettracer',
    'stop otlp',
    'stop idle',
    'stop keeper',
  ])
})

const reloadable = `
receivers: { nettracer: }
processors: { batch/a: , batch/b: { size: 7 } }
exporters: { otlp/1: { endpoint: a }, otlp/2: { endpoint: b } }
extensions: { keeper: , idle: }
service:
  extensions: [keeper]
  telemetry: { metrics: { level: none } }
  pipelines:
    metrics: { receivers: [nettracer], processors: [batch/a], exporters: [otlp/1] }
    metrics/2: { receivers: [nettracer], processors: [batch/b], exporters: [otlp/2] }`

async function reloading(...changes: [string, string][]) {
  const journal = new Journal()
  const log: string[] = []
  const load = (yaml: string) => loadConfig([`yaml:${yaml}`], testCatalogue(journal), {})
  const service = new Service(load(reloadable), {
    env: {},
    writeLog: (line) => void log.push(line),
  })
  await service.start()
  const yaml = changes.reduce((text, [from, to]) => {
    expect(text).toContain(from)
    return text.replace(from, to)
  }, reloadable)
  journal.events.length = 0
  const changed = load(yaml)
  return { journal, log, service, reload: async () => service.reload(changed) }
}

test('a reload of the same configuration, written otherwise, touches nothing', async () => {
  const { journal, reload } = await reloading(
    ['endpoint: a', '"endpoint": "a"'],
    ['size: 7', 'size: 7'],
  )
  expect(await reload()).toBe('reloaded')
  expect(journal.events).toEqual([])
})

test('a changed exporter is replaced beside the old one; all else goes on', async () => {
  const { journal, reload } = await reloading(['endpoint: b', 'endpoint: c'])
  const [outlet] = journal.outlets.get('nettracer') ?? []
  await reload()
  expect(journal.events).toEqual(['create otlp/2', 'start otlp/2', 'stop otlp/2'])
  outlet?.consumer.consume({ resourceMetrics: [], points: 0 })
  expect(journal.consumed.get('otlp/2')).toHaveLength(1)
})

test('an exporter that has a port ends before the new one begins, and what comes meanwhile waits for that', async () => {
  const { journal, reload, service } = await reloading(['endpoint: a', 'endpoint: port'])
  await reload()
  const [outlet] = journal.outlets.get('nettracer') ?? []
  const config = loadConfig(
    [`yaml:${reloadable.replace('endpoint: a', 'endpoint: port, ratio: 0.1')}`],
    testCatalogue(journal),
    {},
  )
  journal.events.length = 0
  journal.onEvent = (event) => {
    if (event === 'stop otlp/1') outlet?.consumer.consume({ resourceMetrics: [], points: 0 })
  }
  await service.reload(config)
  expect(journal.events).toEqual(['create otlp/1', 'stop otlp/1', 'start otlp/1'])
  expect(journal.consumed.get('otlp/1')).toHaveLength(1)
})

test('changed processors are replaced in their pipeline only; the receiver is told its new way out first', async () => {
  const { journal, reload } = await reloading(['size: 7', 'size: 8'])
  await reload()
  expect(journal.events).toEqual([
    'create batch/b',
    'start batch/b',
    'reconfigure nettracer',
    'stop batch/b',
  ])
})

test('a pipeline more and an extension more start; nothing stops', async () => {
  const { journal, reload } = await reloading(
    ['extensions: [keeper]', 'extensions: [keeper, idle]'],
    [
      '    metrics/2:',
      '    metrics/3: { receivers: [nettracer], exporters: [otlp/2] }\n    metrics/2:',
    ],
  )
  await reload()
  expect(journal.events).toEqual(['start idle', 'reconfigure nettracer'])
})

test('a changed extension takes with it the exporters that use it', async () => {
  const { journal, service } = await reloading()
  const using = reloadable.replace('endpoint: a', 'endpoint: a, keep_in: keeper')
  await service.reload(loadConfig([`yaml:${using}`], testCatalogue(journal), {}))
  journal.events.length = 0
  const moved = using.replace('keeper: ,', 'keeper: { place: there },')
  await service.reload(loadConfig([`yaml:${moved}`], testCatalogue(journal), {}))
  expect(journal.events).toEqual([
    'create keeper',
    'create otlp/1',
    'stop otlp/1',
    'stop keeper',
    'start keeper',
    'start otlp/1',
    'open keeper for otlp/1',
  ])
})

test.each([
  { failing: 'start otlp/2', change: ['endpoint: b', 'endpoint: c'] as [string, string] },
  { failing: 'start batch/b', change: ['size: 7', 'size: 8'] as [string, string] },
  { failing: 'start idle', change: ['[keeper]', '[keeper, idle]'] as [string, string] },
  { failing: 'start otlp/1', change: ['endpoint: a', 'endpoint: port'] as [string, string] },
])('where $failing fails, the old configuration goes on as it was', async ({ failing, change }) => {
  const { journal, reload, service } = await reloading(change)
  journal.failing.add(failing)
  expect(await reload()).toBe('failed')
  journal.failing.clear()
  const [outlet] = journal.outlets.get('nettracer') ?? []
  outlet?.consumer.consume({ resourceMetrics: [], points: 0 })
  expect([...journal.consumed].map(([id, all]) => [id, all.length])).toEqual([
    ['batch/a', 1],
    ['otlp/1', 1],
    ['batch/b', 1],
    ['otlp/2', 1],
  ])
  expect(journal.events.some((event) => event.includes('nettracer'))).toBe(false)
  await service.stop()
})

test('where the receiver does not go on, it goes back to what it was', async () => {
  const { journal, reload } = await reloading([
    'nettracer: }',
    'nettracer: { series_limit: 200 } }',
  ])
  let times = 0
  journal.onEvent = (event) => {
    if (event === 'reconfigure nettracer' && times++ === 0) throw new Error('refused')
  }
  expect(await reload()).toBe('failed')
  expect(journal.events).toEqual(['reconfigure nettracer', 'reconfigure nettracer'])
})

test('reloads are counted by what became of them', async () => {
  const journal = new Journal()
  const load = (text: string) => loadConfig([`yaml:${text}`], testCatalogue(journal), {})
  const metered = reloadable.replace('level: none', 'level: normal')
  const service = new Service(load(metered), { env: {}, writeLog: () => {} })
  await service.start()
  await service.reload(load(metered.replace('size: 7', 'size: 8')))
  service.refused()
  await service.stop()
  const own = (journal.consumed.get('otlp/1') ?? []).flatMap(
    ({ resourceMetrics }) => resourceMetrics,
  )
  const reloads = own
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    .filter(({ descriptor }) => descriptor.name === 'nettracer.exporter.config.reloads')
    .flatMap(({ dataPoints }) => dataPoints.map(({ attributes, value }) => [attributes, value]))
  expect(reloads).toEqual([
    [{ 'nettracer.outcome': 'reloaded' }, 1],
    [{ 'nettracer.outcome': 'invalid' }, 1],
  ])
})

test('a replaced exporter has time to send what it holds, until the agent stops', async () => {
  const { journal, reload, service } = await reloading(['endpoint: b', 'endpoint: c'])
  journal.busy.add('otlp/2')
  await reload()
  expect(journal.events).toEqual(['create otlp/2', 'start otlp/2'])
  await service.stop()
  // The old one and the new one.
  expect(journal.events.filter((event) => event === 'stop otlp/2')).toHaveLength(2)
})
