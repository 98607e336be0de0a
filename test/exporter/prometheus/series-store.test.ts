import { AggregationTemporality } from '@opentelemetry/sdk-metrics'
import { expect, test } from 'vitest'
import { writePage } from '../../../src/exporter/prometheus/page.ts'
import type { SeriesStoreSettings } from '../../../src/exporter/prometheus/series-store.ts'
import { SeriesStore } from '../../../src/exporter/prometheus/series-store.ts'
import {
  ended,
  endTime,
  gauge,
  metricsOf,
  point,
  resource,
  startTime,
  sum,
} from '../../support/metrics.ts'

const defaults: SeriesStoreSettings = {
  namespace: '',
  hasSuffixes: true,
  constLabels: {},
  isWithoutScope: true,
  hasResourceLabels: false,
  excludesServiceAttributes: false,
  expirationMs: 1000,
}

function storeWith(settings: Partial<SeriesStoreSettings> = {}) {
  const drops: Record<string, number> = {}
  const store = new SeriesStore({ ...defaults, ...settings }, (reason, points) => {
    drops[reason] = (drops[reason] ?? 0) + points
  })
  const lines = () =>
    [...writePage(store.snapshot(), { isOpenMetrics: false, hasTimestamps: false })]
      .join('')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
  return { store, drops, lines }
}

const opened = (value: number, attributes = {}) =>
  sum([point(value, attributes)], { name: 'opened', unit: '{connection}' })

test('a series shows its last point', () => {
  const { store, lines } = storeWith()
  store.update(metricsOf(resource([opened(1)], {})), 0)
  const later = { ...point(5), endTime: [endTime[0] + 10, 0] as [number, number] }
  store.update(metricsOf(resource([sum([later], { name: 'opened' })], {})), 10)
  expect(lines()).toEqual(['opened_total 5'])
})

test('a series without points disappears after its time, and a later one is untouched', () => {
  const { store, lines } = storeWith({ expirationMs: 1000 })
  store.update(metricsOf(resource([opened(1, { a: 'old' })], {})), 0)
  store.update(metricsOf(resource([opened(2, { a: 'new' })], {})), 500)

  store.expire(1000)
  expect(lines()).toHaveLength(2)
  store.expire(1001)
  expect(lines()).toEqual(['opened_total{a="new"} 2'])
  store.expire(2000)
  expect(store.size).toBe(0)
  expect(lines()).toEqual([])
})

test('a series that says that it has ended disappears at once, and comes back if it begins anew', () => {
  const { store, drops, lines } = storeWith()
  const series = (value: number, more: object = {}) => {
    const [one] = [point(value, { a: 'x' })]
    return metricsOf(resource([sum([{ ...one, ...more }], { name: 'opened' })], {}))
  }
  const later = [endTime[0] + 10, 0]
  store.update(series(5), 0)
  store.update(series(5, { hasNoValue: true, endTime: later }), 10)
  expect(lines()).toEqual([])
  store.update(series(1, { startTime: later, endTime: [endTime[0] + 20, 0] }), 20)
  expect(lines()).toEqual(['opened_total{a="x"} 1'])
  expect(drops).toEqual({})
})

test('the end of a series leaves one that only looks like it', () => {
  const { store, lines } = storeWith()
  const begun = { ...point(1, { a_b: 'x' }), startTime: endTime }
  store.update(metricsOf(resource([sum([begun], { name: 'opened' })], {})), 0)
  store.update(metricsOf(resource([sum([ended(5, { 'a.b': 'x' })], { name: 'opened' })], {})), 0)
  expect(lines()).toEqual(['opened_total{a_b="x"} 1'])
})

test('a target disappears with its series', () => {
  const { store } = storeWith()
  const attributes = { 'service.name': 'api', 'service.instance.id': '1', 'host.name': 'web' }
  store.update(metricsOf(resource([opened(1)], attributes)), 0)
  expect(store.size).toBe(2)
  store.expire(5000)
  expect(store.size).toBe(0)
})

test('two points of one instant with equal labels: the last one wins and is counted', () => {
  const { store, drops, lines } = storeWith()
  store.update(
    metricsOf(resource([opened(1, { 'a.b': 'x' })], {}), resource([opened(2, { a_b: 'x' })], {})),
    0,
  )
  expect(lines()).toEqual(['opened_total{a_b="x"} 2'])
  expect(drops).toEqual({ duplicate: 1 })
})

