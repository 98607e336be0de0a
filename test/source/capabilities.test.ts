import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  capabilities,
  effectiveCapabilities,
  isInFirstUserNamespace,
  lacking,
} from '../../src/source/capabilities.ts'

const bitOf = (name: string) =>
  1n << BigInt(capabilities.find((one) => one.name === name)?.bit ?? 0)
const names = (effective: bigint) => [...lacking(effective)].map(({ name }) => name)

test.each([
  { what: 'all', effective: (1n << 41n) - 1n, lacks: [] },
  { what: 'none', effective: 0n, lacks: capabilities.map(({ name }) => name) },
  {
    what: 'CAP_SYS_ADMIN, which holds only those for BPF',
    effective: bitOf('CAP_SYS_ADMIN'),
    lacks: ['CAP_NET_ADMIN', 'CAP_SYS_PTRACE', 'CAP_DAC_READ_SEARCH'],
  },
  {
    what: 'CAP_BPF, which holds no other',
    effective: bitOf('CAP_BPF'),
    lacks: capabilities.map(({ name }) => name).filter((name) => name !== 'CAP_BPF'),
  },
])('of $what', ({ effective, lacks }) => {
  expect(names(effective)).toEqual(lacks)
})

test('the kernel writes the effective capabilities as hexadecimal digits', () => {
  const status = 'Name:\tx\nCapInh:\tff\nCapEff:\t000000c000081004\nCapBnd:\tff\n'
  expect(effectiveCapabilities(status)).toBe(0xc0_0008_1004n)
  expect(names(0xc0_0008_1004n)).toEqual(['CAP_SYS_ADMIN'])
})

test('a process without that line has none', () => {
  expect(effectiveCapabilities('Name:\tx\n')).toBe(0n)
})

test.each([
  { map: '         0          0 4294967295\n', isFirst: true },
  { map: '         0     100000      65536\n', isFirst: false },
  { map: '         0       1000          1\n         1     100000      65536\n', isFirst: false },
  { map: '', isFirst: false },
])('a user namespace with ids $map', ({ map, isFirst }) => {
  expect(isInFirstUserNamespace(map)).toBe(isFirst)
})

test('docs/security.md has the same table', () => {
  const page = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8')
  const rows = page.split('\n').filter((line) => line.startsWith('| `CAP_'))
  expect(rows).toEqual(
    capabilities.map(({ name, use, loss }) => `| \`${name}\` | ${use} | ${loss} |`),
  )
})
