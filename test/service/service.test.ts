import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { Service } from '../../src/service/service.ts'
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