test('a point older than the one shown is dropped and counted', () => {
  const { store, drops, lines } = storeWith()
  store.update(metricsOf(resource([opened(7)], {})), 0)
  store.update(
    metricsOf(resource([sum([{ ...point(3), endTime: startTime }], { name: 'opened' })], {})),
    1,
  )
  expect(lines()).toEqual(['opened_total 7'])
  expect(drops).toEqual({ duplicate: 1 })
})

test('metrics of two types with one name: the first one stays', () => {
  const { store, drops, lines } = storeWith({ hasSuffixes: false })
  store.update(
    metricsOf(
      resource(
        [gauge([point(1)], { name: 'a.b' }), sum([point(2), point(3)], { name: 'a_b' })],
        {},
      ),
    ),
    0,
  )
  expect(lines()).toEqual(['a_b 1'])
  expect(drops).toEqual({ type_conflict: 2 })
})

test('delta points and nameless metrics are dropped and counted', () => {
  const { store, drops, lines } = storeWith()
  const delta = { name: 'd', temporality: AggregationTemporality.DELTA }
  store.update(
    metricsOf(resource([sum([point(1)], delta), gauge([point(2)], { name: '!' })], {})),
    0,
  )
  expect(lines()).toEqual([])
  expect(drops).toEqual({ temporality: 1, name: 1 })
})

test('job and instance come from the service, the rest of the resource is on target_info', () => {
  const { store, lines } = storeWith()
  const attributes = {
    'service.name': 'api',
    'service.namespace': 'shop',
    'service.instance.id': 'x-1',
    'host.name': 'web',
    'process.pid': 7,
  }
  store.update(metricsOf(resource([opened(1, { job: 'evil' })], attributes)), 0)
  expect(lines()).toEqual([
    'target_info{host_name="web",process_pid="7",job="shop/api",instance="x-1"} 1',
    'opened_total{exported_job="evil",job="shop/api",instance="x-1"} 1',
  ])
})

test('a resource without an instance has no target_info', () => {
  const { store, lines } = storeWith()
  store.update(metricsOf(resource([opened(1)], { 'service.name': 'api', 'host.name': 'w' })), 0)
  expect(lines()).toEqual(['opened_total{job="api"} 1'])
})

test('a resource that shares the identity of an application, and says nothing else, has no target_info', () => {
  const { store, lines } = storeWith()
  const shared = { 'service.name': 'api', 'service.namespace': 'shop', 'service.instance.id': 'x' }
  store.update(metricsOf(resource([opened(1)], shared)), 0)
  expect(lines()).toEqual(['opened_total{job="shop/api",instance="x"} 1'])
})

test('scope, const labels, namespace and resource attributes stand where the Collector has them', () => {
  const { store, lines } = storeWith({
    isWithoutScope: false,
    namespace: 'space',
    constLabels: { 'another label': 'spaced value' },
    hasResourceLabels: true,
    excludesServiceAttributes: true,
  })
  const attributes = { 'service.name': 'api', 'service.instance.id': 'x', 'host.name': 'web' }
  store.update(metricsOf(resource([opened(1, { 'host.name': 'point', b: '1' })], attributes)), 0)
  expect(lines()).toEqual([
    'space_target_info{host_name="web",job="api",instance="x"} 1',
    'space_opened_total{b="1",host_name="web",job="api",instance="x",otel_scope_name="otel-nettracer",otel_scope_version="0.1.0",another_label="spaced value"} 1',
  ])
})

test('one attribute object under two resources is two series', () => {
  const { store, lines } = storeWith()
  const shared = { a: '1' }
  const service = (name: string) => resource([opened(1, shared)], { 'service.name': name })
  store.update(metricsOf(service('one'), service('two')), 0)
  expect(lines()).toEqual(['opened_total{a="1",job="one"} 1', 'opened_total{a="1",job="two"} 1'])
})

test('a snapshot keeps its values while newer points come in', () => {
  const { store } = storeWith()
  store.update(metricsOf(resource([opened(1)], {})), 0)
  const snapshot = store.snapshot()
  const later = { ...point(5), endTime: [endTime[0] + 10, 0] as [number, number] }
  store.update(metricsOf(resource([sum([later], { name: 'opened' })], {})), 10)
  store.expire(99_999)
  expect(
    [...writePage(snapshot, { isOpenMetrics: false, hasTimestamps: false })].join(''),
  ).toContain('opened_total 1\n')
})
