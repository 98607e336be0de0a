import type { ErrorCode } from '../shared/errors.ts'

export const exitCodes = {
  fine: 0,
  badConfiguration: 1,
  noSource: 2,
  failed: 3,
} as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

const codesOf: ReadonlyMap<string, ExitCode> = new Map<ErrorCode, ExitCode>([
  ['NETTRACER_ERR_CONFIG_INVALID', exitCodes.badConfiguration],
  ['NETTRACER_ERR_CONFIG_UNREADABLE', exitCodes.badConfiguration],
  ['NETTRACER_ERR_SOURCE_UNUSABLE', exitCodes.noSource],
  ['NETTRACER_ERR_ADDON_MISSING', exitCodes.noSource],
  ['NETTRACER_ERR_LAYOUT_MISMATCH', exitCodes.noSource],
  ['NETTRACER_ERR_OBJECT_LOAD', exitCodes.noSource],
  ['NETTRACER_ERR_OBJECT_OPEN', exitCodes.noSource],
])

/** The exit code that tells of an error; the addon's own errors have their code as a property only. */
export function exitCodeOf(error: unknown): ExitCode {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return codesOf.get(code) ?? exitCodes.failed
}
