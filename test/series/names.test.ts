import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Flow } from '../../src/connection/flow.ts'
import type { Temporality } from '../../src/model/metrics.ts'
import { defaultSelection } from '../../src/series/index.ts'
import { keyOf } from '../../src/series/view.ts'
import { flow, increment } from '../support/increment.ts'
import { at, endedOf, pointsOf, store } from './support.ts'

/** A store whose peers are called by names that may change. */
function namedStore(limit = 1_000) {
  const names = new Map<string, string>()
  let epoch = 0
  const series = store({
    limit,
    temporalities: new Set<Temporality>(['cumulative', 'delta']),
    peerOf: ({ remoteAddress }) => {
      const name = names.get(remoteAddress)
      return name === undefined ? {} : { 'server.service.name': name }
    },
    namesEpoch: () => epoch,
  })
  const rename = (address: string, name: string) => {
    names.set(address, name)
    epoch += 1
  }
  return { series, names, rename }
}

function byName(collected: ReturnType<ReturnType<typeof namedStore>['series']['collect']>) {
  const valuesOf = (metric: string) =>
    Object.fromEntries(
      pointsOf(collected.get('cumulative'), metric).map(({ attributes, value }) => [
        JSON.stringify(attributes['server.service.name'] ?? '').slice(1, -1),
        value,
      ]),
    )
  return {
    bytes: valuesOf('nettracer.bytes_tx'),
    active: valuesOf('nettracer.connections.active'),
  }
}

test('a name that is learnt late takes open connections along, and what was counted stays', () => {
  const { series, rename } = namedStore()
  const one = flow({ remoteAddress: '10.0.0.1' })
  series.connection(increment({ flow: one, bytesTx: 5, opened: 1, active: 1 }))
  rename('10.0.0.1', 'orders')
  series.connection(increment({ flow: one, bytesTx: 7 }))
  expect(byName(series.collect(at(10)))).toEqual({ bytes: { '': 12 }, active: { '': 1 } })
  series.connection(increment({ flow: one, bytesTx: 11 }))
  expect(byName(series.collect(at(20)))).toEqual({
    bytes: { '': 12, orders: 11 },
    active: { '': 0, orders: 1 },
  })
  const third = series.collect(at(30)).get('cumulative')
  expect(endedOf(third).some((key) => key.includes('nettracer.bytes_tx'))).toBe(true)
  series.connection(increment({ flow: one, closed: 1, closeReason: 1, active: -1 }))
  expect(byName(series.collect(at(40)))).toEqual({ bytes: { orders: 11 }, active: { orders: 0 } })
  expect(series.stats().unmatched).toBe(0)
})

test('a connection that says nothing keeps its name until it does', () => {
  const { series, rename } = namedStore()
  const one = flow({ remoteAddress: '10.0.0.1' })
  series.connection(increment({ flow: one, opened: 1, active: 1 }))
  series.collect(at(10))
  rename('10.0.0.1', 'orders')
  expect(byName(series.collect(at(20))).active).toEqual({ '': 1 })
  series.connection(increment({ flow: one, closed: 1, closeReason: 1, active: -1 }))
  expect(byName(series.collect(at(30))).active).toEqual({ '': 0, orders: 0 })
})

test('of a series with other users only those leave that got the name', () => {
  const { series, rename } = namedStore()
  const leaving = flow({ remoteAddress: '10.0.0.1' })
  const staying = flow({ remoteAddress: '10.0.0.2' })
  const report = (one: Flow, active: number) =>
    series.connection(increment({ flow: one, bytesTx: 1, opened: active, active }))
  for (const one of [leaving, staying, staying]) report(one, 1)
  series.collect(at(10))
  rename('10.0.0.1', 'orders')
  series.collect(at(20))
  report(leaving, 0)
  report(staying, 0)
  expect(byName(series.collect(at(30))).active).toEqual({ '': 2, orders: 1 })
  expect(endedOf(series.collect(at(40)).get('cumulative'))).toEqual([])
})

test('names are asked for once an interval, and only where they may have changed', () => {
  let epoch = 0
  let asked = 0
  const series = store({
    peerOf: () => {
      asked += 1
      return {}
    },
    namesEpoch: () => epoch,
  })
  const one = flow()
  const report = () => series.connection(increment({ flow: one, bytesTx: 1 }))
  for (let second = 10; second <= 40; second += 10) {
    report()
    report()
    series.collect(at(second))
  }
  expect(asked).toBe(1)
  epoch += 1
  series.collect(at(50))
  report()
  epoch += 1
  report()
  expect(asked).toBe(2)
})

