/** Whether something failed with one of these codes of the system. */
export function isSystemError(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

/** That a path is wrong, which time does not heal; all else (full, read-only, failing) may pass. */
export function isMistake(error: unknown): boolean {
  return isSystemError(error, 'ENOENT', 'ENOTDIR', 'EEXIST', 'EACCES', 'EPERM', 'ENAMETOOLONG')
}
