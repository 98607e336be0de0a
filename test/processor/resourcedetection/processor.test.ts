import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Attributes } from '@opentelemetry/api'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Logs } from '../../../src/model/logs.ts'
import type { Metrics } from '../../../src/model/metrics.ts'
import { resourceDetectionConfig } from '../../../src/processor/resourcedetection/config.ts'
import { detect } from '../../../src/processor/resourcedetection/detection.ts'
import { ResourceDetectionProcessor } from '../../../src/processor/resourcedetection/processor.ts'
import { logsWithResources, metricsWithResources } from '../../../src/processor/shared/resources.ts'
import { logRecord, logsOf, resourceLogs } from '../../support/logs.ts'
import { manyPoints, metricsOf, resource } from '../../support/metrics.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nettracer-detection-'))
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(root, { recursive: true, force: true })
})

function write(file: string, text: string): void {
  const path = join(root, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

const host = {
  attributes: { 'host.id': 'abc', 'host.name': 'web1', 'host.arch': 'amd64', 'os.type': 'linux' },
  system: { 'os.description': 'Debian 12', 'os.version': '12' },
}

async function detected(config: object, env: Record<string, string> = {}) {
  const { settings, lines } = recordedSettings('resourcedetection')
  const around = { env, host, fileRoot: root }
  const found = await detect(
    resourceDetectionConfig.parse(config),
    around,
    settings.telemetry.logger,
  )
  return { found, lines }
}

async function enriched(config: object, own: Attributes, found: Attributes) {
  const batches: Metrics[] = []
  const processor = new ResourceDetectionProcessor(
    resourceDetectionConfig.parse(config),
    metricsWithResources,
    async () => found,
    { consume: (metrics) => void batches.push(metrics) },
  )
  await processor.start()
  const metrics = metricsOf(resource([manyPoints(2)], own))
  processor.consume(metrics)
  processor.consume(metrics)
  await processor.shutdown()
  return batches
}

test('the defaults are those of the Collector', () => {
  const config = resourceDetectionConfig.parse({})
  expect(config).toMatchObject({
    detectors: ['env'],
    override: true,
    timeout: 5000,
    refresh_interval: 0,
    env: {},
  })
  expect(config.system.hostname_sources).toEqual(['dns', 'os'])
  const on = Object.entries(config.system.resource_attributes)
    .filter(([, one]) => one?.enabled)
    .map(([key]) => key)
  expect(on.toSorted()).toEqual(['host.name', 'os.type'])
})

test.each([
  { config: { detectors: ['ec2'] }, message: /not supported here.*metadata service/ },
  { config: { detectors: ['gcp', 'env'] }, message: /not supported here/ },
  { config: { detectors: ['sytem'] }, message: /detectors/ },
  { config: { detectors: [] }, message: /detectors/ },
  { config: { ec2: { tags: ['x'] } }, message: /not supported here/ },
  { config: { system: { hostname_sources: ['guess'] } }, message: /hostname_sources/ },
  {
    config: { system: { resource_attributes: { 'host.cpu.family': { enabled: true } } } },
    message: /not supported here/,
  },
])('$config is refused', ({ config, message }) => {
  expect(() => resourceDetectionConfig.parse(config)).toThrow(message)
})

test('env reads OTEL_RESOURCE_ATTRIBUTES, the old name where that is empty, and what is allowed only', async () => {
  const both = { OTEL_RESOURCE_ATTRIBUTES: 'a=1,b=x%20y', OTEL_RESOURCE: 'c=3' }
  expect((await detected({}, both)).found).toEqual({ a: '1', b: 'x y' })
  expect((await detected({}, { OTEL_RESOURCE: 'c=3' })).found).toEqual({ c: '3' })
  expect((await detected({ env: { allow_list: ['b'] } }, both)).found).toEqual({ b: 'x y' })
  expect((await detected({})).found).toEqual({})
})

test('system tells what is switched on', async () => {
  const os = { detectors: ['system'], system: { hostname_sources: ['os'] } }
  expect((await detected(os)).found).toEqual({ 'host.name': 'web1', 'os.type': 'linux' })
  const on = { enabled: true }
  const attributes = { 'host.id': on, 'os.version': on, 'host.name': { enabled: false } }
  const more = { ...os, system: { ...os.system, resource_attributes: attributes } }
  expect((await detected(more)).found).toEqual({
    'host.id': 'abc',
    'os.type': 'linux',
    'os.version': '12',
  })
})

test('a name with its domain comes from /etc/hosts', async () => {
  write(
    'etc/hosts',
    '127.0.0.1 localhost.localdomain localhost web1\n10.0.0.7 web1.example.org web1 # here\n',
  )
  const { found } = await detected({ detectors: ['system'] })
  expect(found['host.name']).toBe('web1.example.org')
})

/** No label may be so long: nobody is asked. */
const impossible = 'x'.repeat(64)

test('a source of names that has none gives way to the next one', async () => {
  const config = { detectors: ['system'], system: { hostname_sources: ['cname', 'os'] } }
  host.attributes['host.name'] = impossible
  try {
    expect((await detected(config)).found['host.name']).toBe(impossible)
    const only = { detectors: ['system'], system: { hostname_sources: ['cname'] } }
    const { found, lines } = await detected(only)
    expect(found).toEqual({})
    expect(lines[0]).toMatchObject({ level: 'warn', fields: { detector: 'system' } })
  } finally {
    host.attributes['host.name'] = 'web1'
  }
})

test('dynatrace reads what the OneAgent wrote, and nothing where there is none', async () => {
  const config = { detectors: ['dynatrace'] }
  expect(await detected(config)).toEqual({ found: {}, lines: [] })
  write(
    'var/lib/dynatrace/enrichment/dt_host_metadata.properties',
    'dt.entity.host=HOST-1\nhost.name = web=1\nother=x\n\nnoise\n',
  )
  expect((await detected(config)).found).toEqual({
    'dt.entity.host': 'HOST-1',
    'host.name': 'web=1',
  })
})

test('elastic_beanstalk reads its file, and nothing where there is none', async () => {
  const config = { detectors: ['elastic_beanstalk'] }
  expect(await detected(config)).toEqual({ found: {}, lines: [] })
  const file = 'var/elasticbeanstalk/xray/environment.conf'
  write(file, '{"deployment_id": 23, "environment_name": "shop", "version_label": "v7"}')
  expect((await detected(config)).found).toEqual({
    'cloud.provider': 'aws',
    'cloud.platform': 'aws_elastic_beanstalk',
    'service.instance.id': '23',
    'deployment.environment': 'shop',
    'service.version': 'v7',
  })
  for (const broken of ['{"deployment_id":', '7', '']) {
    write(file, broken)
    const { found, lines } = await detected(config)
    expect(found).toEqual({})
    expect(lines[0]).toMatchObject({ level: 'warn', fields: { detector: 'elastic_beanstalk' } })
  }
})

test('the first detector in the list counts, and one that fails keeps none from the others', async () => {
  const env = { OTEL_RESOURCE_ATTRIBUTES: 'host.name=fromenv,team=a' }
  const system = { hostname_sources: ['os'] }
  const names = async (detectors: string[], given = env) =>
    (await detected({ detectors, system }, given)).found['host.name']
  expect(await names(['env', 'system'])).toBe('fromenv')
  expect(await names(['system', 'env'])).toBe('web1')
  expect(await names(['env', 'system'], { OTEL_RESOURCE_ATTRIBUTES: 'broken' })).toBe('web1')
})

test('what was detected takes the place of what is there, or with override: false only adds', async () => {
  const own = { 'service.name': 'shop', 'host.name': 'own' }
  const found = { 'host.name': 'found', 'host.id': 'abc' }
  const [replaced] = await enriched({}, own, found)
  expect(replaced?.resourceMetrics[0]?.resource.attributes).toEqual({ ...own, ...found })
  const [added] = await enriched({ override: false }, own, found)
  expect(added?.resourceMetrics[0]?.resource.attributes).toEqual({ ...found, ...own })
})

test('what tells processes apart stays', async () => {
  const found = { 'service.instance.id': 'host', 'service.name': 'all' }
  const [kept] = await enriched({}, { 'service.instance.id': 'a1', 'service.name': 'shop' }, found)
  expect(kept?.resourceMetrics[0]?.resource.attributes).toEqual({
    'service.instance.id': 'a1',
    'service.name': 'all',
  })
  const [added] = await enriched({}, {}, found)
  expect(added?.resourceMetrics[0]?.resource.attributes).toEqual(found)
})

test('a resource is made once for a process, and is left alone where nothing changes', async () => {
  const [one, other] = await enriched({}, { a: 1 }, { b: ['x', 'y'] })
  expect(one?.points).toBe(2)
  expect(one?.resourceMetrics[0]?.resource).toBe(other?.resourceMetrics[0]?.resource)
  const own = { a: 1, b: ['x', 'y'] }
  const metrics = metricsOf(resource([manyPoints(1)], own))
  const seen: Metrics[] = []
  const processor = new ResourceDetectionProcessor(
    resourceDetectionConfig.parse({}),
    metricsWithResources,
    async () => ({ b: ['x', 'y'] }),
    { consume: (batch) => void seen.push(batch) },
  )
  await processor.start()
  processor.consume(metrics)
  expect(seen[0]?.resourceMetrics[0]?.resource).toBe(metrics.resourceMetrics[0]?.resource)
})

test('with refresh_interval what changed counts from then on', async () => {
  vi.useFakeTimers()
  const answers = [{ a: '1' }, { a: '2' }]
  const seen: unknown[] = []
  const processor = new ResourceDetectionProcessor(
    resourceDetectionConfig.parse({ refresh_interval: '1m' }),
    logsWithResources,
    async () => answers.shift() ?? {},
    {
      consume: ({ resourceLogs: all }: Logs) => void seen.push(all[0]?.resource.attributes['a']),
    },
  )
  const logs = logsOf(resourceLogs([logRecord()]))
  await processor.start()
  processor.consume(logs)
  await vi.advanceTimersByTimeAsync(60_000)
  processor.consume(logs)
  await processor.shutdown()
  expect(seen).toEqual(['1', '2'])
  expect(vi.getTimerCount()).toBe(0)
})
