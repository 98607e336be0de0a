import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ListReader, maxObjectBytes } from '../../../src/identity/kubernetes/list-reader.ts'

/** @returns the items, and the list without them */
function read(text: string, cuts: readonly number[] = []) {
  const items: unknown[] = []
  const reader = new ListReader((item) => items.push(item))
  const bytes = Buffer.from(text)
  let start = 0
  for (const end of [
    ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b),
    bytes.length,
  ]) {
    // A buffer of its own: the reader must not rely on what it was given before.
    reader.push(Buffer.from(bytes.subarray(start, end)))
    start = end
  }
  return { items, list: reader.end() }
}

const tricky = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('"items":[', '}', '{', ']', '\\', '"', '\\"', '"items" : [{', ''),
)
/** V8 takes the key `"\\""` for `"\\\\"` if it has seen that before, so keys are plain. */
const key = fc.stringMatching(/^[^"\\]*$/)
const objects = fc.array(
  fc.dictionary(key, fc.oneof(tricky, fc.integer(), fc.array(tricky), fc.dictionary(key, tricky))),
)

test('a list is read alike however it is cut, and whatever its objects hold', () => {
  const spaces = fc.constantFrom(undefined, 1)
  fc.assert(
    fc.property(
      objects,
      tricky,
      fc.array(fc.nat(), { maxLength: 20 }),
      spaces,
      (items, text, cuts, space) => {
        const metadata = { resourceVersion: '7', continue: text, inner: { items: [1] } }
        const list = { kind: 'List', items, metadata }
        expect(read(JSON.stringify(list, null, space), cuts)).toEqual({
          items,
          list: { ...list, items: [] },
        })
      },
    ),
  )
})

test.each([
  ['no items', '{"metadata":{}}', []],
  ['items that are null', '{"items":null,"metadata":{}}', []],
  ['an empty list', '{"items":[]}', []],
  ['items that are no objects', '{"items":[1,"a",[2],{"b":3}]}', [[2], { b: 3 }]],
])('%s', (_, text, items) => {
  expect(read(text).items).toEqual(items)
})

test.each(['', '{', '{"items":[{"a":1}', '{"items":[{"a":1}]', '<html>', '{"items":[{a}]}', ']}'])(
  'what is not a whole list is an error: %j',
  (text) => {
    expect(() => read(text)).toThrow(SyntaxError)
  },
)

test('an object that has no end is an error before it fills the memory', () => {
  const reader = new ListReader(() => {})
  reader.push(Buffer.from('{"items":[{"a":"'))
  const part = Buffer.alloc(1 << 20, 'x')
  expect(() => {
    for (let bytes = 0; bytes <= maxObjectBytes; bytes += part.length) reader.push(part)
  }).toThrow(RangeError)
})

test('a list of something else is an error before it fills the memory', () => {
  const reader = new ListReader(() => {})
  const part = Buffer.from(`{"a":"${'x'.repeat(100_000)}"}`)
  expect(() => {
    for (let count = 0; count < 10; count += 1) reader.push(part)
  }).toThrow(RangeError)
})

const left = new Set(['left', 'a'])
const isLeft = (bytes: Buffer, start: number, end: number) =>
  left.has(bytes.toString('utf8', start, end))

/** As {@link isLeft} wants it, all of it. */
function without(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(without)
  if (typeof value !== 'object' || value === null) return value
  const pairs = Object.entries(value).map(([name, inner]) => {
    const isNothing = left.has(name) && typeof inner === 'object'
    return [name, isNothing ? null : without(inner)]
  })
  return Object.fromEntries(pairs)
}

test('objects and lists under names that are not read are left out, and nothing else', () => {
  const name = fc.constantFrom('left', 'a', 'b', 'items')
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(tricky, fc.integer(), fc.constant(null)),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(name, tie('value'), { maxKeys: 3 }),
    ),
  }))
  const lists = fc.array(fc.dictionary(name, value, { maxKeys: 3 }), { maxLength: 4 })
  fc.assert(
    fc.property(lists, (items) => {
      const found: unknown[] = []
      const reader = new ListReader((item) => found.push(item), isLeft)
      reader.push(Buffer.from(JSON.stringify({ items, left: [1] })))
      expect(reader.end()).toEqual({ items: [], left: [1] })
      expect(found).toEqual(items.map(without))
    }),
  )
})

test('however it is cut, what is read is whole', () => {
  const item = { b: [1, { c: '}"' }], left: { b: ['x'.repeat(1000)] }, d: { a: 'text', left: [] } }
  const bytes = Buffer.from(JSON.stringify({ items: [item, item] }))
  for (let cut = 1; cut < bytes.length; cut += 1) {
    const found: unknown[] = []
    const reader = new ListReader((one) => found.push(one), isLeft)
    reader.push(Buffer.from(bytes.subarray(0, cut)))
    reader.push(Buffer.from(bytes.subarray(cut)))
    reader.end()
    // A name that was cut is read.
    expect(found.map(without)).toEqual([without(item), without(item)])
  }
})

test('what is left out may be longer than an object may', () => {
  const found: unknown[] = []
  const reader = new ListReader((one) => found.push(one), isLeft)
  reader.push(Buffer.from('{"items":[{"left":["'))
  const part = Buffer.alloc(1 << 20, 'x')
  for (let bytes = 0; bytes <= maxObjectBytes; bytes += part.length) reader.push(part)
  reader.push(Buffer.from('"],"b":1}]}'))
  expect(found).toEqual([{ left: null, b: 1 }])
})
