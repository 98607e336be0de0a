import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Whoever runs the agent that is not root: nobody. */
export const unprivilegedId = 65_534

/** Runs what follows as a user that is not root, with these capabilities and none else, for good. */
export function withCapabilities(names: readonly string[]): string[] {
  const granted = ['-all', ...names.map((name) => `+${name.replace('CAP_', '').toLowerCase()}`)]
  const list = granted.join(',')
  return [
    'setpriv',
    `--reuid=${unprivilegedId}`,
    `--regid=${unprivilegedId}`,
    '--clear-groups',
    `--bounding-set=${list}`,
    `--inh-caps=${list}`,
    `--ambient-caps=${list}`,
    '--no-new-privs',
  ]
}

/** A folder that everyone may write to. Goes with the test. */
export function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nettracer-open-'))
  chmodSync(folder, 0o777)
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Whether any user may read a file, as the kernel says. */
export function isReadableByAll(path: string): boolean {
  try {
    execFileSync('setpriv', [...withCapabilities([]).slice(1), 'test', '-r', path])
    return true
  } catch {
    return false
  }
}
