import { fileURLToPath } from 'node:url'
import protobuf from 'protobufjs'
import { expect, test } from 'vitest'
import { writePage } from '../../../src/exporter/prometheus/page.ts'
import { ProtobufPages } from '../../../src/exporter/prometheus/protobuf-page.ts'
import { exponentialOf } from '../../support/exponential-of.ts'
import { exemplarOf, exponential, gauge, point, resource } from '../../support/metrics.ts'
import { parsePage, type Sample } from '../../support/prometheus.ts'
import { example, storeOf } from './example.ts'

const root = await protobuf.load(fileURLToPath(new URL('fixtures/client.proto', import.meta.url)))
const familyType = root.lookupType('io.prometheus.client.MetricFamily')

interface Histogram {
  readonly sampleCount: number
  readonly sampleSum?: number
  readonly bucket?: readonly {
    readonly cumulativeCount: number
    readonly upperBound: number
    readonly exemplar?: object
  }[]
  readonly exemplars?: readonly object[]
}

interface Family {
  readonly name: string
  readonly type: string
  readonly unit?: string
  readonly metric: readonly {
    readonly label?: readonly { readonly name: string; readonly value: string }[]
    readonly counter?: { readonly value: number }
    readonly gauge?: { readonly value: number }
    readonly histogram?: Histogram
  }[]
}

function decode(store: ReturnType<typeof storeOf>, hasTimestamps = false): Family[] {
  const page = Buffer.concat([...new ProtobufPages({ hasTimestamps }).write(store.snapshot())])
  const reader = protobuf.Reader.create(page)
  const families: Family[] = []
  while (reader.pos < reader.len) {
    const message = familyType.decodeDelimited(reader)
    families.push(familyType.toObject(message, { longs: Number, enums: String }) as Family)
  }
  return families
}

/** What the text page says of the same. */
function samplesOf({ name, metric }: Family): Sample[] {
  return metric.flatMap(({ label = [], counter, gauge: gauged, histogram }) => {
    const labels = Object.fromEntries(label.map((pair) => [pair.name, pair.value]))
    const value = counter?.value ?? gauged?.value
    if (value !== undefined) return [{ name, labels, value }]
    if (histogram === undefined) throw new Error(`no value of ${name}`)
    const { bucket = [], sampleCount, sampleSum } = histogram
    const classic = [
      ...bucket.map(({ upperBound, cumulativeCount }) => [String(upperBound), cumulativeCount]),
      ['+Inf', sampleCount],
    ] as const
    return [
      ...classic.map(([le, count]) => ({
        name: `${name}_bucket`,
        labels: { ...labels, le: String(le) },
        value: Number(count),
      })),
      ...(sampleSum === undefined ? [] : [{ name: `${name}_sum`, labels, value: sampleSum }]),
      { name: `${name}_count`, labels, value: sampleCount },
    ]
  })
}

test('it says what the text page says, read by another decoder', () => {
  const text = [...writePage(example().snapshot(), { isOpenMetrics: false, hasTimestamps: false })]
  expect(decode(example()).flatMap(samplesOf)).toEqual(parsePage(text.join('')))
})

test('types and units are told, and when counters and histograms began', () => {
  const families = decode(example())
  expect(families.map(({ name, type, unit }) => [name, type, unit])).toEqual([
    ['target_info', 'GAUGE', undefined],
    ['nettracer_bytes_tx_bytes_total', 'COUNTER', 'bytes'],
    ['nettracer_connections_active', 'GAUGE', undefined],
    ['nettracer_retr_percentage_percent', 'GAUGE', 'percent'],
    ['nettracer_rtt_milliseconds', 'HISTOGRAM', 'milliseconds'],
    ['own_duration_seconds', 'HISTOGRAM', 'seconds'],
  ])
  const began = { seconds: 1_767_323_045, nanos: 321 }
  expect(families[1]?.metric[0]?.counter).toMatchObject({ createdTimestamp: began })
  expect(families[4]?.metric[0]?.histogram).toMatchObject({ createdTimestamp: began })
})

test('an exponential histogram is a native one with every bucket', () => {
  const histogram = decode(example())[4]?.metric[0]?.histogram
  expect(histogram).toMatchObject({
    schema: 1,
    zeroCount: 1,
    positiveSpan: [{ offset: 0, length: 5 }],
    positiveDelta: [2, -2, 1, -1, 2],
  })
})

test('a histogram that has seen nothing is still a native one', () => {
  const empty = { ...exponentialOf([1], 3), count: 0, sum: 0 }
  empty.positive.bucketCounts.fill(0)
  const store = storeOf(resource([exponential([point(empty)], { name: 'a', unit: 's' })], {}))
  const histogram = decode(store)[0]?.metric[0]?.histogram
  // Prometheus takes it for native because of its threshold.
  expect(histogram).toMatchObject({ sampleCount: 0, schema: 3, zeroThreshold: 1e-128 })
})

test('a histogram coarser than Prometheus knows has its classic buckets only', () => {
  const coarse = exponentialOf([1, 1000], -5)
  const store = storeOf(resource([exponential([point(coarse)], { name: 'a', unit: 's' })], {}))
  const histogram = decode(store)[0]?.metric[0]?.histogram
  expect(histogram).not.toHaveProperty('schema')
  expect(histogram?.sampleCount).toBe(2)
})

test('timestamps are in milliseconds', () => {
  const store = storeOf(resource([gauge([point(1)], { name: 'a', unit: '' })], {}))
  expect(decode(store, true)[0]?.metric[0]).toMatchObject({ timestampMs: 1_767_323_055_789 })
})

test('a large family is made in parts between which others can work', () => {
  const points = Array.from({ length: 5000 }, (_, at) => point(at, { 'server.port': at }))
  const store = storeOf(resource([gauge(points, { name: 'a', unit: '' })]))
  const parts = [...new ProtobufPages({ hasTimestamps: false }).write(store.snapshot())]
  expect(parts.filter(({ length }) => length === 0).length).toBeGreaterThan(2)
  expect(decode(store)[0]?.metric).toHaveLength(5000)
})

test('an exemplar stands in its classic bucket and beside the native ones', () => {
  const measured = { ...point(exponentialOf([1, 3], 0)), exemplars: [exemplarOf(3)] }
  const rtt = exponential([measured], { name: 'rtt', unit: 'ms' })
  const [family] = decode(storeOf(resource([rtt], {})))
  const histogram = family?.metric[0]?.histogram
  const exemplar = {
    label: [{ name: 'network_peer_address', value: '203.0.113.7' }],
    value: 3,
    timestamp: { seconds: 1_767_323_050, nanos: 250_000_000 },
  }
  expect(histogram?.exemplars).toEqual([exemplar])
  expect(histogram?.bucket?.filter((bucket) => bucket.exemplar !== undefined)).toEqual([
    { cumulativeCount: 2, upperBound: 4, exemplar },
  ])
})
