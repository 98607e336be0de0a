import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { debugConfig } from '../../../src/exporter/debug/config.ts'
import { DebugExporter } from '../../../src/exporter/debug/exporter.ts'
import { Sampler } from '../../../src/exporter/debug/sampler.ts'
import type { Metrics } from '../../../src/model/metrics.ts'
import { everyKind, gauge, metricsOf, point, resource } from '../../support/metrics.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'

const fixture = (name: string) =>
  readFileSync(new URL(`fixtures/${name}.txt`, import.meta.url), 'utf8')

/** Bounds of exponential buckets: the last digit of exp() differs between Go and JavaScript. */
const roundBounds = (text: string) =>
  text.replaceAll(/ le(-?[\d.e+-]+)=/g, (_, bound) => ` le${Number(bound).toPrecision(12)}=`)

async function show(config: object, metrics: Metrics, isTaken = true) {
  const recorded = recordedSettings('debug')
  let text = ''
  const exporter = new DebugExporter(recorded.settings, debugConfig.parse(config), (more) => {
    text += more
    return isTaken
  })
  await exporter.start()
  exporter.consume(metrics)
  await exporter.shutdown()
  return { text, ...recorded }
}

/** What test/e2e/collector.test.ts shows to a real Collector as well; the fixtures are what that one wrote. */
const example = metricsOf(resource(everyKind(1)), resource(everyKind(2), { 'host.name': 'ß' }))

test.each(['basic', 'normal', 'detailed'])(
  '%s text is as the Collector wrote it',
  async (verbosity) => {
    const { text } = await show({ verbosity, use_internal_logger: false }, example)
    expect(roundBounds(text)).toBe(roundBounds(fixture(verbosity)))
  },
)

test('the log gets a line with the counts, and each line of text by itself', async () => {
  const { lines, text } = await show({ verbosity: 'normal' }, example)
  expect(text).toBe('')
  expect(lines[0]).toEqual({
    level: 'info',
    message: 'Metrics',
    fields: { 'resource metrics': 2, metrics: 10, 'data points': 14 },
  })
  const [, ...written] = fixture('normal').trimEnd().split('\n')
  expect(lines.slice(1).map((line) => roundBounds(line.message))).toEqual(written.map(roundBounds))
})

test.each(['normal', 'detailed'])('%s text escapes control characters', async (verbosity) => {
  const hostile = 'a\u001b[2Jb\nMetrics\u202e'
  const metrics = metricsOf(
    resource([gauge([point(1, { [hostile]: hostile })], { name: hostile, unit: hostile })], {
      'process.executable.name': hostile,
    }),
  )
  const { text } = await show({ verbosity, use_internal_logger: false }, metrics)
  // oxlint-disable-next-line no-control-regex
  expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202e]/)
  expect(text).toContain('a\\u{1b}[2Jb\\nMetrics\\u{202e}')
})

test('text that cannot be written is counted as dropped', async () => {
  const { readings } = await show({ use_internal_logger: false }, example, false)
  expect(await readings()).toMatchObject({
    'nettracer.exporter.dropped_points{otel.component.name=debug,nettracer.drop.reason=write_failed}': 14,
  })
})

test('the first batches of each second are shown, then every so many-th', () => {
  const sampler = new Sampler(2, 3)
  const second = (start: number) =>
    Array.from({ length: 10 }, (_, at) => sampler.admits(start + at)).flatMap((shown, at) =>
      shown ? [at + 1] : [],
    )
  expect(second(0)).toEqual([1, 2, 5, 8])
  expect(second(1000)).toEqual([1, 2, 5, 8])
})

test.each([
  { thereafter: 1, shown: 10 },
  { thereafter: 0, shown: 2 },
])('sampling_thereafter $thereafter shows $shown of 10', ({ thereafter, shown }) => {
  const sampler = new Sampler(2, thereafter)
  expect(Array.from({ length: 10 }, () => sampler.admits(5)).filter(Boolean)).toHaveLength(shown)
})

test('the defaults are those of the Collector', () => {
  expect(debugConfig.parse({})).toEqual({
    verbosity: 'basic',
    sampling_initial: 2,
    sampling_thereafter: 1,
    use_internal_logger: true,
  })
})

test.each([
  [{ verbosity: 'none' }, /verbosity/],
  [{ output_paths: ['stdout'] }, /only with use_internal_logger: false/],
  [{ use_internal_logger: false, output_paths: ['/tmp/x'] }, /use the file exporter/],
  [{ use_internal_logger: false, output_paths: [] }, /output_paths/],
  [{ sending_queue: {} }, /needs no queue/],
  [{ loglevel: 'debug' }, /loglevel/],
])('%j is refused', (config, message) => {
  expect(() => debugConfig.parse(config)).toThrow(message)
})
