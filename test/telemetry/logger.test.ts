import { expect, test } from 'vitest'
import type { LogLevel } from '../../src/telemetry/log-line.ts'
import { Log } from '../../src/telemetry/logger.ts'

const start = Date.UTC(2026, 10, 21, 12, 0, 0, 5)

class Clock {
  lines: string[] = []
  ms = start
  readonly log: Log

  constructor(encoding: 'console' | 'json' = 'console', level: LogLevel = 'debug') {
    const write = (line: string): void => void this.lines.push(line)
    this.log = new Log({ level, encoding, write, now: () => this.ms })
  }
}

test('a console line has time, level, component, message and fields', () => {
  const { log, lines } = new Clock()
  log.logger('otlp/2').info('sent', { points: 5, isLast: true, to: 'a:1', absent: undefined })
  expect(lines).toEqual([
    '2026-11-21T12:00:00.005Z INFO  otlp/2 sent points=5 isLast=true to=a:1\n',
  ])
})

test.each([
  { value: 'two words', written: '"two words"' },
  { value: 'a"b', written: '"a\\"b"' },
  { value: "it's", written: '"it\'s"' },
  { value: 'a=b', written: '"a=b"' },
  { value: 'C:\\x', written: '"C:\\\\x"' },
  { value: '', written: '""' },
  { value: 'a\nlevel=error', written: '"a\\nlevel=error"' },
  { value: '\u001b[2J', written: '"\\u{1b}[2J"' },
  { value: 'a\u202eb', written: '"a\\u{202e}b"' },
  { value: 'ü', written: 'ü' },
])('the value $value cannot break a console line', ({ value, written }) => {
  const { log, lines } = new Clock()
  log.logger('x').warn('m', { value })
  expect(lines).toEqual([`2026-11-21T12:00:00.005Z WARN  x m value=${written}\n`])
})

test('messages and component names cannot break a console line either', () => {
  const { log, lines } = new Clock()
  log.logger('x\ny').error('a\nb\u001b')
  expect(lines).toEqual(['2026-11-21T12:00:00.005Z ERROR x\\ny a\\nb\\u{1b}\n'])
})

test('a JSON line is one object, and fields do not replace what is fixed', () => {
  const { log, lines } = new Clock('json')
  log.logger('x').warn('a\n"b"\u202e\u009b', { n: 1, msg: 'other', level: 'low', ok: false })
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/^[\u0020-\u007e]*\n$/)
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    level: 'warn',
    ts: '2026-11-21T12:00:00.005Z',
    component: 'x',
    msg: 'a\n"b"\u202e\u009b',
    n: 1,
    'field.msg': 'other',
    'field.level': 'low',
    ok: false,
  })
})

test('a text of any length becomes a line of bounded length', () => {
  const { log, lines } = new Clock()
  log.logger('x').info('m'.repeat(1e6), { v: 'v'.repeat(1e6) })
  expect(lines[0]?.length).toBeLessThan(5000)
})

test('lines below the level are not written', () => {
  const { log, lines } = new Clock('console', 'warn')
  const logger = log.logger('x')
  logger.debug('a')
  logger.info('b')
  logger.warn('c')
  logger.error('d')
  expect(lines.map((line) => line.at(-2))).toEqual(['c', 'd'])
})

test('of a kind the first is written at once, then one a minute with the number left out', () => {
  const clock = new Clock()
  const logger = clock.log.logger('x')
  const full = (): void => logger.limited('warn', 'ring_full', 'ring full', { lost: 1 })
  for (let second = 0; second < 120; second += 1) {
    full()
    clock.ms += 1000
  }
  full()
  expect(clock.lines.map((line) => line.slice(24).trim())).toEqual([
    'WARN  x ring full lost=1',
    'WARN  x ring full lost=1 left_out=59',
    'WARN  x ring full lost=1 left_out=59',
  ])
})

test('kinds and components are limited apart', () => {
  const { log, lines } = new Clock()
  log.logger('x').limited('warn', 'a', 'm')
  log.logger('x').limited('warn', 'b', 'm')
  log.logger('y').limited('error', 'a', 'm')
  log.logger('y').limited('error', 'a', 'm')
  expect(lines).toHaveLength(3)
})

test('the number of kinds is bounded: those beyond share one', () => {
  const { log, lines } = new Clock()
  const logger = log.logger('x')
  for (let kind = 0; kind < 5000; kind += 1) logger.limited('warn', `kind ${kind}`, 'm')
  expect(lines).toHaveLength(1001)
})

test('a clock that is set back does not silence a kind', () => {
  const clock = new Clock()
  const logger = clock.log.logger('x')
  logger.limited('warn', 'a', 'm')
  clock.ms -= 3_600_000
  logger.limited('warn', 'a', 'm')
  expect(clock.lines).toHaveLength(2)
})

test('with sampling the first lines of a message are written in each tick, then every so-manieth', () => {
  const lines: string[] = []
  let ms = start
  const log = new Log({
    level: 'info',
    encoding: 'json',
    sampling: { tick: 1000, initial: 2, thereafter: 3 },
    initialFields: { host: 'a' },
    write: (line) => void lines.push(line),
    now: () => ms,
  })
  const numbers = () => lines.splice(0).map((line) => (JSON.parse(line) as { at: number }).at)
  for (let at = 1; at <= 9; at += 1) log.logger('c').info('again', { at })
  expect(numbers()).toEqual([1, 2, 5, 8])
  log.logger('c').info('other', { at: 0 })
  log.logger('c').warn('again', { at: 0 })
  expect(numbers()).toEqual([0, 0])
  ms += 1000
  log.logger('c').info('again', { at: 10 })
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ at: 10, host: 'a' })
})

test('another course holds for loggers that are there', () => {
  const { log, lines } = new Clock('console', 'warn')
  const logger = log.logger('c')
  logger.info('a')
  log.configure({ level: 'info', encoding: 'json' })
  logger.info('b')
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['b'])
})
