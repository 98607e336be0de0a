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
