import { expect, test } from 'vitest'
import { addressOf, transportOf } from '../../../src/identity/kubernetes/addresses.ts'

test.each([
  ['10.0.0.1', '10.0.0.1'],
  ['fd00:0:0:0:0:0:0:A', 'fd00::a'],
  ['2001:db8::1:0:0:1', '2001:db8::1:0:0:1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['fe80::1%eth0', undefined],
  ['None', undefined],
  ['', undefined],
  [7, undefined],
])('the address %j is %j', (given, address) => {
  expect(addressOf(given)).toBe(address)
})

test.each([
  [undefined, 'tcp'],
  ['TCP', 'tcp'],
  ['UDP', 'udp'],
  ['SCTP', undefined],
  [7, undefined],
])('the protocol %j is %j', (given, transport) => {
  expect(transportOf(given)).toBe(transport)
})
