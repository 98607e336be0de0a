import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { NameAnswer } from '../../src/connection/name-answer.ts'
import { AnswerRecord, recordKind } from '../../src/generated/records.ts'
import { Answers } from '../../src/source/answers.ts'

const headBytes = 32

interface Written {
  readonly message: Uint8Array
  readonly kind?: number
  readonly size?: number
  readonly length?: number
  readonly isCut?: boolean
}

/** As the program writes it. */
function record({
  message,
  kind = recordKind.RECORD_ANSWER,
  size,
  length,
  isCut,
}: Written): Buffer {
  const padded = Math.ceil(message.length / 8) * 8
  const bytes = Buffer.alloc(headBytes + padded)
  bytes.writeUInt32LE(kind, 0)
  bytes.writeUInt32LE(size ?? bytes.length, 4)
  bytes.writeBigUInt64LE(123_456_789_012n, 8)
  bytes.writeUInt32LE(42, 16)
  bytes.writeUInt32LE(4026531840, 20)
  bytes.writeUInt32LE(length ?? message.length, 24)
  bytes.writeUInt32LE(isCut ? 1 : 0, 28)
  bytes.set(message, headBytes)
  return bytes
}

/** What is told of the contents of the ring, handed out in as many parts. */
function told(...parts: readonly Buffer[]) {
  const answers = new Answers()
  const got: NameAnswer[] = []
  const waiting = [...parts]
  const tracer = {
    drainAnswers: (into: Uint8Array) => {
      const next = waiting.shift() ?? Buffer.alloc(0)
      into.set(next)
      return next.length
    },
  }
  const ignore = () => {}
  const sink = { process: ignore, connection: ignore, listener: ignore, rejection: ignore }
  answers.drain(tracer, {
    ...sink,
    answer: (answer) => got.push({ ...answer, message: Uint8Array.from(answer.message) }),
  })
  return { got, read: answers.read, unknown: answers.unknown, left: waiting.length }
}

const text = (value: string) => Uint8Array.from(Buffer.from(value))

test('each message is told with its process, without what fills it up', () => {
  const { got, read } = told(
    Buffer.concat([
      record({ message: text('hello') }),
      record({ message: text('12345678'), isCut: true }),
    ]),
  )
  const whose = { pid: 42, netns: 4026531840, startTime: 123_456_789_012n }
  expect(got).toEqual([
    { ...whose, message: text('hello'), isCut: false },
    { ...whose, message: text('12345678'), isCut: true },
  ])
  expect(read).toBe(2)
})

test('a full buffer is followed by the next', () => {
  const largest = record({ message: new Uint8Array(AnswerRecord.size - headBytes) })
  const full = Buffer.concat(Array.from({ length: 41 }, () => largest))
  expect(told(full, record({ message: text('last') }))).toMatchObject({ read: 42, left: 0 })
})

test.each<{ fault: string; written: Written }>([
  { fault: 'another kind', written: { message: text('a'), kind: 1 } },
  { fault: 'a size of nothing', written: { message: text('a'), size: 0 } },
  { fault: 'a size that is no multiple of 8', written: { message: text('a'), size: 35 } },
  { fault: 'a size beyond the largest', written: { message: text('a'), size: 1576 } },
  { fault: 'a size beyond the buffer', written: { message: text('a'), size: 48 } },
  { fault: 'a message longer than the record', written: { message: text('a'), length: 9 } },
])('a record with $fault is counted as unknown', ({ written }) => {
  expect(told(record(written))).toMatchObject({ got: [], read: 0, unknown: 1 })
})

test('whatever the buffer holds, what is told lies within it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, isKind) => {
      const buffer = Buffer.from(bytes)
      if (isKind && buffer.length >= 4) buffer.writeUInt32LE(recordKind.RECORD_ANSWER, 0)
      const { got } = told(buffer)
      const sum = got.reduce((all, { message }) => all + headBytes + message.length, 0)
      expect(sum).toBeLessThanOrEqual(buffer.length)
    }),
  )
})
