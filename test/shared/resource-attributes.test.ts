import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseResourceAttributes } from '../../src/shared/resource-attributes.ts'

test.each([
  { name: 'nothing', text: '', attributes: {} },
  { name: 'two', text: 'a=1,b=2', attributes: { a: '1', b: '2' } },
  { name: 'spaces around', text: ' a = 1 , b=2 ', attributes: { a: '1', b: '2' } },
  { name: 'a comma at the end', text: 'a=1,', attributes: { a: '1' } },
  { name: 'an empty value', text: 'a=', attributes: { a: '' } },
  { name: 'encoded signs', text: 'a%2Cb=c%3Dd%20e%2C', attributes: { 'a,b': 'c=d e,' } },
  { name: 'encoded UTF-8', text: 'team=%C3%A9quipe', attributes: { team: 'équipe' } },
  { name: 'a key twice', text: 'a=1,a=2', attributes: { a: '2' } },
])('resource attributes with $name are read', ({ text, attributes }) => {
  expect(Object.fromEntries(parseResourceAttributes(text) ?? [])).toEqual(attributes)
})

test.each([
  { name: 'no sign', text: 'a=1,b' },
  { name: 'a second sign', text: 'a=1,b=c=d' },
  { name: 'no key', text: 'a=1,=2' },
  { name: 'a broken code', text: 'a=1,b=%zz' },
  { name: 'a code that is not UTF-8', text: 'a=1,b=%ff' },
  { name: 'too many', text: Array.from({ length: 129 }, (_, at) => `k${at}=v`).join() },
])('an error ($name) discards the whole variable', ({ text }) => {
  expect(parseResourceAttributes(text)).toBeUndefined()
})

test('what is encoded is read back', () => {
  const text = fc.string({ unit: 'grapheme' })
  fc.assert(
    fc.property(
      fc.dictionary(
        text.filter((key) => key !== ''),
        text,
        { maxKeys: 20 },
      ),
      (pairs) => {
        const written = Object.entries(pairs)
          .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
          .join()
        expect(Object.fromEntries(parseResourceAttributes(written) ?? [])).toEqual({ ...pairs })
      },
    ),
  )
})
