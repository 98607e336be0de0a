import { PassThrough, Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { consoleConfig } from '../../../src/exporter/console/config.ts'
import { ConsoleExporter } from '../../../src/exporter/console/exporter.ts'
import { ConsoleOutput, type OutputStream } from '../../../src/exporter/console/output.ts'
import { metricsOf } from '../../support/metrics.ts'
import { recordedSettings } from '../../support/recorded-telemetry.ts'
import { busyHost } from './busy-host.ts'
import { ownTelemetry, service } from './traffic-metrics.ts'

/** A stream that keeps what is written, optionally with the properties of a terminal. */
class Recorder extends Writable {
  readonly isTTY?: boolean
  readonly columns = 80
  readonly rows = 24
  text = ''

  constructor(isTerminal: boolean) {
    super({ decodeStrings: false })
    if (isTerminal) this.isTTY = true
  }

  override _write(part: string, _encoding: string, done: () => void): void {
    this.text += part
    done()
  }
}

async function started(
  stream: OutputStream,
  config: Record<string, unknown> = {},
  environment = {},
) {
  const recorded = recordedSettings('console')
  const parsed = consoleConfig.parse(config)
  const { logger } = recorded.settings.telemetry
  const output = new ConsoleOutput({ stream, color: parsed.color, environment, logger })
  const exporter = new ConsoleExporter(recorded.settings, parsed, output)
  await exporter.start()
  return { exporter, ...recorded }
}

const traffic = (lines: string) => lines.split('\n').filter((line) => line.startsWith('time='))

test('in a pipe each interval is its lines, after one comment', async () => {
  const stream = new Recorder(false)
  const { exporter } = await started(stream)
  exporter.consume(metricsOf(...busyHost(1)))
  exporter.consume(metricsOf(...busyHost(2)))
  await exporter.shutdown()
  const lines = stream.text.split('\n')
  expect(lines[0]).toMatch(/^# otel-nettracer 1\.2\.3/)
  expect(traffic(stream.text)).toHaveLength(lines.length - 2)
  expect(new Set(traffic(stream.text).map((line) => line.split(' ')[0]))).toEqual(
    new Set(['time=2026-01-02T03:04:15.000Z', 'time=2026-01-02T03:04:25.000Z']),
  )
})

test('the parts of one collection are one interval', async () => {
  const [whole, cut] = [new Recorder(false), new Recorder(false)]
  const one = await started(whole)
  one.exporter.consume(metricsOf(...busyHost()))
  await one.exporter.shutdown()

  const two = await started(cut)
  for (const part of busyHost()) two.exporter.consume(metricsOf(part))
  await two.exporter.shutdown()
  expect(cut.text).toBe(whole.text)
})

test('an interval is shown soon, without waiting for the next', async () => {
  const stream = new Recorder(false)
  const { exporter } = await started(stream)
  exporter.consume(metricsOf(...busyHost()))
  await expect.poll(() => traffic(stream.text).length, { timeout: 10_000 }).toBeGreaterThan(5)
  await exporter.shutdown()
})

test("the agent's own telemetry is no traffic and ends no interval", async () => {
  const stream = new Recorder(false)
  const { exporter } = await started(stream)
  exporter.consume(metricsOf(service({ 'service.name': 'a' }, [{ peer: 'x', tx: 1 }])))
  exporter.consume(metricsOf(ownTelemetry(60)))
  exporter.consume(metricsOf(service({ 'service.name': 'a' }, [{ peer: 'x', tx: 1 }])))
  await exporter.shutdown()
  expect(traffic(stream.text)).toHaveLength(1)
  expect(stream.text).not.toContain('cpu')
})

test('a terminal shows a table with the footer, and colours', async () => {
  const stream = new Recorder(true)
  const { exporter } = await started(stream, { hint: 'and elsewhere' })
  expect(stream.text).toContain('waiting for the first interval')
  exporter.consume(metricsOf(...busyHost(), ownTelemetry(10)))
  await exporter.shutdown()
  expect(stream.text).toContain('otel-nettracer web-01')
  expect(stream.text).toContain('and elsewhere')
  expect(stream.text).toContain('agent: rss 84.2 MB')
  expect(stream.text).toContain('\u{1b}[31m')
})

test.each([
  ['a terminal', true, 'auto', {}, true],
  ['a terminal with NO_COLOR', true, 'auto', { NO_COLOR: '1' }, false],
  ['a terminal with an empty NO_COLOR', true, 'auto', { NO_COLOR: '' }, true],
  ['a terminal when never', true, 'never', {}, false],
  ['a terminal with NO_COLOR when always', true, 'always', { NO_COLOR: '1' }, true],
])('colours on %s', async (_, isTerminal, color, environment, expected) => {
  const stream = new Recorder(isTerminal)
  const { exporter } = await started(stream, { color }, environment)
  exporter.consume(metricsOf(...busyHost()))
  await exporter.shutdown()
  expect(stream.text.includes('\u{1b}[1m')).toBe(expected)
})

test('a dumb terminal gets lines', async () => {
  const stream = new Recorder(true)
  const { exporter } = await started(stream, {}, { TERM: 'dumb' })
  exporter.consume(metricsOf(...busyHost()))
  await exporter.shutdown()
  expect(traffic(stream.text).length).toBeGreaterThan(5)
})

test('a new size is drawn at once', async () => {
  const stream = new Recorder(true)
  const { exporter } = await started(stream)
  exporter.consume(metricsOf(...busyHost()))
  await expect.poll(() => stream.text, { timeout: 10_000 }).toContain('SERVICE')
  const before = stream.text.length
  stream.emit('resize')
  expect(stream.text.slice(before)).toContain('SERVICE')
  await exporter.shutdown()
})

test('a reader that went away is told once, and the agent goes on', async () => {
  const stream = new Writable({
    write: (_part, _encoding, done) => done(new Error('write EPIPE')),
  })
  const { exporter, lines } = await started(stream)
  await expect.poll(() => lines.length).toBe(1)
  for (const end of [1, 2, 3]) exporter.consume(metricsOf(...busyHost(end)))
  await exporter.shutdown()
  expect(lines).toMatchObject([{ level: 'warn', fields: { error: 'write EPIPE' } }])
})

test('a reader that does not read costs one interval of memory', async () => {
  const stream = new PassThrough({ highWaterMark: 1, readableHighWaterMark: 1 })
  const { exporter, lines } = await started(stream)
  for (let end = 1; end <= 50; end += 1) exporter.consume(metricsOf(...busyHost(end)))
  await exporter.shutdown()
  expect(stream.writableLength).toBeLessThan(30_000)
  expect(lines.at(-1)?.message).toContain('nobody reads')
})

test('a second shutdown writes nothing more', async () => {
  const stream = new Recorder(false)
  const { exporter } = await started(stream)
  exporter.consume(metricsOf(...busyHost()))
  await exporter.shutdown()
  const { text } = stream
  await exporter.shutdown()
  expect(stream.text).toBe(text)
})
