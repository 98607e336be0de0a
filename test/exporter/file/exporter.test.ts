import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { zstdDecompressSync } from 'node:zlib'
import { AggregationTemporality } from '@opentelemetry/sdk-metrics'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fileConfig } from '../../../src/exporter/file/config.ts'
import { FileExporter } from '../../../src/exporter/file/exporter.ts'
import type { Metrics } from '../../../src/model/metrics.ts'
import { everyKind, manyPoints, metricsOf, point, resource, sum } from '../../support/metrics.ts'
import { decodeRequest, pointsOfModel, pointsOfOtlp } from '../../support/otlp-points.ts'
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

test('a batch that is larger than a file may be is cut into several', async () => {
  const { exporter, path, readings } = fileExporter({ rotation: { max_megabytes: 1 } })
  await writeAll(exporter, points(20_000), points(5))
  const old = readdirSync(folder).filter((name) => name.endsWith('-size.json'))
  const files = [...old.toSorted().map((name) => join(folder, name)), path]
  for (const file of files) expect(statSync(file).size).toBeLessThanOrEqual(1024 * 1024)
  expect(files.flatMap(pointsIn)).toHaveLength(20_005)
  expect(await readings()).toEqual(
    expect.objectContaining({ 'nettracer.exporter.sent_points{otel.component.name=file}': 20_005 }),
  )
})

/** What stands behind lengths, as another program would read it. */
function entriesOf(path: string): Buffer[] {
  const entries: Buffer[] = []
  for (let rest = readFileSync(path); rest.length > 0; ) {
    const end = 4 + rest.readUInt32BE(0)
    expect(end).toBeLessThanOrEqual(rest.length)
    entries.push(rest.subarray(4, end))
    rest = rest.subarray(end)
  }
  return entries
}

const decoders: Record<string, (entry: Buffer) => object[]> = {
  'json zstd': (entry) => pointsOfOtlp(JSON.parse(zstdDecompressSync(entry).toString())),
  proto: (entry) => pointsOfOtlp(decodeRequest(entry)),
  'proto zstd': (entry) => pointsOfOtlp(decodeRequest(zstdDecompressSync(entry))),
}

test.each([
  { format: 'json', compression: 'zstd' },
  { format: 'proto', compression: '' },
  { format: 'proto', compression: 'zstd' },
])(
  'as $format with compression "$compression" each request stands behind its length',
  async (how) => {
    const { exporter, path } = fileExporter(how)
    const sent = [metricsOf(resource(everyKind(1)), resource(everyKind(2))), points(7, 100)]
    await writeAll(exporter, ...sent)
    const decode = decoders[`${how.format} ${how.compression}`.trim()]
    expect(entriesOf(path)).toHaveLength(2)
    expect(entriesOf(path).flatMap((entry) => decode?.(entry) ?? [])).toEqual(
      sent.flatMap((metrics) => pointsOfModel(metrics.resourceMetrics)),
    )
  },
)

test('a higher level of zstd makes a smaller file', async () => {
  const sizes: number[] = []
  for (const level of [1, 19]) {
    const { exporter, path } = fileExporter({ compression: 'zstd', compression_params: { level } })
    const varied = Array.from({ length: 20 }, (_, seed) => resource(everyKind(seed)))
    await writeAll(exporter, metricsOf(...varied))
    sizes.push(statSync(path).size)
  }
  expect(sizes[1]).toBeLessThan(sizes[0] ?? 0)
})

test('half a line that a killed agent left spoils nothing behind it', async () => {
  const first = fileExporter()
  await writeAll(first.exporter, points(3), points(4))
  truncateSync(first.path, statSync(first.path).size - 10)
  await writeAll(fileExporter({ append: true }).exporter, points(5))
  const lines = linesOf(first.path)
  expect([lines.length, pointsOfOtlp(JSON.parse(lines[2] ?? '')).length]).toEqual([3, 5])
})

test.each([
  { name: 'half an entry', left: 30 },
  { name: 'half a length', left: 2 },
])('$name that a killed agent left spoils nothing behind it', async ({ left }) => {
  const first = fileExporter({ format: 'proto' })
  await writeAll(first.exporter, points(3), points(4))
  truncateSync(first.path, 4 + (entriesOf(first.path)[0]?.length ?? 0) + left)
  await writeAll(fileExporter({ format: 'proto', append: true }).exporter, points(5))
  const counts = entriesOf(first.path).map((entry) => pointsOfOtlp(decodeRequest(entry)).length)
  expect(counts).toEqual([3, 5])
})

test('a file of another form is not cut', async () => {
  const { exporter, path } = fileExporter({ format: 'proto', append: true })
  writeFileSync(path, '{"mine":1}\n')
  await writeAll(exporter, points(5))
  expect(readFileSync(path, 'latin1').startsWith('{"mine":1}\n')).toBe(true)
})

test('deltas that wait for a slow disk are added up, and none is lost', async () => {
  const { exporter, path, dropped } = fileExporter()
  const series = Array.from({ length: 200 }, (_, at) => point(1, { at }))
  const delta = metricsOf(resource([sum(series, { temporality: AggregationTemporality.DELTA })]))
  await exporter.start()
  // More points than may wait, in one turn: nothing is written meanwhile.
  for (let at = 0; at < 5200; at += 1) exporter.consume(delta)
  await exporter.shutdown()
  const values = readFileSync(path, 'utf8').matchAll(/"as(?:Int|Double)":"?(\d+)/g)
  expect([...values].reduce((total, [, value]) => total + Number(value), 0)).toBe(5200 * 200)
  expect([linesOf(path).length < 5200, await dropped('backlog')]).toEqual([true, 0])
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
