import { expect, test } from 'vitest'
import { ConfiguredServices } from '../../src/identity/configured-services.ts'

const services = new ConfiguredServices([
  { cidrs: ['10.0.0.0/8'], name: 'anything' },
  { cidrs: ['10.1.0.0/16'], name: 'network', namespace: 'infra' },
  { cidrs: ['10.1.2.3/32', '2001:db8::3/128'], ports: [5432, 5433], name: 'orders-db' },
  { cidrs: ['10.1.2.3/32'], ports: [5432], name: 'later' },
  { cidrs: ['10.1.2.3/32'], name: 'host-3' },
  { cidrs: ['10.9.0.0/16'], ports: [80], name: 'web' },
])

test.each([
  ['10.1.2.3', 5432, 'orders-db'],
  ['10.1.2.3', 5433, 'orders-db'],
  ['10.1.2.3', 22, 'host-3'],
  ['10.1.2.3', undefined, 'host-3'],
  ['10.1.9.9', 5432, 'network'],
  ['10.9.1.1', 80, 'web'],
  ['10.9.1.1', 81, 'anything'],
  ['10.9.1.1', undefined, 'anything'],
  ['2001:db8::3', 5432, 'orders-db'],
  ['2001:db8::3', undefined, undefined],
  ['192.0.2.1', 80, undefined],
])('%s at port %s is %s', (address, port, name) => {
  expect(services.find(address, port)?.name).toBe(name)
})

test('a namespace is there only where it was configured', () => {
  expect(services.find('10.1.9.9', undefined)).toEqual({ name: 'network', namespace: 'infra' })
  expect(services.find('10.9.1.1', 80)).toEqual({ name: 'web' })
})
