import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fileConfig } from '../../../src/exporter/file/config.ts'
import { fileFactory } from '../../../src/exporter/file/index.ts'
import { logsOf, manyRecords, resourceLogs } from '../../support/logs.ts'
import { manyPoints, metricsOf, resource } from '../../support/metrics.ts'
import { pointsOfOtlp } from '../../support/otlp-points.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nettracer-groups-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const groupBy = { enabled: true, resource_attribute: 'service.name' }

function exportersWith(config: object = {}) {
  const recorded = recordedSettings('file')
  const path = join(folder, 'in/*.json')
  const parsed = fileConfig.parse({ path, group_by: groupBy, ...config })
  const metrics = fileFactory.create(recorded.settings, parsed)
  const logs = fileFactory.createLogs?.(recorded.settings, parsed)
  const dropped = async (reason: string) => {
    const labels = `otel.component.name=file,nettracer.drop.reason=${reason}`
    return (await recorded.readings())[`nettracer.exporter.dropped_points{${labels}}`] ?? 0
  }
  return { metrics, logs, dropped, ...recorded }
}

const pointsOf = (count: number, name: string) =>
  resource([manyPoints(count)], { 'service.name': name })

function countsIn(path = join(folder, 'in')): Record<string, number> {
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(path, name)).isFile())
    .toSorted((one, other) => (one < other ? -1 : 1))
  return Object.fromEntries(
    files.map((name) => {
      const lines = readFileSync(join(path, name), 'utf8').trimEnd().split('\n')
      return [name, lines.flatMap((line) => pointsOfOtlp(JSON.parse(line))).length]
    }),
  )
}

test('each service has a file of its own, for metrics and logs', async () => {
  const { metrics, logs, readings } = exportersWith()
  await metrics.start()
  await logs?.start()
  metrics.consume(metricsOf(pointsOf(3, 'cart'), pointsOf(4, 'shop'), pointsOf(5, 'cart')))
  logs?.consume(logsOf(resourceLogs(manyRecords(2), { 'service.name': 'cart' })))
  await metrics.shutdown()
  await logs?.shutdown()
  expect(countsIn()).toEqual({ 'cart.json': 8, 'shop.json': 4 })
  expect(readFileSync(join(folder, 'in/cart.json'), 'utf8')).toMatch(/\{"resourceLogs":/)
  expect(await readings()).toMatchObject({
    'nettracer.exporter.sent_points{otel.component.name=file}': 12,
    'nettracer.exporter.sent_log_records{otel.component.name=file}': 2,
  })
})

test('resources without the attribute are dropped and counted', async () => {
  const { metrics, dropped } = exportersWith()
  await metrics.start()
  const odd = [{ 'host.name': 'h' }, { 'service.name': 7 }]
  const without = odd.map((attributes) => resource([manyPoints(2)], attributes))
  metrics.consume(metricsOf(...without, pointsOf(1, 'cart')))
  await metrics.shutdown()
  expect([countsIn(), await dropped('no_group')]).toEqual([{ 'cart.json': 1 }, 4])
})

test('files beyond max_open_files are closed, and gone on with when they are needed again', async () => {
  const { metrics } = exportersWith({ group_by: { ...groupBy, max_open_files: 1 } })
  await metrics.start()
  for (let at = 0; at < 5; at += 1) {
    metrics.consume(metricsOf(pointsOf(2, 'cart'), pointsOf(3, 'shop')))
  }
  await metrics.shutdown()
  expect(countsIn()).toEqual({ 'cart.json': 10, 'shop.json': 15 })
})

test.each(['../../out', '/../out', './out', 'a/../../../../out', '../in-not/out', '/etc/out'])(
  'a service that is named %s writes below the folder only',
  async (name) => {
    writeFileSync(join(folder, 'other'), '')
    const { metrics } = exportersWith()
    await metrics.start()
    metrics.consume(metricsOf(pointsOf(2, name)))
    await metrics.shutdown()
    expect(readdirSync(folder).toSorted()).toEqual(['in', 'other'])
    expect(Object.values(countsIn())).toEqual([2])
  },
)

test('a name that is no name of a file costs its points, not those of others', async () => {
  const { metrics, dropped } = exportersWith()
  await metrics.start()
  metrics.consume(
    metricsOf(pointsOf(2, 'nul\0'), pointsOf(4, 'long'.repeat(100)), pointsOf(3, 'shop')),
  )
  await metrics.shutdown()
  expect([countsIn(), await dropped('write_failed')]).toEqual([{ 'shop.json': 3 }, 6])
})

test('files of groups are rotated each by itself', async () => {
  const { metrics } = exportersWith({ rotation: { max_megabytes: 1 } })
  await metrics.start()
  for (let at = 0; at < 6; at += 1) metrics.consume(metricsOf(pointsOf(3000, 'shop')))
  metrics.consume(metricsOf(pointsOf(1, 'cart')))
  await metrics.shutdown()
  const names = readdirSync(join(folder, 'in'))
  expect(names.filter((name) => /^shop-.*-size\.json$/.test(name)).length).toBeGreaterThan(0)
  expect(names.filter((name) => name.startsWith('cart'))).toEqual(['cart.json'])
})
