import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MetricName } from '../../src/generated/metrics.ts'
import { defaultSelection } from '../../src/series/index.ts'
import { pointsOf } from './support.ts'
import { amountOf, Backend, events, limitedSelections, selections, World } from './world.ts'

/** Those whose points can be added up. */
const additive: MetricName[] = [
  'nettracer.bytes_rx',
  'nettracer.bytes_tx',
  'nettracer.pkts_rx',
  'nettracer.pkts_tx',
  'nettracer.pkts_retr',
  'nettracer.pkts_retr_syn',
  'nettracer.connections.opened',
  'nettracer.connections.closed',
  'nettracer.connections.failed',
  'nettracer.resets',
  'nettracer.rejects',
  'nettracer.listen.overflows',
  'nettracer.session.bytes_rx',
  'nettracer.session.bytes_tx',
  'nettracer.rtt',
  'nettracer.connection.duration',
]

function checkTotals(world: World, backends: Map<MetricName, Backend>, seconds: number): void {
  const collected = world.collect(seconds)
  for (const [name, backend] of backends) {
    const keys = backend.take(collected, name)
    expect(new Set(keys).size).toBe(keys.length)
    expect({ name, amount: backend.cumulative }).toEqual({
      name,
      amount: world.told.get(name) ?? 0,
    })
    expect({ name, amount: backend.delta }).toEqual({ name, amount: world.told.get(name) ?? 0 })
  }
  const open = pointsOf(collected.get('cumulative'), 'nettracer.connections.active').map(amountOf)
  expect(open.filter((one) => one < 0)).toEqual([])
  expect(open.reduce((sum, one) => sum + one, 0)).toBe(world.open)
  expect(world.store.stats().unmatched).toBe(0)
}

test.each([
  { attributes: 'all attributes', selection: fc.constant(defaultSelection()) },
  { attributes: 'any attributes', selection: selections },
  { attributes: 'any attributes and limits of metrics', selection: limitedSelections },
])('with $attributes the sum over all series is what was told, whatever the limit', (table) => {
  fc.assert(
    fc.property(
      events,
      fc.integer({ min: 1, max: 40 }),
      table.selection,
      (all, limit, selection) => {
        const world = new World(selection, limit)
        const backends = new Map(additive.map((name) => [name, new Backend()]))
        for (const one of all) {
          if (one.type === 'collection') checkTotals(world, backends, one.seconds)
          else world.happen(one)
          expect(world.store.stats().active).toBeLessThanOrEqual(limit)
        }
        checkTotals(world, backends, 10)
      },
    ),
    { numRuns: 60 },
  )
})
