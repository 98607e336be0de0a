import { AggregationTemporality } from '@opentelemetry/sdk-metrics'
import { expect, test } from 'vitest'
import { IntervalBuilder } from '../../../src/exporter/console/interval.ts'
import { selectMetrics } from '../../../src/receiver/nettracer/metrics-config.ts'
import { at, store } from '../../series/support.ts'
import { increment } from '../../support/increment.ts'
import { point, resource, sum } from '../../support/metrics.ts'
import { began, rejects, service } from './traffic-metrics.ts'

function intervalOf(...parts: Parameters<IntervalBuilder['add']>[0][]) {
  const builder = new IntervalBuilder([began + 10, 0])
  for (const part of parts) builder.add(part)
  return builder.build()
}

test('instances of a service are one row, with their sums', () => {
  const talk = {
    peer: '10.0.0.5',
    port: 5432,
    open: 2,
    opened: 1,
    tx: 100,
    rx: 7,
    sent: 9,
    rtt: [1],
  }
  const one = { 'service.name': 'api', 'service.instance.id': '1' }
  const other = { 'service.name': 'api', 'service.instance.id': '2' }
  const { rows, seconds, host } = intervalOf(service(one, [talk]), service(other, [talk]))
  expect(rows).toHaveLength(1)
  expect(rows[0]).toMatchObject({ open: 4, opened: 2, bytesTx: 200, bytesRx: 14, pktsTx: 18 })
  expect(rows[0]?.instances.size).toBe(2)
  expect(rows[0]?.rtt.count).toBe(2)
  expect([seconds, host]).toEqual([10, 'web-01'])
})

test('parts of one collection give the same as the whole', () => {
  const whole = service({ 'service.name': 'api' }, [
    { peer: 'a', port: 1, tx: 5, open: 1, failed: { refused: 2 } },
  ])
  const parts = whole.scopeMetrics.flatMap(({ scope, metrics }) =>
    metrics.map((metric) => ({ ...whole, scopeMetrics: [{ scope, metrics: [metric] }] })),
  )
  expect(intervalOf(...parts)).toEqual(intervalOf(whole))
})

test('cumulative counts are left out and counted, levels are shown', () => {
  const cumulative = { temporality: AggregationTemporality.CUMULATIVE }
  const builder = new IntervalBuilder([began, 0])
  const left = builder.add(
    resource([
      sum([point(5), point(6)], { name: 'nettracer.bytes_tx', ...cumulative }),
      sum([point(3)], { name: 'nettracer.connections.active', isMonotonic: false, ...cumulative }),
    ]),
  )
  expect(left).toBe(2)
  expect(builder.build().rows).toMatchObject([{ bytesTx: 0, open: 3 }])
})

test.each([
  [
    'the namespace stands before the name',
    { 'service.name': 'api', 'service.namespace': 'shop' },
    'shop/api',
  ],
  ['an unnamed service is its executable', { 'service.name': 'unknown_service:nginx' }, 'nginx'],
  ['no service is the host', {}, '(host)'],
])('%s', (_, attributes, expected) => {
  expect(intervalOf(service(attributes, [{ open: 1 }])).rows[0]?.service).toBe(expected)
})

test.each([
  ['executable and pid', { 'process.executable.name': 'node', 'process.pid': 7 }, 'node/7'],
  [
    'a short container id',
    { 'container.id': 'f00dfeedcafe0123', 'process.pid': 7 },
    'f00dfeedcafe',
  ],
])('a process is %s', (_, attributes, expected) => {
  expect(intervalOf(service(attributes, [{ open: 1 }])).rows[0]?.process).toBe(expected)
})

test('rejected SYNs keep their port and reason', () => {
  const { rows } = intervalOf(rejects(8080, 'backlog', 2))
  expect(rows[0]).toMatchObject({ service: '(host)', port: '8080' })
  expect([...(rows[0]?.rejects ?? [])]).toEqual([['backlog', 2]])
})

function rowsOf(profile: 'nettracer' | 'dynatrace' | 'semconv') {
  const series = store({
    metrics: selectMetrics({}, profile),
    temporalities: new Set(['delta' as const]),
  })
  for (const srttUs of [900, 1_500, 40_000]) {
    series.connection(
      increment({
        bytesTx: 100,
        bytesRx: 7,
        pktsTx: 9,
        pktsRx: 4,
        pktsRetr: 1,
        opened: 1,
        active: 1,
        srttUs,
      }),
    )
  }
  series.connection(increment({ failed: 1, failureType: 1 }))
  const builder = new IntervalBuilder(at(10).time)
  for (const one of series.collect(at(10)).get('delta')?.resourceMetrics ?? []) builder.add(one)
  const { rows, seconds } = builder.build()
  return {
    seconds,
    rows: rows.map(({ rtt: _rtt, ...row }) => row),
    medians: rows.map(({ rtt }) => rtt.quantile(0.5)),
  }
}

test('a table of profile semconv is that of profile nettracer', () => {
  const [plain, renamed] = [rowsOf('nettracer'), rowsOf('semconv')]
  expect(plain.rows).toMatchObject([{ bytesTx: 300, bytesRx: 21, open: 3, pktsRetr: 3 }])
  expect(renamed.rows).toEqual(plain.rows)
  expect(renamed.seconds).toBe(plain.seconds)
  const [one = 0, other = 0] = [plain.medians[0], renamed.medians[0]]
  expect(Math.abs(one - other) / one).toBeLessThan(0.05)
})

test('a table of profile dynatrace has what that profile has', () => {
  expect(rowsOf('dynatrace').rows).toMatchObject([
    { bytesTx: 300, bytesRx: 21, pktsTx: 27, pktsRetr: 3, open: 0 },
  ])
})
