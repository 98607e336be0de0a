/**
 * Checks the arrows between the folders of `src/` (rules: `.dependency-cruiser.cjs`) in the current directory,
 * and that only `src/source/` opens the native addon.
 *
 * dependency-cruiser finds no parser for TypeScript beside TypeScript 7 unless `@swc/core` is there; without it
 * sees no module and calls that a success. So each file under `src/` must be among the modules it saw.
 */
import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { cruise, type ICruiseResult } from 'dependency-cruiser'
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options'

const addonDoor = /^src\/source\//
const opensAddon = /\.node['"`]|process\.dlopen/

async function sourceFiles(): Promise<string[]> {
  const files: string[] = []
  for await (const file of glob('src/**/*.ts')) files.push(file)
  return files.toSorted()
}

function importFaults({ summary }: ICruiseResult): string[] {
  return summary.violations
    .filter(({ rule }) => rule.severity === 'error')
    .map(({ rule, from, to, cycle }) => {
      const chain = cycle?.map(({ name }) => name).join(' -> ') ?? to
      return `${from} -> ${chain}: ${rule.name}`
    })
}

function unseenFaults(files: readonly string[], { modules }: ICruiseResult): string[] {
  if (files.length === 0) return ['there is no file under src/: nothing was checked']
  const seen = new Set(modules.map(({ source }) => source))
  const unseen = files.filter((file) => !seen.has(file))
  if (unseen.length === 0) return []
  return [`${unseen.length} of ${files.length} files were not seen, first ${unseen[0]}: no parser?`]
}

function addonFaults(files: readonly string[]): string[] {
  return files
    .filter((file) => !addonDoor.test(file) && opensAddon.test(readFileSync(file, 'utf8')))
    .map((file) => `${file}: opens a native addon; only src/source/ may`)
}

const files = await sourceFiles()
const { output } = await cruise(
  ['src'],
  await extractDepcruiseOptions(`${process.cwd()}/.dependency-cruiser.cjs`),
)
if (typeof output === 'string') throw new TypeError('dependency-cruiser gave text, not modules')

const faults = [...unseenFaults(files, output), ...importFaults(output), ...addonFaults(files)]
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1
else console.log(`${files.length} files, ${output.summary.totalDependenciesCruised} imports`)
