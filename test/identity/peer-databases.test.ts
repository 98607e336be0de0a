import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countryOf, PeerDatabase, systemOf } from '../../src/identity/peer-databases.ts'
import { mmdb } from '../support/mmdb.ts'

const systems = mmdb({
  '8.8.8.0/24': { autonomous_system_number: 15_169, autonomous_system_organization: 'GOOGLE' },
  '192.0.2.0/25': { autonomous_system_number: 4_294_967_295 },
  '2001:db8::/32': { autonomous_system_number: 64_500, autonomous_system_organization: 'Österr' },
  '198.51.100.0/24': { autonomous_system_organization: 'No number' },
})
const countries = mmdb({
  '8.8.8.0/24': { country: { iso_code: 'US', names: { en: 'United States' } } },
  '192.0.2.0/24': { registered_country: { iso_code: 'SE' } },
  '198.51.100.0/24': { country: { iso_code: 'nowhere' } },
  '2001:db8::/32': { country: { iso_code: 'AT' }, registered_country: { iso_code: 'DE' } },
})

test.each([
  ['8.8.8.8', { number: 15_169, organization: 'GOOGLE' }],
  ['192.0.2.127', { number: 4_294_967_295 }],
  ['192.0.2.128', undefined],
  ['2001:db8::9', { number: 64_500, organization: 'Österr' }],
  ['198.51.100.1', undefined],
  ['1.1.1.1', undefined],
  ['not an address', undefined],
])('the autonomous system of %s', (address, system) => {
  expect(systemOf(new PeerDatabase(systems), address)).toEqual(system)
})

test.each([
  ['8.8.8.8', 'US'],
  ['192.0.2.1', 'SE'],
  ['198.51.100.1', undefined],
  ['2001:db8::9', 'AT'],
  ['1.1.1.1', undefined],
])('the country of %s is %s', (address, country) => {
  expect(countryOf(new PeerDatabase(countries), address)).toBe(country)
})

test.each([Buffer.alloc(0), Buffer.from('no database'), systems.subarray(0, 200)])(
  'what is no database is refused',
  (bytes) => {
    expect(() => new PeerDatabase(bytes)).toThrow()
  },
)

test('a damaged database is refused or tells nothing wrong in kind, and never throws later', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(systems.length - 1), fc.nat(255)), { minLength: 1, maxLength: 20 }),
      fc.ipV4(),
      (changes, address) => {
        const damaged = Buffer.from(systems)
        for (const [at, byte] of changes) damaged[at] = byte
        let database: PeerDatabase
        try {
          database = new PeerDatabase(damaged)
        } catch {
          return
        }
        for (const one of [address, '8.8.8.8', '2001:db8::9']) {
          const system = systemOf(database, one)
          expect(system === undefined || typeof system.number === 'number').toBe(true)
          expect(countryOf(database, one) ?? 'AA').toMatch(/^[A-Z]{2}$/)
        }
      },
    ),
    { numRuns: 300 },
  )
})
