import { expect, test } from 'vitest'
import { parseBroker } from '../../../src/exporter/kafka/brokers.ts'

test.each([
  ['kafka-1.example:9093', { host: 'kafka-1.example', port: 9093 }],
  ['kafka', { host: 'kafka', port: 9092 }],
  ['192.0.2.1:1', { host: '192.0.2.1', port: 1 }],
  ['[2001:db8::1]:65535', { host: '2001:db8::1', port: 65_535 }],
  ['[::1]', { host: '::1', port: 9092 }],
  ['', undefined],
  [':9092', undefined],
  ['a:0', undefined],
  ['a:65536', undefined],
  ['a:b', undefined],
  ['::1', undefined],
  ['kafka://a:9092', undefined],
  ['user@a:9092', undefined],
  ['a:9092/x', undefined],
])('%s is the broker %j', (text, broker) => {
  expect(parseBroker(text)).toEqual(broker)
})
