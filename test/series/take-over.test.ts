import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Flow } from '../../src/connection/flow.ts'
import type { MetricName } from '../../src/generated/metrics.ts'
import type { Metrics, Temporality } from '../../src/model/metrics.ts'
import { defaultSelection, type SeriesSettings, type SeriesStore } from '../../src/series/index.ts'
import { flow, increment, processKey } from '../support/increment.ts'
import { at, type FlatPoint, pointsOf, store } from './support.ts'

const both = new Set<Temporality>(['delta', 'cumulative'])

/** A store that goes on where another one ended. */
function after(before: SeriesStore, part: Partial<SeriesSettings> = {}, keepsNames = true) {
  const next = store({ start: before.lastCollection, ...part })
  next.takeOver(before, keepsNames)
  return next
}

function without(...names: MetricName[]) {
  return defaultSelection().filter(({ name }) => !names.includes(name))
}

function numbersOf(metrics: Metrics | undefined, name: string): unknown[] {
  return pointsOf(metrics, name).map(({ value, startTime }) => [value, startTime[0] - 1_000_000])
}

test('totals and beginnings go on, in the store that reports a metric less', () => {
  const first = store()
  const one = flow()
  first.connection(
    increment({ flow: one, bytesTx: 100, opened: 1, active: 1, srttUs: 2_000, pktsTx: 1 }),
  )
  first.collect(at(10))
  const next = after(first, { metrics: without('nettracer.bytes_rx') })
  next.connection(increment({ flow: one, bytesTx: 11, pktsTx: 1, srttUs: 4_000 }))
  const collected = next.collect(at(20)).get('cumulative')
  expect(numbersOf(collected, 'nettracer.bytes_tx')).toEqual([[111, 0]])
  expect(numbersOf(collected, 'nettracer.connections.active')).toEqual([[1, 0]])
  expect(pointsOf(collected, 'nettracer.rtt')[0]?.value).toMatchObject({ count: 2, sum: 6 })
  expect(pointsOf(collected, 'nettracer.bytes_rx')).toEqual([])
})

test('series that are told apart otherwise begin anew, and know what is open', () => {
  const first = store()
  const one = flow()
  first.connection(increment({ flow: one, bytesTx: 100, opened: 1, active: 1 }))
  first.collect(at(10))
  const metrics = defaultSelection().map((metric) => ({
    ...metric,
    attributes: new Set([...metric.attributes].filter((name) => name !== 'server.port')),
  }))
  const next = after(first, { metrics })
  next.connection(increment({ flow: one, bytesTx: 11 }))
  const collected = next.collect(at(20)).get('cumulative')
  expect(numbersOf(collected, 'nettracer.bytes_tx')).toEqual([[11, 10]])
  expect(numbersOf(collected, 'nettracer.connections.active')).toEqual([[1, 10]])
})

test('a metric that was not counted before begins anew', () => {
  const first = store({ metrics: without('nettracer.rtt') })
  const one = flow()
  first.connection(increment({ flow: one, bytesTx: 100, srttUs: 2_000, pktsTx: 1 }))
  first.collect(at(10))
  const next = after(first)
  next.connection(increment({ flow: one, bytesTx: 11, srttUs: 3_000, pktsTx: 1 }))
  const collected = next.collect(at(20)).get('cumulative')
  expect(numbersOf(collected, 'nettracer.bytes_tx')).toEqual([[11, 10]])
  expect(pointsOf(collected, 'nettracer.rtt')[0]?.value).toMatchObject({ count: 1, sum: 3 })
})

test('of a store without totals nothing is claimed that was not counted', () => {
  const first = store({ temporalities: new Set(['delta']) })
  const one = flow()
  first.connection(increment({ flow: one, bytesTx: 100, opened: 1, active: 1 }))
  first.collect(at(10))
  const next = after(first, { temporalities: both })
  next.connection(increment({ flow: one, bytesTx: 11 }))
  const collected = next.collect(at(20))
  expect(numbersOf(collected.get('cumulative'), 'nettracer.bytes_tx')).toEqual([[11, 10]])
  expect(numbersOf(collected.get('delta'), 'nettracer.bytes_tx')).toEqual([[11, 10]])
})

test('where peers get other names, open connections wait for their ends in the overflow', () => {
  const first = store()
  const one = flow()
  first.connection(increment({ flow: one, bytesTx: 100, opened: 1, active: 1 }))
  first.collect(at(10))
  const peerOf = () => ({ 'network.peer.address': 'public' })
  const next = after(first, { peerOf }, false)
  next.connection(increment({ flow: one, bytesTx: 11 }))
  const open = pointsOf(next.collect(at(20)).get('cumulative'), 'nettracer.connections.active')
  expect(open.reduce((all, { value }) => all + Number(value), 0)).toBe(1)
  next.connection(increment({ flow: one, closed: 1, closeReason: 1, active: -1 }))
  const ended = pointsOf(next.collect(at(30)).get('cumulative'), 'nettracer.connections.active')
  expect(ended.map(({ value }) => value)).toEqual([0, 0])
  expect(next.stats().unmatched).toBe(0)
})

const step = fc.record({
  peer: fc.integer({ min: 1, max: 12 }),
  bytes: fc.integer({ min: 0, max: 1_000 }),
  opens: fc.boolean(),
  isCollected: fc.boolean(),
  /** A new store takes over, with this limit. */
  limit: fc.option(fc.constantFrom(3, 6, 1_000)),
})

test('whatever is taken over: growth adds up to what was reported, totals never fall, open stays true', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const sums = { bytes: 0, open: 0, delta: 0 }
      const totals = new Map<string, number>()
      const flows = new Map<number, { flow: Flow; open: number }>()
      let series = store({ temporalities: both, limit: 6 })
      let second = 0
      const collect = () => {
        const collected = series.collect(at((second += 10)))
        for (const { value } of pointsOf(collected.get('delta'), 'nettracer.bytes_tx')) {
          sums.delta += Number(value)
        }
        for (const point of pointsOf(collected.get('cumulative'), 'nettracer.bytes_tx')) {
          const key = keyOf(point)
          expect(Number(point.value)).toBeGreaterThanOrEqual(totals.get(key) ?? 0)
          totals.set(key, Number(point.value))
        }
        const open = pointsOf(collected.get('cumulative'), 'nettracer.connections.active')
        expect(open.reduce((all, { value }) => all + Number(value), 0)).toBe(sums.open)
      }
      for (const { peer, bytes, opens, isCollected, limit } of steps) {
        const known = flows.get(peer) ?? {
          flow: flow({ process: processKey(0), remoteAddress: `10.0.0.${peer}` }),
          open: 0,
        }
        const active = opens ? 1 : known.open > 0 ? -1 : 0
        known.open += active
        flows.set(peer, known)
        const growth = { bytesTx: bytes, opened: active > 0 ? 1 : 0, closed: active < 0 ? 1 : 0 }
        series.connection(increment({ flow: known.flow, ...growth, closeReason: 1, active }))
        sums.bytes += bytes
        sums.open += active
        if (isCollected || limit !== null) collect()
        if (limit !== null) series = after(series, { temporalities: both, limit })
      }
      collect()
      expect(sums.delta).toBe(sums.bytes)
    }),
    { numRuns: 300 },
  )
})

function keyOf({ resource, attributes, startTime }: FlatPoint): string {
  return JSON.stringify([resource, attributes, startTime])
}
