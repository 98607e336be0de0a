import { expect, test } from 'vitest'
import { maskUrls } from '../../src/shared/redact.ts'

test.each([
  { text: 'https://a/b', masked: 'https://a/b' },
  { text: 'https://u:p@a/b', masked: 'https://[REDACTED]@a/b' },
  { text: 'https://u:p@a/b?token=x#y', masked: 'https://[REDACTED]@a/b?[REDACTED]#y' },
  { text: 'https://a?', masked: 'https://a?' },
  { text: 'not "http://a?b=c", and d?', masked: 'not "http://a?[REDACTED]", and d?' },
  { text: 'what? never', masked: 'what? never' },
])('of $text stays $masked', ({ text, masked }) => {
  expect(maskUrls(text)).toBe(masked)
})
