import type { Attributes } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import { Actions } from '../../../src/processor/shared/actions.ts'
import { actionList } from '../../../src/processor/shared/actions-config.ts'

const given: Attributes = { a: '1', b: 2, c: 'x=7 y=8', d: true }

function changed(...actions: object[]): Attributes {
  return new Actions(actionList.parse(actions)).apply(given)
}

// As the Collector's README of the attributes processor has it; digests of sha256sum.
test.each([
  {
    does: 'insert what is not there',
    actions: [{ action: 'insert', key: 'n', value: 5 }],
    is: { ...given, n: 5 },
  },
  {
    does: 'not insert over what is there',
    actions: [{ action: 'insert', key: 'a', value: 5 }],
    is: given,
  },
  {
    does: 'update what is there',
    actions: [{ action: 'update', key: 'a', value: 'z' }],
    is: { ...given, a: 'z' },
  },
  {
    does: 'not update what is not there',
    actions: [{ action: 'update', key: 'n', value: 'z' }],
    is: given,
  },
  {
    does: 'upsert both',
    actions: [
      { action: 'upsert', key: 'n', value: 1 },
      { action: 'upsert', key: 'a', value: 1 },
    ],
    is: { ...given, n: 1, a: 1 },
  },
  {
    does: 'take a value from another',
    actions: [{ action: 'insert', key: 'n', from_attribute: 'b' }],
    is: { ...given, n: 2 },
  },
  {
    does: 'nothing if that is not there',
    actions: [{ action: 'upsert', key: 'a', from_attribute: 'no' }],
    is: given,
  },
  {
    does: 'delete by name',
    actions: [{ action: 'delete', key: 'a' }],
    is: { b: 2, c: given['c'], d: true },
  },
  {
    does: 'delete by pattern',
    actions: [{ action: 'delete', pattern: '^[a-c]$' }],
    is: { d: true },
  },
  {
    does: 'delete by both',
    actions: [{ action: 'delete', key: 'd', pattern: '^[ab]$' }],
    is: { c: given['c'] },
  },
  {
    does: 'hash text',
    actions: [{ action: 'hash', key: 'a' }],
    is: { ...given, a: '6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b' },
  },
  {
    does: 'hash a number as 8 bytes',
    actions: [{ action: 'hash', key: 'b' }],
    is: { ...given, b: 'd86e8112f3c4c4442126f8e9f44f16867da487f29052bf91b810457db34209a4' },
  },
  {
    does: 'extract groups, over what is there',
    actions: [{ action: 'extract', key: 'c', pattern: '^x=(?P<x>\\d+) y=(?P<a>\\d+)$' }],
    is: { ...given, x: '7', a: '8' },
  },
  {
    does: 'extract nothing from a number',
    actions: [{ action: 'extract', key: 'b', pattern: '(?P<x>.)' }],
    is: given,
  },
  {
    does: 'convert to int',
    actions: [{ action: 'convert', key: 'a', converted_type: 'int' }],
    is: { ...given, a: 1 },
  },
  {
    does: 'convert to string',
    actions: [{ action: 'convert', key: 'b', converted_type: 'string' }],
    is: { ...given, b: '2' },
  },
  {
    does: 'leave what cannot be converted',
    actions: [{ action: 'convert', key: 'c', converted_type: 'double' }],
    is: given,
  },
  {
    does: 'rename, one after the other',
    actions: [
      { action: 'upsert', key: 'n', from_attribute: 'a' },
      { action: 'delete', key: 'a' },
    ],
    is: { n: '1', b: 2, c: given['c'], d: true },
  },
])('actions $does', ({ actions, is }) => {
  expect(changed(...actions)).toEqual(is)
})

test('the same attributes give the same object, and their own where nothing changes', () => {
  const actions = new Actions(actionList.parse([{ action: 'insert', key: 'n', value: 5 }]))
  const other = { n: 1 }
  expect(actions.apply(given)).toBe(actions.apply(given))
  expect(actions.apply(other)).toBe(other)
})

test.each([
  { fault: 'no value', action: { action: 'insert', key: 'a' } },
  { fault: 'two values', action: { action: 'insert', key: 'a', value: 1, from_attribute: 'b' } },
  { fault: 'a value to delete', action: { action: 'delete', key: 'a', value: 1 } },
  { fault: 'no key', action: { action: 'upsert', value: 1 } },
  { fault: 'a pattern without groups', action: { action: 'extract', key: 'a', pattern: 'x' } },
  { fault: 'a pattern that is none', action: { action: 'delete', pattern: '(' } },
  { fault: 'a pattern to insert', action: { action: 'insert', key: 'a', value: 1, pattern: 'x' } },
  { fault: 'no type to convert to', action: { action: 'convert', key: 'a' } },
  { fault: 'an unknown action', action: { action: 'rename', key: 'a' } },
  {
    fault: 'a key of the Collector that is not done',
    action: { action: 'insert', key: 'a', from_context: 'x' },
  },
])('$fault is an error', ({ action }) => {
  expect(actionList.safeParse([action]).success).toBe(false)
})
