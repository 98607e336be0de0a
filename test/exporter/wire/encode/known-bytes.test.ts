import { expect, test } from 'vitest'
import { KnownBytes, RecentBytes } from '../../../../src/exporter/wire/encode/known-bytes.ts'

interface Source {
  readonly text: string
}

function counting() {
  const written: string[] = []
  const write = (to: { text(text: string): void }, { text }: Source) => {
    written.push(text)
    to.text(text)
  }
  return { written, write }
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

test('an object is encoded once', () => {
  const { written, write } = counting()
  const known = new KnownBytes<Source>(write)
  const one = { text: 'one' }
  expect([known.of(one), known.of(one), known.of({ text: 'one' })].map(textOf)).toEqual([
    'one',
    'one',
    'one',
  ])
  expect(written).toEqual(['one', 'one'])
})

test('objects that no longer fit are encoded again, and their bytes are right', () => {
  const { written, write } = counting()
  const recent = new RecentBytes<Source>(write, 100)
  const all = Array.from({ length: 40 }, (_, at) => ({ text: `source ${at}` }))
  for (let round = 0; round < 2; round += 1) {
    for (const one of all) {
      expect(textOf(recent.of(one))).toBe(one.text)
      expect(textOf(recent.of(one))).toBe(one.text)
    }
  }
  expect(written).toHaveLength(80)
})

test('objects that fit are encoded once, however often they come', () => {
  const { written, write } = counting()
  const recent = new RecentBytes<Source>(write, 1000)
  const all = Array.from({ length: 40 }, (_, at) => ({ text: `source ${at}` }))
  for (let round = 0; round < 3; round += 1) for (const one of all) recent.of(one)
  expect(written).toHaveLength(40)
})

test('an object larger than the room is encoded and not kept', () => {
  const { write } = counting()
  const recent = new RecentBytes<Source>(write, 100)
  const large = { text: 'x'.repeat(1000) }
  const small = { text: 'small' }
  expect(textOf(recent.of(small))).toBe('small')
  expect(textOf(recent.of(large))).toBe(large.text)
  expect(textOf(recent.of(small))).toBe('small')
})
