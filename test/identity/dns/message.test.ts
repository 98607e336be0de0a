import fc from 'fast-check'
import { expect, test } from 'vitest'
import { plainName, readAnswer } from '../../../src/identity/dns/message.ts'
import { message, type WrittenMessage, type WrittenRecord } from './support/message.ts'

const address = (owner: string, last = 1, ttl = 60): WrittenRecord => ({
  owner,
  type: 'A',
  ttl,
  value: [192, 0, 2, last],
})

test.each<{ rule: string; written: WrittenMessage; expected: unknown }>([
  {
    rule: 'each address of the name',
    written: { name: 'db.example', records: [address('@12', 1), address('db.example', 2)] },
    expected: { name: 'db.example', addresses: ['192.0.2.1 60', '192.0.2.2 60'] },
  },
  {
    rule: 'IPv6, and IPv4-mapped as IPv4',
    written: {
      name: 'six.example',
      records: [
        { owner: '@12', type: 'AAAA', value: [0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 7] },
        {
          owner: '@12',
          type: 'AAAA',
          value: [...Array(10).fill(0), 255, 255, 192, 0, 2, 9],
        },
      ],
    },
    expected: { name: 'six.example', addresses: ['2001:db8::7 60', '192.0.2.9 60'] },
  },
  {
    rule: 'the name that was asked, not its aliases, whatever their order; the least TTL',
    written: {
      name: 'www.example',
      records: [
        address('c.example', 1, 300),
        { owner: 'b.example', type: 'CNAME', ttl: 5, value: 'c.example' },
        { owner: '@12', type: 'CNAME', ttl: 200, value: 'b.example' },
      ],
    },
    expected: { name: 'www.example', addresses: ['192.0.2.1 5'] },
  },
  {
    rule: 'upper and lower case are one',
    written: { name: 'DB.eXample', records: [address('db.Example')] },
    expected: { name: 'db.example', addresses: ['192.0.2.1 60'] },
  },
  {
    rule: 'an internationalised name stays as it is on the wire',
    written: { name: 'xn--bcher-kva.example', records: [address('@12')] },
    expected: { name: 'xn--bcher-kva.example', addresses: ['192.0.2.1 60'] },
  },
  {
    rule: 'records of other names, types and classes are nothing',
    written: {
      name: 'db.example',
      records: [
        address('other.example', 7),
        { owner: '@12', type: 'TXT', value: [1, 65] },
        { owner: '@12', type: 'RRSIG', value: [0, 1] },
        { ...address('@12', 8), class: 3 },
        address('@12', 2, 0xffff_ffff),
      ],
    },
    expected: { name: 'db.example', addresses: ['192.0.2.2 0'] },
  },
  {
    rule: 'an address that is none tells nothing',
    written: { name: 'blocked.example', records: [{ ...address('@12'), value: [0, 0, 0, 0] }] },
    expected: undefined,
  },
  { rule: 'no records', written: { name: 'db.example' }, expected: undefined },
  {
    rule: 'a question',
    written: { name: 'db.example', flags: 0x0100, records: [address('@12')] },
    expected: undefined,
  },
  {
    rule: 'an error',
    written: { name: 'db.example', flags: 0x8183, records: [address('@12')] },
    expected: undefined,
  },
  {
    rule: 'another kind of message',
    written: { name: 'db.example', flags: 0xa180, records: [address('@12')] },
    expected: undefined,
  },
  {
    rule: 'two questions',
    written: { name: 'db.example', questions: 2, records: [address('@12')] },
    expected: undefined,
  },
  {
    rule: 'a circle of aliases',
    written: {
      name: 'a.example',
      records: [
        { owner: 'a.example', type: 'CNAME', value: 'b.example' },
        { owner: 'b.example', type: 'CNAME', value: 'a.example' },
      ],
    },
    expected: undefined,
  },
  ...['with space', 'new\nline', 'nul\0', 'quo"te', 'ümlaut', '*', 'a/b', '{x}'].map((label) => ({
    rule: `a name that no host has: ${JSON.stringify(label)}`,
    written: { name: `${label}.example`, records: [address('@12')] },
    expected: undefined,
  })),
  ...['10.0.0.1', 'db.1', '1', 'a.0x7f', ''].map((name) => ({
    rule: `a name that could be an address, or nothing: "${name}"`,
    written: { name, records: [address('@12')] },
    expected: undefined,
  })),
])('$rule', ({ written, expected }) => {
  const read = readAnswer(message(written))
  const shown =
    typeof read === 'object'
      ? { ...read, addresses: read.addresses.map((one) => `${one.address} ${one.ttlSeconds}`) }
      : read
  expect(shown).toEqual(expected)
})

test('a name of dots within a label is not the name of more labels', () => {
  const spoofed = message({ name: 'a.example', records: [address('@12')] })
  spoofed[13] = 0x2e
  expect(readAnswer(spoofed)).toBe(undefined)
})

const hasTwo = message({ name: 'db.example', records: [address('@12', 1), address('@12', 2)] })

