import type { HrTime } from '@opentelemetry/api'
import { AggregationTemporality } from '@opentelemetry/sdk-metrics'
import { expect, test } from 'vitest'
import { RemoteWriteWire } from '../../../src/exporter/prometheusremotewrite/remote-write-wire.ts'
import type { RequestBody } from '../../../src/exporter/prometheusremotewrite/request-body.ts'
import { RequestV1 } from '../../../src/exporter/prometheusremotewrite/request-v1.ts'
import { RequestV2 } from '../../../src/exporter/prometheusremotewrite/request-v2.ts'
import type { WireRequest } from '../../../src/exporter/wire/requests.ts'
import type { Metrics } from '../../../src/model/metrics.ts'
import { ended, metricsOf, point, resource, sum } from '../../support/metrics.ts'

const at = (seconds: number): HrTime => [1_767_323_045 + seconds, 0]

function wireOf(createBody: () => RequestBody = () => new RequestV1({ hasMetadata: false })) {
  const wire = new RemoteWriteWire({
    namespace: '',
    hasSuffixes: true,
    constLabels: {},
    isWithoutScope: true,
    hasResourceLabels: false,
    excludesServiceAttributes: false,
    externalLabels: { __replica__: 'a', job: 'never' },
    hasTargetInfo: true,
    createBody,
  })
  const write = async (metrics: Metrics, maxRequestBytes = 1e6) => {
    const requests: WireRequest[] = []
    const left: Record<string, number> = {}
    await wire.write(metrics, {
      maxRequestBytes,
      onRequest: (request) => void requests.push(request),
      onTooLarge: (items) => {
        left['too_large'] = (left['too_large'] ?? 0) + items
      },
      onUnfit: (items, reason) => {
        left[reason] = (left[reason] ?? 0) + items
      },
    })
    return {
      requests,
      left,
      text: requests.map(({ body }) => Buffer.from(body).toString('latin1')),
    }
  }
  return { write }
}

const opened = (seconds: number) =>
  metricsOf(
    resource([sum([{ ...point(1), endTime: at(seconds) }], { name: 'opened' })], {
      'service.name': 'api',
      'service.instance.id': 'x',
      'host.name': 'web',
    }),
  )

test('a later collection has a later turn, what comes within one has the same', async () => {
  const { write } = wireOf()
  const turns = async (metrics: Metrics) => (await write(metrics)).requests.map(({ turn }) => turn)
  const [first = -1] = await turns(opened(1))
  const other = metricsOf(resource([sum([{ ...point(1), endTime: at(1) }], { name: 'closed' })]))
  expect(await turns(other)).toEqual([first])
  const [second = -1] = await turns(opened(2))
  expect(second).toBeGreaterThan(first)
})

test('of two points of one series and time the first one is sent, and the other is counted', async () => {
  const { write } = wireOf()
  const twice = metricsOf(resource([sum([point(1), point(2)], { name: 'opened' })]))
  const { requests, left } = await write(twice)
  expect(requests.map(({ items }) => items)).toEqual([1])
  expect(left).toEqual({ duplicate: 1 })
})

test('two collections in one batch are two requests, in order', async () => {
  const { write } = wireOf()
  const points = [1, 2, 3].map((second) => ({ ...point(second), endTime: at(second) }))
  const { requests, left } = await write(metricsOf(resource([sum(points, { name: 'opened' })])))
  expect(requests.map(({ items }) => items)).toEqual([1, 1, 1])
  expect(new Set(requests.map(({ turn }) => turn)).size).toBe(3)
  expect(left).toEqual({})
})

test('growth and what has no name are counted and not sent', async () => {
  const { write } = wireOf()
  const delta = { name: 'opened', temporality: AggregationTemporality.DELTA }
  const { requests, left } = await write(
    metricsOf(resource([sum([point(1)], delta), sum([point(1)], { name: '☃' })])),
  )
  expect(requests).toEqual([])
  expect(left).toEqual({ temporality: 1, name: 1 })
})

test.each([
  ['1.0', () => new RequestV1({ hasMetadata: true })],
  ['2.0', () => new RequestV2()],
])('requests of %s stay under their limit and hold every point', async (_version, createBody) => {
  const { write } = wireOf(createBody)
  const points = Array.from({ length: 3000 }, (_, index) =>
    point(index, { peer: `10.0.0.${index}` }),
  )
  const { requests, left } = await write(metricsOf(resource([sum(points)])), 20_000)
  expect(requests.length).toBeGreaterThan(5)
  for (const { body } of requests) expect(body.length).toBeLessThanOrEqual(20_000)
  expect(requests.reduce((all, { items }) => all + items, 0)).toBe(3000)
  expect(left).toEqual({})
})

test('what alone is larger than a request is counted, and the rest goes', async () => {
  const { write } = wireOf()
  const points = [point(1, { long: 'x'.repeat(5000) }), point(2, { short: 'x' })]
  const { requests, left } = await write(metricsOf(resource([sum(points)])), 2000)
  expect(requests.map(({ items }) => items)).toEqual([1])
  expect(left).toEqual({ too_large: 1 })
})

test('an external label gives way to one of the series', async () => {
  const { write } = wireOf()
  const [text = ''] = (await write(opened(1))).text
  expect(text).toContain('__replica__')
  expect(text).not.toContain('never')
})

test('target_info is sent once a collection, and ended where the resource changes', async () => {
  const { write } = wireOf()
  const of = (host: string, seconds: number) =>
    metricsOf(
      ...[1, 2].map((series) =>
        resource([sum([{ ...point(1, { series }), endTime: at(seconds) }], { name: 'opened' })], {
          'service.name': 'api',
          'service.instance.id': 'x',
          'host.name': host,
        }),
      ),
    )
  const infos = async (metrics: Metrics) =>
    (await write(metrics)).text.join('').split('target_info').length - 1
  expect(await infos(of('one', 1))).toBe(1)
  expect(await infos(of('one', 2))).toBe(1)
  expect(await infos(of('two', 3))).toBe(2)
})

test('the end of a series is the one NaN that Prometheus knows', async () => {
  const { write } = wireOf()
  const { requests } = await write(metricsOf(resource([sum([ended(1)], { name: 'opened' })])))
  const bytes = Buffer.from('020000000000f07f', 'hex')
  expect(requests.map(({ body }) => Buffer.from(body).includes(bytes))).toEqual([true])
})
