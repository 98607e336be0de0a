import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { plantedRepository, repository, runTool } from './support/planted-repository.ts'

const checkBoundaries = join(repository, 'tools/check-boundaries.ts')
const anything = 'export const anything = 1\n'

function check(root: string): { status: number | null; output: string } {
  return runTool(root, process.execPath, [checkBoundaries])
}

test('arrows that the table allows pass', () => {
  const root = plantedRepository({
    'src/shared/a.ts': anything,
    'src/telemetry/a.ts':
      "import type { anything } from '../shared/a.ts'\nexport type A = typeof anything\n",
    'src/config/a.ts':
      "import { parse } from 'yaml'\nimport type { A } from '../telemetry/a.ts'\nexport const a: A = parse('1')\n",
    'src/exporter/wire/a.ts': anything,
    'src/exporter/one/a.ts': "export { anything } from '../wire/a.ts'\n",
  })

  expect(check(root)).toEqual({ status: 0, output: '5 files, 4 imports\n' })
})

test.each([
  {
    rule: 'series-imports',
    of: 'a folder that is further down the road',
    sources: {
      'src/exporter/a.ts': anything,
      'src/series/a.ts': "export { anything } from '../exporter/a.ts'\n",
    },
  },
  {
    rule: 'connection-imports',
    of: 'a folder that only a type is taken from',
    sources: {
      'src/source/a.ts': anything,
      'src/connection/a.ts':
        "import type { anything } from '../source/a.ts'\nexport type A = typeof anything\n",
    },
  },
  {
    rule: 'config-imports-types-only',
    of: 'code where only types may be taken',
    sources: {
      'src/telemetry/a.ts': anything,
      'src/config/a.ts': "export { anything } from '../telemetry/a.ts'\n",
    },
  },
  {
    rule: 'no-component-imports-another',
    of: 'another component',
    sources: {
      'src/exporter/one/a.ts': anything,
      'src/exporter/two/a.ts': "export { anything } from '../one/a.ts'\n",
    },
  },
  {
    rule: 'room-of-yaml',
    of: 'a package outside its room',
    sources: { 'src/series/a.ts': "export { parse } from 'yaml'\n" },
  },
  {
    rule: 'room-of-zod',
    of: 'the schema library in a file that is not config.ts',
    sources: { 'src/exporter/one/a.ts': "export { z } from 'zod'\n" },
  },
  {
    rule: 'no-dev-package-in-src',
    of: 'a package that is not installed with ours',
    sources: { 'src/series/a.ts': "export { test } from 'vitest'\n" },
  },
  {
    rule: 'no-cycle',
    of: 'a file that imports it back, as a type',
    sources: {
      'src/series/a.ts': "import type { B } from './b.ts'\nexport type A = B[]\n",
      'src/series/b.ts': "import type { A } from './a.ts'\nexport type B = A[]\n",
    },
  },
  {
    rule: 'no-unresolved',
    of: 'a file that is not there',
    sources: { 'src/series/a.ts': "export { anything } from './b.ts'\n" },
  },
  {
    rule: 'only src/source/ may',
    of: 'the addon outside src/source',
    sources: { 'src/series/a.ts': "export const addon = 'build/nettracer.node'\n" },
  },
])('an import of $of fails', ({ rule, sources }) => {
  const { status, output } = check(plantedRepository(sources))

  expect(status).toBe(1)
  expect(output).toContain(rule)
})

test('a run that sees no file fails', () => {
  expect(check(plantedRepository({ 'src/readme.md': 'empty' }))).toEqual({
    status: 1,
    output: 'there is no file under src/: nothing was checked\n',
  })
})

// As it is where dependency-cruiser finds no parser for TypeScript: no module, no fault of its own.
test('a run that does not see each file fails', () => {
  const root = plantedRepository({ 'src/series/a.ts': anything })
  const settings = join(root, '.dependency-cruiser.cjs')
  writeFileSync(
    settings,
    readFileSync(settings, 'utf8').replace("parser: 'swc'", "exclude: '^src/series'"),
  )

  const { status, output } = check(root)

  expect(status).toBe(1)
  expect(output).toContain('1 of 1 files were not seen, first src/series/a.ts')
})
