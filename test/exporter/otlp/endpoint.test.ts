import { expect, test } from 'vitest'
import { parseEndpoint } from '../../../src/exporter/otlp/endpoint.ts'

test.each([
  ['localhost:4317', { target: 'dns:localhost:4317', scheme: 'none', isLocal: true }],
  [
    'collector.example:4317',
    { target: 'dns:collector.example:4317', scheme: 'none', isLocal: false },
  ],
  ['http://127.0.0.1:4317', { target: 'dns:127.0.0.1:4317', scheme: 'http', isLocal: true }],
  ['HTTPS://collector:443/', { target: 'dns:collector:443', scheme: 'https', isLocal: false }],
  ['[::1]:4317', { target: 'dns:[::1]:4317', scheme: 'none', isLocal: true }],
  [':4317', { target: 'dns:localhost:4317', scheme: 'none', isLocal: true }],
  ['dns:///collector:4317', { target: 'dns:collector:4317', scheme: 'none', isLocal: false }],
  ['passthrough:///c:1', { target: 'dns:c:1', scheme: 'none', isLocal: false }],
  ['unix:///run/otel.sock', { target: 'unix:/run/otel.sock', scheme: 'none', isLocal: true }],
  ['unix:otel.sock', { target: 'unix:otel.sock', scheme: 'none', isLocal: true }],
])('%s leads somewhere', (text, endpoint) => {
  expect(parseEndpoint(text)).toEqual(endpoint)
})

test.each([
  ['localhost', /port is missing/],
  ['http://localhost', /port is missing/],
  ['localhost:otlp', /"otlp" is not a port/],
  ['localhost:70000', /"70000" is not a port/],
  ['http://localhost:4317/v1/metrics', /no path/],
  ['https://user@host:4317', /no path, query or user/],
  ['dns://8.8.8.8/collector:4317', /name server is not supported/],
  ['xds:///collector', /xds:\/\/ is not supported/],
  ['unix://', /path of the unix socket is missing/],
  ['', /port is missing/],
])('%s is refused with a reason', (text, reason) => {
  expect(parseEndpoint(text)).toMatch(reason)
})
