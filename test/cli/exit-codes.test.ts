import { expect, test } from 'vitest'
import { exitCodeOf } from '../../src/cli/exit-codes.ts'
import { type ErrorCode, NettracerError } from '../../src/shared/errors.ts'

const codes: [ErrorCode, number][] = [
  ['NETTRACER_ERR_CONFIG_INVALID', 1],
  ['NETTRACER_ERR_CONFIG_UNREADABLE', 1],
  ['NETTRACER_ERR_SOURCE_UNUSABLE', 2],
  ['NETTRACER_ERR_ADDON_MISSING', 2],
  ['NETTRACER_ERR_LAYOUT_MISMATCH', 2],
  ['NETTRACER_ERR_OBJECT_LOAD', 2],
  ['NETTRACER_ERR_OBJECT_OPEN', 2],
  ['NETTRACER_ERR_LISTEN_FAILED', 3],
]

test.each(codes)('%s ends the program with %d', (code, exitCode) => {
  expect(exitCodeOf(new NettracerError(code, 'm'))).toBe(exitCode)
  expect(exitCodeOf(Object.assign(new Error('m'), { code }))).toBe(exitCode)
})

test.each([new Error('m'), 'text', undefined, Object.assign(new Error('m'), { code: 5 })])(
  'any other error ends it with 3: %s',
  (error) => {
    expect(exitCodeOf(error)).toBe(3)
  },
)
