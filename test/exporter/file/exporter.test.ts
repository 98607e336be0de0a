import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { zstdDecompressSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fileConfig } from '../../../src/exporter/file/config.ts'
import { FileExporter } from '../../../src/exporter/file/exporter.ts'
import type { Metrics } from '../../../src/model/metrics.ts'
import { everyKind, manyPoints, metricsOf, resource } from '../../support/metrics.ts'
import { pointsOfModel, pointsOfOtlp } from '../../support/otlp-points.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nettracer-file-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function fileExporter(config: object = {}) {
  const recorded = recordedSettings('file')
  const path = join(folder, 'metrics.json')
  const exporter = new FileExporter(recorded.settings, fileConfig.parse({ path, ...config }))
  const dropped = async (reason: string) => {
    const labels = `otel.component.name=file,nettracer.drop.reason=${reason}`
    return (await recorded.readings())[`nettracer.exporter.dropped_points{${labels}}`] ?? 0
  }
  return { exporter, path, dropped, ...recorded }
}

async function writeAll(exporter: FileExporter, ...all: Metrics[]) {
  await exporter.start()
  for (const metrics of all) exporter.consume(metrics)
  await exporter.shutdown()
}

const linesOf = (path: string) => readFileSync(path, 'utf8').split('\n').slice(0, -1)
const pointsIn = (path: string) => linesOf(path).flatMap((line) => pointsOfOtlp(JSON.parse(line)))
const points = (count: number, from = 0) => metricsOf(resource([manyPoints(count, from)]))

test('a batch is a line that holds all its resources', async () => {
  const { exporter, path, readings } = fileExporter()
  const first = metricsOf(resource(everyKind(1)), resource(everyKind(2)))
  await writeAll(exporter, first, points(2))

  expect(linesOf(path)).toHaveLength(2)
  expect(pointsOfOtlp(JSON.parse(linesOf(path)[0]!))).toEqual(pointsOfModel(first.resourceMetrics))
  const sent = 'nettracer.exporter.sent_points{otel.component.name=file}'
  expect((await readings())[sent]).toBe(16)
})

test('what waits is written at each flush_interval', async () => {
  const { exporter, path } = fileExporter({ flush_interval: '20ms' })
  await exporter.start()
  exporter.consume(points(3))
  await expect.poll(() => pointsIn(path).length).toBe(3)
  exporter.consume(points(2))
  await expect.poll(() => pointsIn(path).length).toBe(5)
  await exporter.shutdown()
})

test.each([
  { append: false, expected: 1 },
  { append: true, expected: 2 },
])(
  'a file that is there has $expected lines after a start with append $append',
  async ({ append, expected }) => {
    const { exporter, path } = fileExporter({ append })
    writeFileSync(path, '{}\n')
    await writeAll(exporter, points(1))
    expect(linesOf(path)).toHaveLength(expected)
  },
)

test('a full file is set aside under the name that the Collector gives', async () => {
  const { exporter, path } = fileExporter({ rotation: { max_megabytes: 1 } })
  const sent = Array.from({ length: 12 }, (_, at) => points(3000, at * 3000))
  await writeAll(exporter, ...sent)

  const old = readdirSync(folder).filter((name) => name !== 'metrics.json')
  expect(old.length).toBeGreaterThan(1)
  for (const name of old) {
    expect(name).toMatch(/^metrics-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}-size\.json$/)
    expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(1024 * 1024)
  }
  const files = [...old.toSorted().map((name) => join(folder, name)), path]
  const expected = sent.flatMap((metrics) => pointsOfModel(metrics.resourceMetrics))
  expect(isDeepStrictEqual(files.flatMap(pointsIn), expected)).toBe(true)
})

test('with rotation a file that is there is gone on with', async () => {
  const { exporter, path } = fileExporter({ rotation: {} })
  writeFileSync(path, '{}\n')
  await writeAll(exporter, points(1))
  expect(linesOf(path)).toHaveLength(2)
})

