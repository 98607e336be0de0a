import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readRetryDelay } from '../../../src/exporter/otlp/retry-info.ts'
import { retryInfo } from '../../support/otlp-server.ts'

test.each([
  { seconds: 3, nanos: 0, ms: 3000 },
  { seconds: 0, nanos: 250_000_000, ms: 250 },
  { seconds: 90_000, nanos: 1_000_000, ms: 90_000_001 },
  { seconds: 0, nanos: 0, ms: 0 },
])('a delay of $seconds s and $nanos ns is $ms ms', ({ seconds, nanos, ms }) => {
  expect(readRetryDelay(retryInfo(seconds, nanos))).toBe(ms)
})

test('a negative delay is none', () => {
  const minusOne = [0x08, ...Array<number>(9).fill(0xff), 0x01]
  const typeUrl = Buffer.from('type.googleapis.com/google.rpc.RetryInfo')
  const any = [0x0a, typeUrl.length, ...typeUrl, 0x12, 13, 0x0a, 11, ...minusOne]
  expect(readRetryDelay(Uint8Array.from([0x1a, any.length, ...any]))).toBe(0)
})

test('details of another type ask for nothing', () => {
  const other = Buffer.from(retryInfo(5)).toString('latin1').replace('RetryInfo', 'DebugInfo')
  expect(readRetryDelay(Buffer.from(other, 'latin1'))).toBeUndefined()
})

test('bytes that are cut off anywhere do no harm', () => {
  const whole = retryInfo(300, 5)
  for (let length = 0; length < whole.length - 1; length += 1) {
    expect(() => readRetryDelay(whole.subarray(0, length))).not.toThrow()
  }
})

test('any bytes do no harm', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
      expect(readRetryDelay(noise) ?? 0).toBeGreaterThanOrEqual(0)
    }),
  )
})