const step = fc.oneof(
  fc.record({
    type: fc.constant('report' as const),
    peer: fc.integer({ min: 1, max: 6 }),
    active: fc.constantFrom(-1, 0, 1),
  }),
  fc.record({
    type: fc.constant('rename' as const),
    peer: fc.integer({ min: 1, max: 6 }),
    name: fc.constantFrom('a', 'b', 'c'),
  }),
  fc.record({ type: fc.constant('collect' as const) }),
)

test('whatever is renamed: once all have reported, each name has exactly its open connections', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.constantFrom(2, 4, 1_000), (steps, limit) => {
      const { series, names, rename } = namedStore(limit)
      const peers = Array.from({ length: 6 }, (_, number) => ({
        flow: flow({ remoteAddress: `10.0.0.${number + 1}` }),
        open: 0,
      }))
      const sums = { told: 0, delta: 0 }
      let second = 0
      const collect = () => {
        const collected = series.collect(at((second += 10)))
        for (const { value } of pointsOf(collected.get('delta'), 'nettracer.bytes_tx'))
          sums.delta += Number(value)
        const { active } = byName(collected)
        for (const open of Object.values(active)) expect(Number(open)).toBeGreaterThanOrEqual(0)
        return collected
      }
      const report = (one: (typeof peers)[number], active: number) => {
        const change = active < 0 && one.open === 0 ? 0 : active
        one.open += change
        sums.told += 3
        const growth = { opened: change > 0 ? 1 : 0, closed: change < 0 ? 1 : 0 }
        series.connection(
          increment({ flow: one.flow, bytesTx: 3, ...growth, closeReason: 1, active: change }),
        )
      }
      for (const one of steps) {
        if (one.type === 'collect') collect()
        else if (one.type === 'rename') rename(`10.0.0.${one.peer}`, one.name)
        else {
          const peer = peers[one.peer - 1]
          if (peer !== undefined) report(peer, one.active)
        }
      }
      collect()
      for (const one of peers) report(one, 0)
      const collected = collect()
      const open = pointsOf(collected.get('cumulative'), 'nettracer.connections.active')
      const all = peers.reduce((sum, one) => sum + one.open, 0)
      expect(open.reduce((sum, { value }) => sum + Number(value), 0)).toBe(all)
      expect(sums.delta).toBe(sums.told)
      expect(series.stats().unmatched).toBe(0)
      if (limit < 1_000) return
      for (const [name, active] of Object.entries(byName(collected).active)) {
        const named = peers.filter(
          ({ flow: { remoteAddress } }) => (names.get(remoteAddress) ?? '') === name,
        )
        expect(active).toBe(named.reduce((sum, one) => sum + one.open, 0))
      }
    }),
    { numRuns: 300 },
  )
})

test('keys tell apart whatever names of services hold', () => {
  const names = ['server.service.name', 'server.service.namespace'] as const
  const text = fc.oneof(fc.string(), fc.constantFrom('', '\n', '\\', '\\n', 'a\n', 'a\\\nb'))
  fc.assert(
    fc.property(fc.tuple(text, text), fc.tuple(text, text), (one, other) => {
      const keys = [one, other].map(([name, namespace]) =>
        keyOf(names, { 'server.service.name': name, 'server.service.namespace': namespace }),
      )
      expect(keys[0] === keys[1]).toBe(one.join('\0') === other.join('\0'))
    }),
  )
})

test('an attribute that is switched off is summed over, whatever it says', () => {
  const metrics = defaultSelection().map((metric) => ({
    ...metric,
    attributes: new Set([...metric.attributes].filter((name) => name !== 'server.service.name')),
  }))
  const series = store({
    metrics,
    peerOf: ({ remoteAddress }) => ({ 'server.service.name': remoteAddress }),
  })
  for (const remoteAddress of ['10.0.0.1', '10.0.0.2']) {
    series.connection(increment({ flow: flow({ remoteAddress }), bytesTx: 3 }))
  }
  const points = pointsOf(series.collect(at(10)).get('cumulative'), 'nettracer.bytes_tx')
  expect(points.map(({ value }) => value)).toEqual([6])
})