test('only max_backups old files are kept, and files of others are left alone', async () => {
  writeFileSync(join(folder, 'metrics-notes.json'), 'mine')
  const { exporter } = fileExporter({ rotation: { max_megabytes: 1, max_backups: 2 } })
  await writeAll(exporter, ...Array.from({ length: 25 }, (_, at) => points(3000, at)))
  const names = readdirSync(folder)
  expect(names.filter((name) => name.endsWith('-size.json'))).toHaveLength(2)
  expect(names).toContain('metrics-notes.json')
})

test('old files go after max_days', async () => {
  const old = 'metrics-2020-01-01T00-00-00.000-size.json'
  const recent = `metrics-${new Date().toISOString().slice(0, -1).replaceAll(':', '-')}-size.json`
  for (const name of [old, recent]) writeFileSync(join(folder, name), '')
  const { exporter } = fileExporter({ rotation: { max_days: 7 } })
  await writeAll(exporter, points(1))
  expect(readdirSync(folder).toSorted()).toEqual([recent, 'metrics.json'].toSorted())
})

test('a batch that is larger than a file may be is counted', async () => {
  const { exporter, path, dropped } = fileExporter({ rotation: { max_megabytes: 1 } })
  await writeAll(exporter, points(20_000), points(5))
  expect([await dropped('too_large'), pointsIn(path).length]).toEqual([20_000, 5])
})

test('with zstd each batch stands behind its length', async () => {
  const { exporter, path } = fileExporter({ compression: 'zstd' })
  const sent = [points(4), points(7, 100)]
  await writeAll(exporter, ...sent)

  const found: object[] = []
  for (let rest = readFileSync(path); rest.length > 0; ) {
    const end = 4 + rest.readUInt32BE(0)
    const json = zstdDecompressSync(rest.subarray(4, end)).toString()
    found.push(...pointsOfOtlp(JSON.parse(json)))
    rest = rest.subarray(end)
  }
  expect(found).toEqual(sent.flatMap((metrics) => pointsOfModel(metrics.resourceMetrics)))
})

test('create_directory makes the folder', async () => {
  const path = join(folder, 'a/b/metrics.json')
  const { exporter } = fileExporter({ path, create_directory: true, directory_permissions: '0700' })
  await writeAll(exporter, points(1))
  expect(statSync(join(folder, 'a/b')).mode & 0o777).toBe(0o700)
  expect(linesOf(path)).toHaveLength(1)
})

test.each([
  { name: 'a folder that is not there', path: () => join(folder, 'nowhere/metrics.json') },
  { name: 'a folder in the place of the file', path: () => folder },
])('$name is an error at the start that names it', async ({ path }) => {
  const { exporter } = fileExporter({ path: path() })
  await expect(exporter.start()).rejects.toMatchObject({
    code: 'NETTRACER_ERR_FILE_UNWRITABLE',
    message: expect.stringContaining(`${path()} cannot be written`),
  })
})

test('a full disk is counted and logged, and the exporter goes on', async () => {
  const { exporter, dropped, lines } = fileExporter({ path: '/dev/full', append: true })
  await writeAll(exporter, points(4), points(3))
  expect(await dropped('write_failed')).toBe(7)
  expect(lines[0]?.fields['reason']).toMatch(/ENOSPC/)
})

test('a folder that goes away at a rotation is counted, and one that returns is used', async () => {
  const path = join(folder, 'gone/metrics.json')
  mkdirSync(join(folder, 'gone'))
  const config = { path, rotation: { max_megabytes: 1 }, flush_interval: '10ms' }
  const { exporter, dropped } = fileExporter(config)
  await exporter.start()
  exporter.consume(points(6000))
  await expect.poll(() => pointsIn(path).length).toBe(6000)
  rmSync(join(folder, 'gone'), { recursive: true })
  exporter.consume(points(6000))
  await expect.poll(() => dropped('write_failed')).toBe(6000)
  mkdirSync(join(folder, 'gone'))
  exporter.consume(points(5))
  await exporter.shutdown()
  expect(pointsIn(path)).toHaveLength(5)
})

test('what comes before a start or after shutdown is counted', async () => {
  const { exporter, dropped } = fileExporter()
  exporter.consume(points(2))
  await exporter.shutdown()
  await writeAll(exporter, points(1))
  await exporter.shutdown()
  exporter.consume(points(3))
  expect(await dropped('shutdown')).toBe(5)
})
