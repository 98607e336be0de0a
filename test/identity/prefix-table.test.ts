import { BlockList } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cidrOf } from '../../src/identity/cidr.ts'
import { PrefixTable } from '../../src/identity/prefix-table.ts'

function tableOf(...texts: string[]): PrefixTable<string> {
  return new PrefixTable(texts.map((text) => [cidrOf(text), text]))
}

test.each([
  ['10.1.2.3', '10.1.2.0/24'],
  ['10.1.3.0', '10.1.0.0/16'],
  ['10.1.1.255', '10.1.0.0/16'],
  ['10.2.0.0', '10.0.0.0/8'],
  ['10.255.255.255', '10.0.0.0/8'],
  ['11.0.0.0', undefined],
  ['9.255.255.255', undefined],
  ['255.255.255.255', '255.255.255.255/32'],
  ['2001:db8::1', '2001:db8::/32'],
  ['2001:db8:1::1', '2001:db8:1::/48'],
  ['2001:db9::', undefined],
  ['::ffff:10.1.2.3', '10.1.2.0/24'],
  ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'ff00::/8'],
  ['::fffe:0:0', undefined],
  ['::1:0:0:0', undefined],
  ['not an address', undefined],
  ['10.1.2', undefined],
  ['10.1.2.', undefined],
  ['10.1..2', undefined],
  ['10.1.2.3.4', undefined],
  ['10.1.2.256', undefined],
  ['.10.1.2', undefined],
  ['10.1.2.x', undefined],
  ['10.1.2.3 ', undefined],
  ['1::10.1.2', undefined],
  ['1::2::3', undefined],
  ['1:2:3:4:5:6:7', undefined],
  ['1:2:3:4:5:6:7:8:9', undefined],
  ['fe80::1%eth0', undefined],
  ['', undefined],
])('%s is in %s', (address, range) => {
  const ranges = ['10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24', '255.255.255.255/32']
  const table = tableOf(...ranges, '2001:db8::/32', '2001:db8:1::/48', 'ff00::/8')
  expect(table.find(address)).toBe(range)
})

test('of equal CIDRs the first counts, also with other host bits', () => {
  const table = new PrefixTable([
    [cidrOf('10.0.0.7/24'), 'first'],
    [cidrOf('10.0.0.0/24'), 'second'],
  ])
  expect(table.find('10.0.0.9')).toBe('first')
})

test('an empty table holds nothing', () => {
  expect(tableOf().find('10.0.0.1')).toBeUndefined()
})

/** Few addresses, so that CIDRs meet. */
const address = fc.oneof(
  fc.tuple(fc.nat(2), fc.nat(255)).map(([third, fourth]) => `10.0.${third}.${fourth}`),
  fc.tuple(fc.nat(2), fc.nat(0xffff)).map(([one, two]) => {
    return `2001:db8:${one.toString(16)}::${two.toString(16)}`
  }),
  fc.ipV4(),
  fc.ipV6(),
)
const cidr = address.chain((text) =>
  fc.nat(text.includes(':') ? 128 : 32).map((length) => `${text}/${length}`),
)

test("the longest prefix is found that Node's own list says holds the address", () => {
  fc.assert(
    fc.property(fc.array(cidr, { maxLength: 40 }), address, (texts, wanted) => {
      const family = wanted.includes(':') ? 'ipv6' : 'ipv4'
      // That list sees IPv4 in IPv6-mapped ranges only at times.
      const ranges = texts.map(cidrOf).filter((one) => one.family === family)
      const holding = ranges.filter(({ address: start, prefixLength }) => {
        const list = new BlockList()
        list.addSubnet(start, prefixLength, family)
        return list.check(wanted, family)
      })
      const longest = Math.max(...holding.map(({ prefixLength }) => prefixLength))
      const table = new PrefixTable(ranges.map((one) => [one, one.prefixLength]))
      expect(table.find(wanted)).toBe(holding.length === 0 ? undefined : longest)
    }),
    { numRuns: 500 },
  )
})
