import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { metrics, telemetryMetrics } from '../../src/generated/metrics.ts'
import { parseCatalogue } from '../../tools/metric-catalogue.ts'
import { metricConstants } from '../../tools/metric-constants.ts'
import { metricPage } from '../../tools/metric-page.ts'

const root = new URL('../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')
const catalogue = parseCatalogue(read('config/metadata.yaml'))

test('the generated files are those of the catalogue', () => {
  expect(read('src/generated/metrics.ts')).toBe(metricConstants(catalogue))
  expect(read('docs/metrics.md')).toBe(metricPage(catalogue))
  execFileSync(process.execPath, ['tools/generate-metrics.ts', '--check'], { cwd: root })
})

test('the metrics of the contract, their units and kinds', () => {
  const found = Object.values(metrics).map(({ name, unit, kind }) => `${name} ${unit} ${kind}`)
  expect(found).toEqual([
    'nettracer.bytes_rx By sum',
    'nettracer.bytes_tx By sum',
    'nettracer.session.bytes_rx By exponential_histogram',
    'nettracer.session.bytes_tx By exponential_histogram',
    'nettracer.pkts_rx {packet} sum',
    'nettracer.pkts_tx {packet} sum',
    'nettracer.pkts_retr {packet} sum',
    'nettracer.retr_percentage % gauge',
    'nettracer.rtt ms exponential_histogram',
    'nettracer.rtt_variance ms exponential_histogram',
    'nettracer.traffic bit/s gauge',
    'nettracer.traffic_rx bit/s gauge',
    'nettracer.traffic_tx bit/s gauge',
    'nettracer.connections.active {connection} up_down_counter',
    'nettracer.connections.opened {connection} sum',
    'nettracer.connections.closed {connection} sum',
    'nettracer.connections.failed {connection} sum',
    'nettracer.rejects {connection} sum',
    'nettracer.resets {reset} sum',
    'nettracer.pkts_retr_syn {packet} sum',
    'nettracer.connect.duration s exponential_histogram',
    'nettracer.accept.duration s exponential_histogram',
    'nettracer.connection.duration s exponential_histogram',
    'nettracer.response.duration s exponential_histogram',
    'nettracer.udp.drops {packet} sum',
    'nettracer.listen.backlog {connection} gauge',
    'nettracer.listen.backlog_limit {connection} gauge',
    'nettracer.listen.oldest_wait s gauge',
    'nettracer.listen.overflows {connection} sum',
    'nettracer.listen.syn_cookies {packet} sum',
    'nettracer.listen.syn_cookies_failed {packet} sum',
    'nettracer.send.limited s sum',
    'nettracer.pkts_retr_spurious {packet} sum',
    'nettracer.retr_timeouts {timeout} sum',
    'nettracer.pkts_rx_ooo {packet} sum',
    'nettracer.reorderings {event} sum',
    'nettracer.pkts_ecn_ce {packet} sum',
    'nettracer.zero_windows {event} sum',
    'nettracer.tcp.flags {packet} sum',
  ])
})

test('every metric says from which fields it comes, and those exist', () => {
  const fields = new Set<string>()
  for (const [word, file] of [
    ['increment', 'increment'],
    ['listener', 'listener'],
    ['rejection', 'listener'],
    ['synCookies', 'syn-cookies'],
    ['responses', 'responses'],
  ]) {
    const text = read(`src/connection/${file}.ts`)
    for (const [, field] of text.matchAll(/readonly (\w+):/g)) fields.add(`${word}.${field}`)
  }
  for (const { from } of Object.values(catalogue.metrics)) {
    expect(from).not.toHaveLength(0)
    expect([...fields]).toEqual(expect.arrayContaining(from ?? ['none']))
  }
})

test('names are of the project, in lower case, and none is the beginning of another', () => {
  const names = Object.keys({ ...metrics, ...telemetryMetrics })
  for (const name of names) {
    expect(name).toMatch(/^nettracer(\.[a-z_]+)+$/)
    expect(names.filter((other) => other.startsWith(`${name}.`))).toEqual([])
  }
})

test('the page has the name in Prometheus of each metric', () => {
  const page = metricPage(catalogue)
  for (const name of [
    'nettracer_bytes_tx_bytes_total',
    'nettracer_rtt_milliseconds',
    'nettracer_retr_percentage_percent',
    'nettracer_traffic_bits_per_second',
    'nettracer_connections_active',
    'nettracer_connect_duration_seconds',
    'nettracer_coverage_ratio',
  ]) {
    expect(page).toContain(`\`${name}\``)
  }
})

describe('a catalogue is refused', () => {
  const text = read('config/metadata.yaml')
  test.each([
    ['with a duplicate key', `${text}\ntype: again\n`, 'unique'],
    ['with an unknown key', text.replace('type:', 'unknown: 1\ntype:'), 'Unrecognized key'],
    [
      'with an unknown attribute',
      text.replace('- server.address', '- address'),
      'unknown attribute',
    ],
    [
      'with a metric of no kind',
      text.replace('    gauge: { value_type: double }\n', ''),
      'exactly one',
    ],
  ])('%s', (_, faulty, message) => {
    expect(() => parseCatalogue(faulty)).toThrow(message)
  })
})
