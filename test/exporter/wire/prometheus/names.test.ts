import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { labelName, metricName } from '../../../../src/exporter/wire/prometheus/names.ts'

const plain = { namespace: '', hasSuffixes: true }

test.each([
  ['nettracer.bytes_tx', 'By', 'counter', 'nettracer_bytes_tx_bytes_total'],
  ['nettracer.rtt', 'ms', 'histogram', 'nettracer_rtt_milliseconds'],
  ['nettracer.retr_percentage', '%', 'gauge', 'nettracer_retr_percentage_percent'],
  ['nettracer.traffic', 'bit/s', 'gauge', 'nettracer_traffic_bits_per_second'],
  ['nettracer.connections.active', '{connection}', 'gauge', 'nettracer_connections_active'],
  ['nettracer.connections.opened', '{connection}', 'counter', 'nettracer_connections_opened_total'],
  ['nettracer.coverage', '1', 'gauge', 'nettracer_coverage_ratio'],
  ['nettracer.exporter.cpu.time', 's', 'counter', 'nettracer_exporter_cpu_time_seconds_total'],
  ['things', '1', 'counter', 'things_total'],
  ['a.bytes', 'By', 'gauge', 'a_bytes'],
  ['a.bytes.total', 'By', 'counter', 'a_bytes_total'],
  ['bytes', 'By', 'gauge', 'bytes'],
  ['disk.io', 'By/s', 'gauge', 'disk_io_bytes_per_second'],
  ['rate', '{request}/s', 'gauge', 'rate_per_second'],
  ['fuel', 'hogshead', 'gauge', 'fuel_hogshead'],
  ['builtin:tech.nettracer.rtt', 'us', 'gauge', 'builtin:tech_nettracer_rtt_microseconds'],
  ['9.lives', '', 'gauge', '_9_lives'],
  ['größe..x', '', 'gauge', 'gr_e_x'],
] as const)('%s in %s as a %s is %s', (name, unit, type, expected) => {
  expect(metricName(name, unit, type, plain)).toBe(expected)
})

test('a namespace comes first and without suffixes only characters change', () => {
  const settings = { namespace: 'test-space', hasSuffixes: false }
  expect(metricName('nettracer.bytes_tx', 'By', 'counter', settings)).toBe(
    'test_space_nettracer_bytes_tx',
  )
})

test('a name with nothing usable is none', () => {
  expect(metricName('§§', 'By', 'counter', plain)).toBeUndefined()
})

test('any name and unit give a name that Prometheus takes, or none', () => {
  const types = fc.constantFrom('counter', 'gauge', 'histogram')
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), types, (name, unit, type) => {
      const result = metricName(name, unit, type, plain)
      if (result === undefined) return
      expect(result).toMatch(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/)
      expect(result).not.toContain('__')
      expect(type !== 'counter' || result.endsWith('_total')).toBe(true)
    }),
  )
})

test('a name with its suffixes does not change when it is given again', () => {
  const unit = fc.constantFrom('By', 's', 'ms', '%', 'bit/s', '{packet}')
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]+([._][a-z]+){0,3}$/), unit, (name, unit) => {
      const once = metricName(name, unit, 'counter', plain)
      expect(metricName(once ?? '', unit, 'counter', plain)).toBe(once)
    }),
  )
})

test.each([
  ['network.peer.address', 'network_peer_address'],
  ['9th', 'key_9th'],
  ['__reserved', '_reserved'],
  ['a..b__c', 'a_b_c'],
  ['§', 'key_'],
  ['', 'key_'],
])('attribute %s is the label %s', (name, expected) => {
  expect(labelName(name)).toBe(expected)
})

test('any attribute gives a label name that Prometheus takes and does not reserve', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      expect(labelName(name)).toMatch(/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/)
    }),
  )
})
