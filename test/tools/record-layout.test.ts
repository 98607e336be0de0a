import { expect, test } from 'vitest'
import { type BtfType, flatten, layoutText } from '../../tools/record-layout.ts'

/** `struct inner { u16 port; u8 address[4]; }; struct outer { u64 time; struct inner from; s32 change; };` */
const types: readonly BtfType[] = [
  { id: 1, kind: 'INT', name: 'unsigned long long', size: 8, encoding: '(none)' },
  { id: 2, kind: 'INT', name: 'int', size: 4, encoding: 'SIGNED' },
  { id: 3, kind: 'INT', name: 'unsigned short', size: 2, encoding: '(none)' },
  { id: 4, kind: 'INT', name: 'unsigned char', size: 1, encoding: '(none)' },
  { id: 5, kind: 'TYPEDEF', name: '__u64', type_id: 1 },
  { id: 6, kind: 'ARRAY', type_id: 4, nr_elems: 4 },
  {
    ...{ id: 7, kind: 'STRUCT', name: 'inner', size: 6 },
    members: [
      { name: 'port', type_id: 3, bits_offset: 0 },
      { name: 'address', type_id: 6, bits_offset: 16 },
    ],
  },
  {
    ...{ id: 8, kind: 'STRUCT', name: 'outer', size: 20 },
    members: [
      { name: 'time', type_id: 5, bits_offset: 0 },
      { name: 'from', type_id: 7, bits_offset: 64 },
      { name: 'change', type_id: 2, bits_offset: 128 },
    ],
  },
  { id: 9, kind: 'DECL_TAG', name: 'from:there', type_id: 8, component_idx: 0 },
  { id: 10, kind: 'DECL_TAG', name: 'unit:ns', type_id: 8, component_idx: 0 },
]

test('nested fields stand in their place, with offset, size, sign, elements and tags', () => {
  expect(flatten(types, 'outer')).toEqual({
    ...{ name: 'outer', size: 20 },
    fields: [
      {
        ...{ path: 'time', name: 'time', offset: 0, size: 8, isSigned: false },
        tags: ['unit:ns', 'from:there'],
      },
      { path: 'from.port', name: 'port', offset: 8, size: 2, isSigned: false, tags: [] },
      {
        ...{ path: 'from.address', name: 'address', offset: 10, size: 4, isSigned: false },
        ...{ elements: 4, tags: [] },
      },
      { path: 'change', name: 'change', offset: 16, size: 4, isSigned: true, tags: [] },
    ],
  })
})

test('the text has a line for the struct and one for each field', () => {
  const text = 'struct outer 20\ntime 0 8\nfrom.port 8 2\nfrom.address 10 4\nchange 16 4\n'
  expect(layoutText(flatten(types, 'outer'))).toBe(text)
})

test('a struct or a type that is not there is an error', () => {
  expect(() => flatten(types, 'other')).toThrow('struct other is not in')
  expect(() => flatten(types.slice(1), 'outer')).toThrow('has no type 1')
})
