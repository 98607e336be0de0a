import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { errorCodes, messageOf, NettracerError } from '../../src/shared/errors.ts'

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
const rows = [...page.matchAll(/^\| `(NETTRACER_ERR_\w+)` \| \d \| (.+?) \|/gm)]

test('docs/errors.md has each code with its meaning, and no other', () => {
  expect(Object.fromEntries(rows.map(([, code, meaning]) => [code, meaning]))).toEqual(errorCodes)
})

test('an error has its code, its message and its cause', () => {
  const cause = new Error('below')
  const error = new NettracerError('NETTRACER_ERR_RING_READ', 'cannot read', { cause })

  expect(error).toMatchObject({ code: 'NETTRACER_ERR_RING_READ', message: 'cannot read', cause })
  expect(error.name).toBe('NettracerError')
})

test.each([
  { thrown: new Error('text'), message: 'text' },
  { thrown: 'plain', message: 'plain' },
  { thrown: undefined, message: 'undefined' },
])('whatever was thrown has a message: $message', ({ thrown, message }) => {
  expect(messageOf(thrown)).toBe(message)
})