test.each<{ rule: string; bytes: Uint8Array }>([
  { rule: 'nothing', bytes: new Uint8Array(0) },
  { rule: 'a header alone', bytes: hasTwo.subarray(0, 12) },
  { rule: 'a name that ends nowhere', bytes: hasTwo.subarray(0, 20) },
  { rule: 'a record that is cut', bytes: hasTwo.subarray(0, -1) },
  {
    rule: 'fewer records than it says',
    bytes: message({ name: 'a.example', records: [address('@12')], answers: 2 }),
  },
  { rule: 'a pointer to itself', bytes: message({ name: '@12' }) },
  {
    rule: 'a pointer forward',
    bytes: message({ name: 'a.example', records: [address('@60')] }),
  },
  {
    rule: 'a pointer to the name that it ends',
    bytes: message({ name: 'a.@12', records: [address('@12')] }),
  },
  {
    rule: 'a label longer than 63',
    bytes: message({ name: `${'a'.repeat(64)}.example`, records: [address('@12')] }),
  },
  {
    rule: 'a name longer than 255',
    bytes: message({ name: Array(5).fill('a'.repeat(60)).join('.'), records: [address('@12')] }),
  },
  {
    rule: 'an address of 5 bytes',
    bytes: message({ name: 'a.example', records: [{ ...address('@12'), value: [1, 2, 3, 4, 5] }] }),
  },
])('$rule is malformed', ({ bytes }) => {
  expect(readAnswer(bytes)).toBe('malformed')
})

test('of a message that was longer the whole records count', () => {
  expect(readAnswer(hasTwo.subarray(0, -1), true)).toMatchObject({
    addresses: [{ address: '192.0.2.1' }],
  })
})

test('of a truncated message, too', () => {
  const truncated = Buffer.from(hasTwo.subarray(0, -1))
  truncated[2] = (truncated[2] ?? 0) | 2
  expect(readAnswer(truncated)).toMatchObject({ addresses: [{ address: '192.0.2.1' }] })
})

const hostLabel = fc.stringMatching(/^[a-z][a-z0-9_-]{0,20}$/)
const hostName = fc.array(hostLabel, { minLength: 1, maxLength: 6 }).map((all) => all.join('.'))
const octets = fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 1, max: 255 })))

test('what is written is read', () => {
  fc.assert(
    fc.property(
      hostName,
      fc.array(hostName, { maxLength: 8 }),
      fc.array(octets, { minLength: 1, maxLength: 20 }),
      (name, aliases, addresses) => {
        const chain = [...new Set([name, ...aliases])]
        const last = chain.at(-1) ?? name
        const records: WrittenRecord[] = [
          ...chain.slice(1).map((alias, at): WrittenRecord => {
            return { owner: chain[at] ?? name, type: 'CNAME', value: alias }
          }),
          ...addresses.map((value): WrittenRecord => ({ owner: last, type: 'A', value })),
        ]
        const read = readAnswer(message({ name, records }))
        expect(read).toMatchObject({
          name,
          addresses: addresses.map((value) => ({ address: value.join('.') })),
        })
      },
    ),
  )
})

/** It may be wrong; it may not throw, or say a name or an address of another shape. */
function faultOf(bytes: Uint8Array, isCut: boolean): string | undefined {
  const read = readAnswer(bytes, isCut)
  if (typeof read !== 'object') return undefined
  const isName = read.name.length <= 253 && plainName(read.name.split('.')) === read.name
  const isFine = read.addresses.every(
    ({ address: one, ttlSeconds }) => /^[\da-f.:]+$/.test(one) && ttlSeconds <= 0x7fff_ffff,
  )
  return isName && isFine ? undefined : JSON.stringify(read)
}

test('5,000 damaged answers and as many of any bytes are read or refused', () => {
  const whole = message({
    name: 'www.shop.example',
    records: [
      { owner: '@12', type: 'CNAME', value: 'edge.@16' },
      address('edge.@16', 1),
      { owner: 'edge.@16', type: 'AAAA', value: [0x20, 1, ...Array(13).fill(0), 7] },
    ],
  })
  const spot = fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }))
  fc.assert(
    fc.property(
      fc.array(spot, { minLength: 1, maxLength: 4 }),
      fc.nat({ max: whole.length }),
      fc.boolean(),
      (spots, length, isCut) => {
        const damaged = Buffer.from(whole)
        for (const [at, value] of spots) damaged[at] = value
        expect(faultOf(damaged, isCut)).toBe(undefined)
        expect(faultOf(damaged.subarray(0, length), isCut)).toBe(undefined)
      },
    ),
    { numRuns: 5000 },
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.boolean(), (bytes, isCut) => {
      const answer = Buffer.concat([Buffer.from([1, 2, 0x81, 0x80, 0, 1]), bytes])
      expect(faultOf(answer, isCut)).toBe(undefined)
      expect(faultOf(bytes, isCut)).toBe(undefined)
    }),
    { numRuns: 5000 },
  )
})
