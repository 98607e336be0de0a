import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeProcessContext } from '../../src/identity/protobuf.ts'
import { type Any, field, keyValue, processContext, varint } from './support/protobuf.ts'

function decode(bytes: Buffer) {
  const decoded = decodeProcessContext(bytes)
  return decoded && { ...decoded, attributes: Object.fromEntries(decoded.attributes) }
}

test.each<{ name: string; value: Any; expected: unknown }>([
  { name: 'text', value: { string: 'é"\n' }, expected: 'é"\n' },
  { name: 'empty text', value: { string: '' }, expected: '' },
  { name: 'true', value: { bool: true }, expected: true },
  { name: 'false', value: { bool: false }, expected: false },
  { name: 'zero', value: { int: 0n }, expected: 0 },
  { name: 'a negative integer', value: { int: -42n }, expected: -42 },
  { name: 'the largest safe integer', value: { int: 2n ** 53n - 1n }, expected: 2 ** 53 - 1 },
  { name: 'a double', value: { double: -0.125 }, expected: -0.125 },
  {
    name: 'a list of text',
    value: { list: [{ string: 'a' }, { string: 'b' }] },
    expected: ['a', 'b'],
  },
  {
    name: 'a list of numbers',
    value: { list: [{ int: 1n }, { double: 0.5 }] },
    expected: [1, 0.5],
  },
  { name: 'a list of booleans', value: { list: [{ bool: true }] }, expected: [true] },
  { name: 'an empty list', value: { list: [] }, expected: [] },
])('$name is carried as it is', ({ value, expected }) => {
  expect(decode(processContext([['key', value]]))).toEqual({
    attributes: { key: expected },
    isComplete: true,
  })
})

test.each<{ name: string; value: Any }>([
  { name: 'bytes', value: { bytes: Buffer.from([1]) } },
  { name: 'a map', value: { map: { a: { int: 1n } } } },
  { name: 'a mixed list', value: { list: [{ int: 1n }, { string: 'a' }] } },
  { name: 'a list of lists', value: { list: [{ list: [] }] } },
  { name: 'an integer beyond 2^53', value: { int: 2n ** 53n } },
  { name: 'nothing', value: {} },
])('$name is left out, and that is told', ({ value }) => {
  const bytes = processContext([
    ['service.name', { string: 'shop' }],
    ['key', value],
  ])
  expect(decode(bytes)).toEqual({ attributes: { 'service.name': 'shop' }, isComplete: false })
})

test.each<{ name: string; pairs: [string, Any][] }>([
  { name: 'an empty key', pairs: [['', { string: 'a' }]] },
  { name: 'a key that would change an object', pairs: [['__proto__', { string: 'a' }]] },
  { name: 'too many', pairs: Array.from({ length: 513 }, (_, at) => [`k${at}`, { bool: true }]) },
])('attributes with $name are not complete', ({ pairs }) => {
  expect(decode(processContext(pairs))?.isComplete).toBe(false)
})

test('of a key that comes twice the first value counts', () => {
  const bytes = processContext([
    ['a', { int: 1n }],
    ['a', { int: 2n }],
  ])
  expect(decode(bytes)).toEqual({ attributes: { a: 1 }, isComplete: false })
})

test('text that is not UTF-8 is made so, and that is told', () => {
  const bytes = processContext([['a', { string: Buffer.from([0x61, 0xff]) }]])
  expect(decode(bytes)).toEqual({ attributes: { a: 'a\ufffd' }, isComplete: false })
})

test('fields that are unknown are skipped', () => {
  const unknown = Buffer.concat([
    field(2, keyValue('threadlocal.schema_version', { string: 'x' })),
    Buffer.from([0x78, 0x05]),
    Buffer.concat([Buffer.from([0x7d]), Buffer.alloc(4)]),
    Buffer.concat([Buffer.from([0x79]), Buffer.alloc(8)]),
  ])
  const known = processContext([['a', { int: 1n }]])
  expect(decode(Buffer.concat([unknown, known]))).toEqual({
    attributes: { a: 1 },
    isComplete: true,
  })
  expect(decode(Buffer.alloc(0))).toEqual({ attributes: {}, isComplete: true })
})

test.each([
  { name: 'a length beyond the end', bytes: Buffer.from([0x0a, 0x05, 0x01]) },
  { name: 'a varint without end', bytes: Buffer.alloc(12, 0xff) },
  { name: 'a group', bytes: Buffer.from([0x0b]) },
  { name: 'field number 0', bytes: Buffer.from([0x02, 0x00]) },
  { name: 'a resource that is a number', bytes: Buffer.from([0x08, 0x01]) },
  { name: 'a huge length', bytes: Buffer.concat([Buffer.from([0x0a]), varint(2n ** 63n)]) },
])('$name is no process context', ({ bytes }) => {
  expect(decodeProcessContext(bytes)).toBeUndefined()
})

test('what the OpenTelemetry serializer writes is read back', () => {
  const attributes = {
    'service.name': 'shop',
    'process.pid': 42,
    ratio: 0.5,
    on: true,
    tags: ['a', 'b'],
    'big.negative': -(2 ** 40),
  }
  const resource = resourceFromAttributes(attributes)
  const request = ProtobufMetricsSerializer.serializeRequest({ resource, scopeMetrics: [] })
  // The request's one ResourceMetrics holds the resource in field 1, as a process context does.
  const bytes = Buffer.from(request ?? [])
  const lengthBytes = (bytes[1] ?? 0) < 0x80 ? 1 : 2
  expect(decode(bytes.subarray(1 + lengthBytes))).toEqual({ attributes, isComplete: true })
})

test('no bytes make the decoder fail', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const decoded = decodeProcessContext(Buffer.from(bytes))
      expect(decoded === undefined || decoded.attributes.size <= 512).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test('no flipped bit makes the decoder fail', () => {
  const bytes = processContext([
    ['service.name', { string: 'shop' }],
    ['list', { list: [{ int: 1n }, { double: 2 }] }],
    ['map', { map: { a: { bytes: Buffer.from([1, 2]) } } }],
  ])
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const damaged = Buffer.from(bytes)
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    const decoded = decodeProcessContext(damaged)
    expect(decoded === undefined || decoded.attributes instanceof Map).toBe(true)
  }
})
