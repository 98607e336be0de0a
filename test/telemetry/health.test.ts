import { expect, test } from 'vitest'
import { HealthBook } from '../../src/telemetry/health.ts'
import { RecentLines } from '../../src/telemetry/recent-lines.ts'

function book() {
  let nowMs = 1000
  const health = new HealthBook(() => nowMs)
  const wait = (ms: number) => void (nowMs += ms)
  return { health, wait }
}

test('a problem lasts from when it began until it is over', () => {
  const { health, wait } = book()
  const otlp = health.of('otlp')
  otlp.failing('export', 'first')
  wait(500)
  otlp.failing('export', 'second')
  expect(health.problems()).toEqual([
    { component: 'otlp', what: 'export', reason: 'second', since: 1000 },
  ])
  otlp.working('export')
  expect(health.problems()).toEqual([])
})

test('one that is said to last is over by itself, and may begin again', () => {
  const { health, wait } = book()
  const otlp = health.of('otlp')
  otlp.failing('drops', 'full', 100)
  wait(99)
  expect(health.problems()).toHaveLength(1)
  wait(1)
  expect(health.problems()).toEqual([])
  otlp.failing('drops', 'full', 100)
  expect(health.problems()).toMatchObject([{ since: 1100 }])
})

test('components that are no more have none', () => {
  const { health } = book()
  health.of('a').failing('x', '1')
  health.of('b').failing('x', '2')
  health.keepOnly(new Set(['b']))
  expect(health.problems().map(({ component }) => component)).toEqual(['b'])
})

test('the number of problems is bounded', () => {
  const { health } = book()
  for (let at = 0; at < 2000; at += 1) health.of(`c${at}`).failing('x', 'y')
  expect(health.problems()).toHaveLength(1000)
})

test('the last lines that tell of something wrong are kept, the newest first', () => {
  const lines = new RecentLines(2)
  for (const [time, level] of (['warn', 'info', 'error', 'warn'] as const).entries()) {
    lines.add({ time, level, component: 'c', message: 'm', fields: {} })
  }
  expect(lines.list().map(({ time }) => time)).toEqual([3, 2])
})
