import type { HrTime } from '@opentelemetry/api'
import { AggregationTemporality } from '@opentelemetry/sdk-metrics'
import { expect, test } from 'vitest'
import { Families } from '../../../src/exporter/prometheusremotewrite/families.ts'
import { halveRequest } from '../../../src/exporter/prometheusremotewrite/halve-request.ts'
import { LabelSets } from '../../../src/exporter/prometheusremotewrite/label-sets.ts'
import { RemoteWriteWire } from '../../../src/exporter/prometheusremotewrite/remote-write-wire.ts'
import type { RequestBody } from '../../../src/exporter/prometheusremotewrite/request-body.ts'
import {
  RequestV1,
  SERIES_FIELD_V1,
} from '../../../src/exporter/prometheusremotewrite/request-v1.ts'
import {
  RequestV2,
  SERIES_FIELD_V2,
} from '../../../src/exporter/prometheusremotewrite/request-v2.ts'
import { SeriesTurns } from '../../../src/exporter/prometheusremotewrite/series-turns.ts'
import type { WireRequest } from '../../../src/exporter/wire/requests.ts'
import type { Metrics } from '../../../src/model/metrics.ts'
import type { Exemplar } from '../../../src/model/points.ts'
import {
  ended,
  exemplarOf,
  exponential,
  histogram,
  metricsOf,
  point,
  resource,
  sum,
} from '../../support/metrics.ts'
import { decodeV1, decodeV2, describedBy } from '../../support/remote-write-requests.ts'

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

const versions = [
  {
    version: '1.0',
    createBody: () => new RequestV1({ hasMetadata: true }),
    decode: decodeV1,
    seriesField: SERIES_FIELD_V1,
  },
  {
    version: '2.0',
    createBody: () => new RequestV2(),
    decode: decodeV2,
    seriesField: SERIES_FIELD_V2,
  },
] as const

const rtt = {
  count: 5,
  sum: 7.5,
  scale: 0,
  zeroCount: 1,
  positive: { offset: -1, bucketCounts: [3, 0, 1] },
  negative: { offset: 0, bucketCounts: [] },
}

/** Two metrics of each of many peers, as the series store gives them: one attribute object a series. */
function peers(count: number, seconds: number): Metrics {
  const attributes = Array.from({ length: count }, (_, index) => ({ peer: `10.0.0.${index}` }))
  const of = <T>(value: (index: number) => T) =>
    attributes.map((one, index) => ({ ...point(value(index), one), endTime: at(seconds) }))
  return metricsOf(
    resource([
      sum(
        of((index) => index + seconds),
        { name: 'bytes', unit: 'By', description: 'Bytes.' },
      ),
      exponential(
        of(() => rtt),
        { name: 'rtt', unit: 'ms', description: 'Times.' },
      ),
    ]),
  )
}

test.each(versions)(
  'each series of $version has its own labels and value in any request of it',
  async ({ createBody, decode }) => {
    const { write } = wireOf(createBody)
    for (const seconds of [1, 2]) {
      const { requests, left } = await write(peers(300, seconds), 9000)
      expect(left).toEqual({})
      expect(requests.length).toBeGreaterThan(3)
      const series = requests.flatMap(({ body }) => decode(body))
      const timestamp = String((1_767_323_045 + seconds) * 1000)
      for (let index = 0; index < 300; index += 1) {
        const labels = (name: string) => [
          '__name__=' + name,
          ...['__replica__=a', 'job=checkout', `peer=10.0.0.${index}`],
        ]
        expect(series[index]).toMatchObject({
          labels: labels('bytes_total'),
          samples: [{ value: index + seconds, timestamp }],
        })
        expect(series[300 + index]).toMatchObject({
          labels: labels('rtt_milliseconds'),
          histograms: [{ countInt: '5', sum: 7.5, schema: 0, zeroCountInt: '1', timestamp }],
        })
      }
    }
  },
)

