import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Temporality } from '../../src/model/metrics.ts'
import { defaultSelection } from '../../src/series/index.ts'
import { flow, increment, processKey } from '../support/increment.ts'
import { at, pointsOf, recordedKeysOf, store } from './support.ts'
import { Backend, events, World } from './world.ts'

const both = new Set<Temporality>(['cumulative', 'delta'])
const counters = ['nettracer.bytes_tx', 'nettracer.rtt', 'nettracer.connections.closed'] as const

const flowTo = (at: number, pid = 1) =>
  flow({ process: processKey(pid), remoteAddress: `10.0.${at >> 8}.${at & 255}` })

function filled(series: number, partPoints: number) {
  const one = store({ temporalities: both, partPoints, limit: 10_000 })
  for (let at = 0; at < series; at += 1) {
    const to = flowTo(at, 1 + (at % 3))
    one.connection(increment({ flow: to, bytesTx: at, pktsTx: 1, active: 1, opened: 1, srttUs: 5 }))
  }
  return one
}

test.each([500, 2048])('parts of %i points are not larger, and together they are all', (most) => {
  const parts = [...filled(2000, most).collectParts(at(10))]
  const [whole] = [...filled(2000, 1_000_000).collectParts(at(10))]
  expect(parts.length).toBeGreaterThan(10)
  for (const temporality of both) {
    const all = parts.flatMap((part) => recordedKeysOf(part.get(temporality)))
    expect(all.toSorted()).toEqual(recordedKeysOf(whole?.get(temporality)).toSorted())
    for (const part of parts) expect(part.get(temporality)?.points).toBeLessThanOrEqual(most)
  }
})

test('few series are one part', () => {
  expect([...filled(50, 2048).collectParts(at(10))]).toHaveLength(1)
  expect([...store().collectParts(at(10))]).toHaveLength(0)
})

test('a metric stands once under its resource in a part', () => {
  for (const part of filled(500, 1024).collectParts(at(10))) {
    for (const { scopeMetrics } of part.get('cumulative')?.resourceMetrics ?? []) {
      const names = scopeMetrics.flatMap(({ metrics }) => metrics.map((one) => one.descriptor.name))
      expect(new Set(names).size).toBe(names.length)
    }
  }
})

test('what comes up between two parts is reported in the next interval, and begins with it', () => {
  const series = filled(2000, 500)
  const late = flowTo(5000)
  const parts = series.collectParts(at(10))
  parts.next()
  series.connection(increment({ flow: late, bytesTx: 7777, active: 1, opened: 1 }))
  const rest = [...parts].flatMap((part) => pointsOf(part.get('cumulative'), 'nettracer.bytes_tx'))
  expect(rest.filter(({ value }) => value === 7777)).toEqual([])
  const next = series.collect(at(20)).get('delta')
  const [one] = pointsOf(next, 'nettracer.bytes_tx').filter(({ value }) => value === 7777)
  expect(one?.startTime).toEqual(at(10).time)
})

test('whatever happens between parts: the sum over all collections is what was told', () => {
  const property = fc.property(events, events, (all, inBetween) => {
    const world = new World(defaultSelection(), 20, { partPoints: 1 })
    const backends = counters.map((name) => ({ name, backend: new Backend() }))
    const take = (seconds: number) => {
      const parts = world.collectParts(seconds, () => {
        const next = inBetween.pop()
        if (next !== undefined && next.type !== 'collection') world.happen(next)
      })
      for (const { name, backend } of backends) {
        const keys = parts.flatMap((part) => backend.take(part, name))
        expect(new Set(keys).size).toBe(keys.length)
      }
    }
    for (const one of all) {
      if (one.type === 'collection') take(one.seconds)
      else world.happen(one)
    }
    inBetween.length = 0
    take(10)
    for (const { name, backend } of backends) {
      const told = world.told.get(name) ?? 0
      expect({ name, cumulative: backend.cumulative, delta: backend.delta }).toEqual({
        name,
        cumulative: told,
        delta: told,
      })
    }
  })
  fc.assert(property, { numRuns: 60 })
})
