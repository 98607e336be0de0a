import { readFileSync } from 'node:fs'
import * as semconv from '@opentelemetry/semantic-conventions/incubating'
import { describe, expect, test } from 'vitest'
import { metrics } from '../../src/generated/metrics.ts'
import { profiles } from '../../src/generated/profiles.ts'
import { parseCatalogue } from '../../tools/metric-catalogue.ts'
import { metricPage } from '../../tools/metric-page.ts'

const text = readFileSync(new URL('../../config/metadata.yaml', import.meta.url), 'utf8')
const catalogue = parseCatalogue(text)

/**
 * Dynatrace's documentation, "Extended network monitoring", table "Built-in metrics for NetTracer", updated 2025-10-03:
 * key, description, unit, aggregations as they run together there.
 */
const dynatraceTable = `
builtin:tech.nettracer.bytes_rx | Number of bytes received | Byte | autoavgcountmaxminsum
builtin:tech.nettracer.bytes_tx | Number of bytes transmitted | Byte | autoavgcountmaxminsum
builtin:tech.nettracer.pkts_retr | Number of retransmitted packets | Count | autovalue
builtin:tech.nettracer.pkts_rx | Number of packets received | Count | autovalue
builtin:tech.nettracer.pkts_tx | Number of packets transmitted | Count | autovalue
builtin:tech.nettracer.retr_percentage | Percentage of retransmitted packets | Percent (%) | autoavgmaxmin
builtin:tech.nettracer.rtt | Round trip time in milliseconds. Aggregates data from active sessions | Millisecond | autoavgcountmaxminsum
builtin:tech.nettracer.traffic | Summary of incoming and outgoing network traffic in bits per second | bit/s | autovalue
builtin:tech.nettracer.traffic_rx | Incoming network traffic in bits per second | bit/s | autovalue
builtin:tech.nettracer.traffic_tx | Outgoing network traffic in bits per second | bit/s | autovalue
`

test("the dynatrace profile is Dynatrace's table: keys, descriptions, units and aggregations", () => {
  const found = Object.values(catalogue.metrics)
    .flatMap(({ profiles: own }) => (own?.dynatrace === undefined ? [] : [own.dynatrace]))
    .map(({ name, description, unit, aggregations }) => [
      name,
      description,
      unit === 'Percent' ? 'Percent (%)' : unit,
      aggregations.join(''),
    ])
    .map((cells) => cells.join(' | '))
    .toSorted()
  expect(found).toEqual(dynatraceTable.trim().split('\n'))
})

test('what Dynatrace aggregates by count, min, max and sum is a histogram, the rest is not', () => {
  for (const one of Object.values(catalogue.metrics)) {
    const aggregations = one.profiles?.dynatrace?.aggregations
    if (aggregations === undefined) continue
    expect(one.exponential_histogram !== undefined).toBe(aggregations.includes('count'))
  }
})

test('the names of the semantic conventions are theirs, and so are the directions', () => {
  const names = Object.values(profiles.semconv).map(({ name }) => name)
  expect(names).toEqual(
    expect.arrayContaining([
      semconv.METRIC_SYSTEM_NETWORK_IO,
      semconv.METRIC_SYSTEM_NETWORK_PACKET_COUNT,
      semconv.METRIC_SYSTEM_NETWORK_CONNECTION_COUNT,
    ]),
  )
  const directions = Object.values(profiles.semconv).flatMap(({ attributes }) =>
    Object.entries(attributes),
  )
  expect(directions.length).toBeGreaterThan(0)
  for (const [key, value] of directions) {
    expect(key).toBe(semconv.ATTR_NETWORK_IO_DIRECTION)
    expect([
      semconv.NETWORK_IO_DIRECTION_VALUE_RECEIVE,
      semconv.NETWORK_IO_DIRECTION_VALUE_TRANSMIT,
    ]).toContain(value)
  }
})

test('the semconv profile has every metric, under system.network or tcp, times in seconds', () => {
  for (const { name } of Object.values(metrics)) {
    const naming = profiles.semconv[name]
    expect(naming?.name).toMatch(/^(system\.network|tcp|udp)(\.[a-z_]+)+$/)
    expect(['ms', 'us', 'ns', '%']).not.toContain(naming?.unit)
  }
})

test('the page has a line for each name', () => {
  const page = metricPage(catalogue)
  for (const { name } of [...Object.values(profiles.dynatrace), ...Object.values(profiles.semconv)])
    expect(page).toContain(`| \`${name}\` |`)
})

describe('a catalogue is refused', () => {
  test.each([
    [
      'where a metric has no name for semconv',
      '      semconv: { name: tcp.packet.retransmitted }\n',
      '',
      'is missing',
    ],
    ['where two metrics have one name', 'direction: receive', 'direction: transmit', 'apart'],
    ['where a name begins another', 'name: tcp.rtt\n', 'name: tcp\n', 'begins'],
    ['where two of one name differ', 'name: tcp.rtt\n', 'name: system.network.io\n', 'is not as'],
    ['where an attribute is there twice', 'io.direction: receive', 'type: ipv4', 'already'],
    ['where aggregations do not fit', '[auto, avg, max, min]', '[auto, sum]', 'aggregations of a'],
    ['where a sum is of no counter', 'sum_of: nettracer.bytes_rx', 'sum_of: x', 'no counter'],
    [
      'where whole numbers are scaled',
      'semconv: { name: tcp.connection.opened }',
      'semconv: { name: tcp.connection.opened, scale: 2 }',
      'cannot have a scale',
    ],
  ])('%s', (_, from, to, message) => {
    const broken = text.replace(from, to)
    expect(broken).not.toBe(text)
    expect(() => parseCatalogue(broken)).toThrow(message)
  })
})
