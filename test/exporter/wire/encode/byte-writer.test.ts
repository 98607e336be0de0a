import type { HrTime } from '@opentelemetry/api'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteWriter } from '../../../../src/exporter/wire/encode/byte-writer.ts'

function written(write: (to: ByteWriter) => void): Buffer {
  const writer = new ByteWriter(16)
  write(writer)
  return Buffer.from(writer.take())
}

/** The definition of the protobuf encoding, with big integers. */
function varint(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, value)
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return Buffer.from([...bytes, Number(rest)])
}

function fixed64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value))
  return bytes
}

const edges = [0, 1, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]
const wholeNumbers = fc.oneof(fc.constantFrom(...edges), fc.maxSafeNat())
const anyWhole = fc.oneof(
  fc.constantFrom(...edges.flatMap((one) => [one, -one]), 2 ** 62, -(2 ** 62), -(2 ** 63)),
  fc.maxSafeInteger(),
)

describe('numbers are as the protobuf encoding defines them', () => {
  test('varint', () => {
    fc.assert(
      fc.property(wholeNumbers, (value) => {
        expect(written((to) => to.varint(value))).toEqual(varint(BigInt(value)))
      }),
    )
  })

  test('int64', () => {
    fc.assert(
      fc.property(anyWhole, (value) => {
        expect(written((to) => to.int64(value))).toEqual(varint(BigInt(value)))
      }),
    )
  })

  test('sint32', () => {
    fc.assert(
      fc.property(fc.integer(), (value) => {
        const zigzag = value >= 0 ? 2n * BigInt(value) : -2n * BigInt(value) - 1n
        expect(written((to) => to.sint32(value))).toEqual(varint(zigzag))
      }),
    )
  })

  test('fixed64 and sfixed64', () => {
    fc.assert(
      fc.property(anyWhole, (value) => {
        expect(written((to) => to.fixed64(value))).toEqual(fixed64(BigInt(value)))
      }),
    )
  })

  test.each([
    [Number.NaN, 0n],
    [1.9, 1n],
    [-1.9, -1n],
    [2 ** 63, 2n ** 63n - 1n],
    [Number.POSITIVE_INFINITY, 0n],
    [1e30, 2n ** 63n - 1n],
    [-1e30, -(2n ** 63n)],
  ])('fixed64 of %d, which is no such integer, is %d', (value, expected) => {
    expect(written((to) => to.fixed64(value))).toEqual(fixed64(expected))
  })

  test('a time is its nanoseconds, exactly', () => {
    const anyTime: fc.Arbitrary<HrTime> = fc.tuple(
      fc.integer({ min: 0, max: 2 ** 34 - 1 }),
      fc.nat(999_999_999),
    )
    fc.assert(
      fc.property(anyTime, (time) => {
        const nanoseconds = BigInt(time[0]) * 1_000_000_000n + BigInt(time[1])
        expect(written((to) => to.time(time))).toEqual(fixed64(nanoseconds))
      }),
    )
  })
})

test('text is UTF-8, and what is no character is replaced', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      expect(written((to) => to.text(text))).toEqual(Buffer.from(text))
    }),
  )
  expect(written((to) => to.text('a\ud800b'))).toEqual(Buffer.from('a\ufffdb'))
})

test('what is written last stands first, however often the buffer had to grow', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 100 })), (parts) => {
      const all = written((to) => {
        for (const part of parts) to.bytes(part)
      })
      expect(all).toEqual(Buffer.concat(parts.toReversed()))
    }),
  )
})

test('a message has its length before it', () => {
  const content = Buffer.alloc(300, 7)
  const bytes = written((to) => {
    to.text('after')
    const before = to.length
    to.bytes(content)
    to.close(0x0a, before)
  })
  const head = Buffer.from([0x0a, ...varint(300n)])
  expect(bytes).toEqual(Buffer.concat([head, content, Buffer.from('after')]))
})

test('what was taken stays, and what comes then begins anew', () => {
  const writer = new ByteWriter(16)
  writer.text('first')
  const first = writer.take()
  writer.text('second, which is longer')
  expect(Buffer.from(first).toString()).toBe('first')
  expect(Buffer.from(writer.take()).toString()).toBe('second, which is longer')
})