test('a family is described once in a request of 1.0, and with each series of 2.0', async () => {
  const [one, two] = await Promise.all(
    versions.map(async ({ createBody }) => wireOf(createBody).write(peers(3, 1))),
  )
  expect(one?.requests.map(({ body }) => describedBy(body))).toEqual([
    ['bytes_total', 'rtt_milliseconds'],
  ])
  const described = two?.requests.flatMap(({ body }) => decodeV2(body)) ?? []
  expect(described.map(({ help, unit }) => `${help} ${unit}`)).toEqual([
    ...Array.from({ length: 3 }, () => 'Bytes. bytes'),
    ...Array.from({ length: 3 }, () => 'Times. milliseconds'),
  ])
})

test('a symbol of what had no room is not referred to by what follows', async () => {
  const { write } = wireOf(() => new RequestV2())
  const long = { long: 'x'.repeat(5000), short: 'y' }
  const points = [point(1, long), point(2, { short: 'y' })]
  const { requests, left } = await write(
    metricsOf(resource([sum(points, { name: 'opened' })])),
    900,
  )
  expect(left).toEqual({ too_large: 1 })
  expect(requests.flatMap(({ body }) => decodeV2(body)).map(({ labels }) => labels)).toEqual([
    ['__name__=opened_total', '__replica__=a', 'job=checkout', 'short=y'],
  ])
})

test.each(versions)(
  'halves of a request of $version have each series once, and their items',
  async ({ createBody, decode, seriesField }) => {
    const { write } = wireOf(createBody)
    const classic = { buckets: { boundaries: [1, 2], counts: [1, 1, 1] }, sum: 4, count: 3 }
    const one = metricsOf(
      resource(
        [
          histogram([point(classic)], { name: 'took' }),
          sum([point(1), point(2, { peer: 'a' })], { name: 'opened' }),
        ],
        { 'service.name': 'api', 'service.instance.id': 'x', 'host.name': 'web' },
      ),
    )
    const [request] = (await write(one)).requests
    expect(request?.items).toBe(3)
    const halves = request && halveRequest(request, seriesField, 1)
    // target_info, 3 buckets | sum, count, and two more
    expect(halves?.map(({ items }) => items)).toEqual([0, 3])
    const all = halves?.flatMap(({ body }) => decode(body)) ?? []
    expect(all).toEqual(request && decode(request.body))
    const quarters = halves?.[1] && halveRequest(halves[1], seriesField, 1)
    expect(quarters?.map(({ items }) => items)).toEqual([1, 2])
  },
)

test('labels that are needed no more are forgotten, those of the last turn are kept', () => {
  const sets = new LabelSets({}, 2)
  const turns = new SeriesTurns(sets)
  const family = new Families({ namespace: '', hasSuffixes: true }).make('up', 'gauge', {
    unit: '',
    description: '',
  })
  const first = ['a="1"', 'a="2"', 'a="3"'].map((text) => sets.of(text))
  for (const one of first) expect(turns.take(family, one, 1)).toBe(true)
  const [kept = sets.of('')] = first
  expect(turns.take(family, kept, 2)).toBe(true)
  expect(turns.take(family, kept, 3)).toBe(true)
  expect(sets.of('a="1"')).toBe(kept)
  expect(sets.of('a="2"')).not.toBe(first[1])
})

test.each(versions)(
  'an exemplar of $version goes with its series',
  async ({ createBody, decode }) => {
    const { write } = wireOf(createBody)
    const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
    const of = (peer: string, exemplars: Exemplar[]) => ({ ...point(rtt, { peer }), exemplars })
    const points = [
      of('a', [exemplarOf(3)]),
      of('b', [{ ...exemplarOf(2, { long: 'x'.repeat(200) }), ...span }]),
      point(rtt, { peer: 'c' }),
    ]
    const { requests } = await write(metricsOf(resource([exponential(points, { name: 'rtt' })])))
    const timestamp = '1767323050250'
    expect(requests.flatMap(({ body }) => decode(body)).map(({ exemplars }) => exemplars)).toEqual([
      [{ labels: ['network_peer_address=203.0.113.7'], value: 3, timestamp }],
      // OpenMetrics' limit leaves room for the span alone.
      [{ labels: [`trace_id=${span.traceId}`, `span_id=${span.spanId}`], value: 2, timestamp }],
      [],
    ])
  },
)
