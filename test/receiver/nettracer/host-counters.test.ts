import { expect, test } from 'vitest'
import { HostNamespace, parseSnmp } from '../../../src/receiver/nettracer/host-counters.ts'

const text = `Ip: Forwarding DefaultTTL
Ip: 1 64
Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors
Tcp: 1 200 120000 -1 10 20 3 4 5 1000 2000 30 0 7 0
Udp: InDatagrams
Udp: 1
`

test('counters are found by name', () => {
  expect(parseSnmp(text)).toEqual({ segments: 2_000, retransmissions: 30, opens: 30 })
})

test.each([
  ['without the lines of TCP', 'Ip: a\nIp: 1\n'],
  ['empty', ''],
  ['without a counter', text.replace('RetransSegs', 'Other')],
  ['cut off', text.slice(0, text.indexOf('2000'))],
])('a page %s gives nothing', (_, page) => {
  expect(parseSnmp(page)).toBeUndefined()
})

test('the page and the namespace of the machine can be read', () => {
  const host = new HostNamespace()
  expect(host.netns).toBeGreaterThan(0)
  expect(host.read()?.segments).toBeGreaterThanOrEqual(0)
})

test('without /proc nothing is known and nothing fails', () => {
  const host = new HostNamespace('/nowhere')
  expect(host.netns).toBe(0)
  expect(host.read()).toBeUndefined()
})
