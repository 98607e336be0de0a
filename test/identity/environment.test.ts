import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { findVariables, parseEnvironment, readEnvironment } from '../../src/identity/environment.ts'
import { BoundedFiles } from '../../src/identity/files.ts'
import { ProcTree } from './support/proc-tree.ts'

let tree: ProcTree | undefined
afterEach(() => tree?.delete())

function read(environ: string | Buffer) {
  tree = new ProcTree()
  tree.process({ pid: 7, environ })
  return readEnvironment(new BoundedFiles(), tree.procRoot, 7)
}

test('OTEL_SERVICE_NAME beats service.name, and holds without the other variable', () => {
  const resourceAttributes = 'service.name=b,team=c'
  expect([...parseEnvironment({ serviceName: 'a', resourceAttributes }).attributes]).toEqual([
    ['service.name', 'a'],
    ['team', 'c'],
  ])
  const broken = parseEnvironment({ serviceName: 'a', resourceAttributes: 'x' })
  expect([...broken.attributes]).toEqual([['service.name', 'a']])
  expect(broken.isMalformed).toBe(true)
  expect(parseEnvironment({ serviceName: '  ' }).attributes.size).toBe(0)
})

test('only the two variables are taken from an environment', () => {
  const environ = [
    'PATH=/bin',
    'OTEL_EXPORTER_OTLP_HEADERS=api-key=secret',
    'XOTEL_SERVICE_NAME=no',
    'OTEL_SERVICE_NAME_X=no',
    'NOTE=OTEL_SERVICE_NAME=no',
    'OTEL_SERVICE_NAME=shop',
    'OTEL_SERVICE_NAME=second',
    'OTEL_RESOURCE_ATTRIBUTES=team=cart',
    '',
  ].join('\0')
  expect(findVariables(Buffer.from(environ))).toEqual({
    serviceName: 'shop',
    resourceAttributes: 'team=cart',
  })
  expect(JSON.stringify([...read(environ).attributes])).not.toContain('secret')
})

test.each([
  { name: 'no last zero', environ: 'OTEL_SERVICE_NAME=shop', service: 'shop' },
  {
    name: 'no UTF-8',
    environ: Buffer.from('OTEL_SERVICE_NAME=a\xff\0', 'latin1'),
    service: 'a\ufffd',
  },
  {
    name: 'a huge value',
    environ: `OTEL_SERVICE_NAME=${'x'.repeat(20_000)}\0`,
    service: undefined,
  },
  { name: 'nothing', environ: '', service: undefined },
  { name: 'only zeros', environ: '\0\0\0', service: undefined },
  {
    name: 'the name behind 256 KiB',
    environ: `A=${'x'.repeat(256 * 1024)}\0OTEL_SERVICE_NAME=late\0`,
    service: undefined,
  },
])('an environment with $name is read as far as it goes', ({ environ, service }) => {
  expect(read(environ).attributes.get('service.name')).toBe(service)
})

test('the environment of a process that is gone is empty', () => {
  expect(readEnvironment(new BoundedFiles(), '/nowhere', 1).attributes.size).toBe(0)
})

test('no bytes make the readers fail, and nothing grows beyond its bound', () => {
  const name = fc.constantFrom(
    'OTEL_',
    'OTEL_SERVICE_NAME=',
    'OTEL_RESOURCE_ATTRIBUTES=',
    '\0',
    'a=%',
  )
  const part = fc.oneof(
    name,
    fc.string(),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  )
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const environ = Buffer.concat(parts.map((one) => Buffer.from(one as string)))
      const { attributes } = parseEnvironment(findVariables(environ))
      expect(attributes.size).toBeLessThanOrEqual(129)
      for (const value of attributes.values()) expect(value.isWellFormed()).toBe(true)
    }),
  )
})
