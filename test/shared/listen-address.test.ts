import { expect, test } from 'vitest'
import { parseEndpoint } from '../../src/shared/listen-address.ts'

test.each([
  ['localhost:9464', { host: 'localhost', port: 9464 }],
  [':9464', { port: 9464 }],
  ['0.0.0.0:9464', { host: '0.0.0.0', port: 9464 }],
  ['[::1]:9464', { host: '::1', port: 9464 }],
  ['[fe80::1%eth0]:1', { host: 'fe80::1%eth0', port: 1 }],
  [' 127.0.0.1:0 ', { host: '127.0.0.1', port: 0 }],
])('%s is read', (text, expected) => {
  expect(parseEndpoint(text)).toEqual(expected)
})

test.each([
  '',
  '9464',
  'localhost',
  'localhost:',
  'localhost:65536',
  'http://localhost:9464',
  '::1:9464',
  '[::1]',
  'a b:1',
  ':9464/metrics',
  'host:http',
])('%s is refused', (text) => {
  expect(parseEndpoint(text)).toBeUndefined()
})
