import { expect, test } from 'vitest'
import { readRetryAfter } from '../../src/shared/retry-after.ts'

const now = Date.UTC(2026, 10, 21, 10, 0, 0)

test.each([
  { header: undefined, ms: 0 },
  { header: '', ms: 0 },
  { header: '0', ms: 0 },
  { header: ' 7 ', ms: 7000 },
  { header: '9999999999', ms: 9_999_999_999_000 },
  { header: '99999999999999999999', ms: 0 },
  { header: '-5', ms: 0 },
  { header: '1.5', ms: 0 },
  { header: 'soon', ms: 0 },
  { header: 'Sat, 21 Nov 2026 10:00:30 GMT', ms: 30_000 },
  { header: 'Sat, 21 Nov 2026 09:00:30 GMT', ms: 0 },
  { header: 'Sat, 99 Nov 2026 10:00:30 GMT', ms: 0 },
  { header: '2026-11-21T10:00:30Z', ms: 0 },
])('Retry-After: $header is $ms ms', ({ header, ms }) => {
  expect(readRetryAfter(header, now)).toBe(ms)
})
