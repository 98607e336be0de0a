import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readPartialSuccess, readStatusMessage } from '../../../src/exporter/wire/answer.ts'
import { encodeLogsResponse } from '../../support/otlp-logs.ts'
import { encodeResponse } from '../../support/otlp-points.ts'
import { retryInfo } from '../../support/otlp-server.ts'

const json = (value: unknown) => Buffer.from(JSON.stringify(value))

test.each([
  { partialSuccess: undefined, expected: { rejectedItems: 0, message: '' } },
  {
    partialSuccess: { rejectedDataPoints: 5, errorMessage: 'too old' },
    expected: { rejectedItems: 5, message: 'too old' },
  },
  {
    partialSuccess: { rejectedLogRecords: 5, errorMessage: 'too old' },
    expected: { rejectedItems: 5, message: 'too old' },
  },
  {
    partialSuccess: { rejectedDataPoints: 3_000_000_000, errorMessage: '☃' },
    expected: { rejectedItems: 3_000_000_000, message: '☃' },
  },
  {
    partialSuccess: { errorMessage: 'a hint' },
    expected: { rejectedItems: 0, message: 'a hint' },
  },
])('the answer $partialSuccess is read in both encodings', ({ partialSuccess, expected }) => {
  const isLogs = partialSuccess !== undefined && 'rejectedLogRecords' in partialSuccess
  const body = (isLogs ? encodeLogsResponse : encodeResponse)(partialSuccess)
  expect(readPartialSuccess(body, 'proto')).toEqual(expected)
  expect(readPartialSuccess(json({ partialSuccess }), 'json')).toEqual(expected)
})

test('a 64-bit integer of JSON is a string or a number', () => {
  const answer = json({ partialSuccess: { rejectedDataPoints: '5000000000' } })
  expect(readPartialSuccess(answer, 'json')).toEqual({ rejectedItems: 5e9, message: '' })
})

test.each(['proto', 'json'] as const)('an empty answer (%s) is a success', (encoding) => {
  expect(readPartialSuccess(new Uint8Array(), encoding)).toEqual({ rejectedItems: 0, message: '' })
})

test('an answer that is cut off or something else is an error', () => {
  const whole = encodeResponse({ rejectedDataPoints: 5, errorMessage: 'too old' })
  for (let length = 1; length < whole.length - 1; length += 1) {
    expect(() => readPartialSuccess(whole.subarray(0, length), 'proto')).toThrow()
  }
  expect(() => readPartialSuccess(Buffer.from('<html>'), 'json')).toThrow()
})

test.each([json(7), json(null), json([]), json({ partialSuccess: 'x' })])(
  'JSON of another form (%s) rejects nothing',
  (body) => {
    expect(readPartialSuccess(body, 'json')).toEqual({ rejectedItems: 0, message: '' })
  },
)

test('the message of a status is read, and no more of it than a log can bear', () => {
  expect(readStatusMessage(retryInfo(1), 'proto')).toBe('later')
  expect(readStatusMessage(json({ code: 8, message: 'later' }), 'json')).toBe('later')
  expect(readStatusMessage(json({ message: 'x'.repeat(5000) }), 'json')).toHaveLength(1000)
})

test('a body that is no status has no message', () => {
  expect(readStatusMessage(Buffer.from('<html>'), 'json')).toBe('')
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
      expect(typeof readStatusMessage(noise, 'proto')).toBe('string')
      expect(typeof readStatusMessage(noise, 'json')).toBe('string')
    }),
  )
})
