import { expect, test } from 'vitest'
import { acceptsGzip, chooseFormat } from '../../../src/exporter/prometheus/negotiation.ts'

const families =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited'

test.each([
  [undefined, 'text'],
  ['*/*', 'text'],
  ['text/plain;version=0.0.4', 'text'],
  ['application/openmetrics-text', 'openmetrics'],
  ['application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.7', 'text'],
  // Prometheus 2.42 and 3.x, without and with native histograms.
  [
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    'openmetrics',
  ],
  [
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    'openmetrics',
  ],
  [
    `${families},application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`,
    'protobuf',
  ],
  [`${families};q=0.4,text/plain;version=0.0.4`, 'text'],
  ['application/vnd.google.protobuf', 'text'],
  ['application/vnd.google.protobuf;proto=other.Message;encoding=delimited', 'text'],
  ['application/openmetrics-text;version=9.0.0', 'text'],
  ['application/openmetrics-text;q=0', 'text'],
  ['application/openmetrics-text;q=banana', 'text'],
])('Accept %s is answered in %s', (accept, expected) => {
  expect(chooseFormat(accept, true)).toBe(expected)
})

test('OpenMetrics is not chosen where it is switched off', () => {
  const accept = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5'
  expect(chooseFormat(accept, false)).toBe('text')
  expect(chooseFormat('application/openmetrics-text', false)).toBe('text')
})

test.each([
  [undefined, false],
  ['identity', false],
  ['gzip', true],
  ['deflate, GZIP;q=0.5', true],
  ['gzip;q=0', false],
  ['*', true],
  ['*, gzip;q=0', false],
])('Accept-Encoding %s takes gzip: %s', (header, expected) => {
  expect(acceptsGzip(header)).toBe(expected)
})
