import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

export const repository: string = join(import.meta.dirname, '../../..')

const copied = [
  '.clang-format',
  '.dependency-cruiser.cjs',
  '.oxlintrc.json',
  'biome.json',
  'knip.json',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
]

/**
 * A folder that the tools take for this repository: its settings, and only the given sources.
 * Whoever asks for it removes it.
 */
export function plantedRepository(sources: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'nettracer-planted-'))
  for (const file of copied) copyFileSync(join(repository, file), join(root, file))
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'))
  writeFileSync(join(root, '.gitignore'), 'node_modules\n')
  for (const [file, text] of Object.entries(sources)) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  return root
}

/** Runs one of the repository's tools in that folder. `output` is what it printed on both streams. */
export function runTool(
  root: string,
  command: string,
  args: readonly string[],
): { status: number | null; output: string } {
  const PATH = [
    dirname(process.execPath),
    join(repository, 'node_modules/.bin'),
    process.env.PATH,
  ].join(delimiter)
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, PATH, NO_COLOR: '1' },
  })
  if (error !== undefined) throw error
  return { status, output: stdout + stderr }
}
