import { expect, test } from 'vitest'
import { OwnHealth } from '../../../src/exporter/console/own-health.ts'
import { ownTelemetry } from './traffic-metrics.ts'

test('CPU is known from the second reading on, coverage is the worst', () => {
  const own = new OwnHealth()
  own.add(ownTelemetry(10))
  expect(own.facts()).toEqual(['rss 84.2 MB', '1.23k sockets', 'coverage 99.96 %'])
  own.add(ownTelemetry(20))
  expect(own.facts()[0]).toBe('cpu 0.4 %')
})

test('only losses that happened are told', () => {
  const own = new OwnHealth()
  own.add(ownTelemetry(10, { 'nettracer.exporter.ring.lost': 0 }))
  expect(own.warnings()).toEqual([])
  own.add(
    ownTelemetry(20, { 'nettracer.exporter.ring.lost': 7, 'nettracer.exporter.failed_points': 12 }),
  )
  expect(own.warnings()).toEqual([
    'agent: 7 records lost since the start',
    'agent: 12 points failed to export since the start',
  ])
})
