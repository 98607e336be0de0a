import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Temporality } from '../../src/model/metrics.ts'
import { defaultSelection } from '../../src/series/index.ts'
import { flow, increment, listener, processKey } from '../support/increment.ts'
import { at, endedOf, recordedKeysOf, store } from './support.ts'
import { events, World } from './world.ts'

/** A store with one series of a process that dies when it is told. */
function mortal(temporality: Temporality = 'cumulative') {
  let isAlive = true
  const temporalities = new Set([temporality])
  const series = store({ isAlive: () => isAlive, temporalities })
  const one = flow()
  series.connection(increment({ flow: one, bytesTx: 5, pktsTx: 2, srttUs: 100, resetsTx: 1 }))
  const collect = (seconds: number) => series.collect(at(seconds)).get(temporality)
  return { series, one, collect, die: () => (isAlive = false), live: () => (isAlive = true) }
}

test('after its last report each of its points says once that it has ended', () => {
  const { collect, die } = mortal()
  die()
  const last = collect(10)
  expect(endedOf(last)).toEqual([])
  const after = collect(20)
  expect(recordedKeysOf(after)).toEqual([])
  expect(endedOf(after)).toEqual(recordedKeysOf(last))
  expect(endedOf(after).length).toBeGreaterThan(5)
  expect(collect(30)?.points).toBe(0)
})

test('the time of the end is that of the collection that says so', () => {
  const { collect, die } = mortal()
  die()
  collect(10)
  const [resource] = collect(20)?.resourceMetrics ?? []
  const metrics = resource?.scopeMetrics[0]?.metrics ?? []
  const times = metrics.flatMap(({ dataPoints: [first] }) => [first?.startTime, first?.endTime])
  expect(times).toEqual(metrics.flatMap(() => [at(0).time, at(20).time]))
  expect(times.length).toBeGreaterThan(5)
})

test('one that has begun anew by then has not ended', () => {
  const { series, one, collect, die, live } = mortal()
  die()
  collect(10)
  live()
  series.connection(increment({ flow: one, bytesTx: 3 }))
  const after = collect(20)
  expect(endedOf(after)).toEqual([])
  expect(recordedKeysOf(after).length).toBeGreaterThan(0)
  expect(endedOf(collect(30))).toEqual([])
})

test('growth ends by not being there', () => {
  const { collect, die } = mortal('delta')
  die()
  collect(10)
  expect(collect(20)?.points).toBe(0)
})

test('a series that gives its place away ends', () => {
  const series = store({ limit: 1 })
  const send = (peer: string, bytesTx: number) =>
    series.connection(increment({ flow: flow({ remoteAddress: peer }), bytesTx, pktsTx: 1 }))
  send('192.0.2.1', 10)
  series.collect(at(10))
  send('192.0.2.2', 10_000)
  series.collect(at(20))
  const after = series.collect(at(30)).get('cumulative')
  expect(endedOf(after).some((key) => key.includes('192.0.2.1'))).toBe(true)
  expect(endedOf(after).some((key) => key.includes('192.0.2.2'))).toBe(false)
})

test('levels of a listening socket end as well', () => {
  let isAlive = true
  const series = store({ isAlive: () => isAlive })
  series.listener(listener({ flow: flow({ process: processKey(1), role: 'server' }), backlog: 3 }))
  isAlive = false
  series.collect(at(10))
  const ended = endedOf(series.collect(at(20)).get('cumulative'))
  expect(ended.some((key) => key.includes('nettracer.listen.backlog'))).toBe(true)
})

test('whatever happens: who says that it ended had just reported and does not come back', () => {
  const property = fc.property(events, (all) => {
    const world = new World(defaultSelection(), 12)
    let before = new Set<string>()
    const gone = new Set<string>()
    for (const one of [...all, { type: 'collection' as const, seconds: 10 }]) {
      if (one.type !== 'collection') {
        world.happen(one)
        continue
      }
      const collected = world.collect(one.seconds).get('cumulative')
      const now = new Set(recordedKeysOf(collected))
      for (const key of endedOf(collected)) {
        expect(before.has(key)).toBe(true)
        expect(now.has(key)).toBe(false)
        expect(gone.has(key)).toBe(false)
        gone.add(key)
      }
      for (const key of now) expect(gone.has(key)).toBe(false)
      before = now
    }
  })
  fc.assert(property, { numRuns: 100 })
})
