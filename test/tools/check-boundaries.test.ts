import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { plantedRepository, repository, runTool } from './support/planted-repository.ts'

const checkBoundaries = join(repository, 'tools/check-boundaries.ts')
const anything = 'export const anything = 1\n'

function check(root: string): { status: number | null; output: string } {
  return runTool(root, process.execPath, [checkBoundaries])
}

function removedAfterwards(sources: Readonly<Record<string, string>>): string {
  const root = plantedRepository(sources)
  onTestFinished(() => rmSync(root, { recursive: true }))
  return root
}

test('arrows that the table allows pass', () => {
  const root = removedAfterwards({
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

/** Each file breaks one rule; one run must tell them all, each with the file's name. */
const faults = [
  {
    rule: 'series-imports',
    of: 'a folder that is further down the road',
    file: 'src/series/road.ts',
    text: "export { anything } from '../exporter/anything.ts'\n",
  },
  {
    rule: 'connection-imports',
    of: 'a folder that only a type is taken from',
    file: 'src/connection/type.ts',
    text: "import type { anything } from '../source/anything.ts'\nexport type A = typeof anything\n",
  },
  {
    rule: 'config-imports-types-only',
    of: 'code where only types may be taken',
    file: 'src/config/code.ts',
    text: "export { anything } from '../telemetry/anything.ts'\n",
  },
  {
    rule: 'no-component-imports-another',
    of: 'another component',
    file: 'src/exporter/two/component.ts',
    text: "export { anything } from '../one/anything.ts'\n",
  },
  {
    rule: 'room-of-yaml',
    of: 'a package outside its room',
    file: 'src/series/room.ts',
    text: "export { parse } from 'yaml'\n",
  },
  {
    rule: 'room-of-zod',
    of: 'the schema library in a file that is not config.ts',
    file: 'src/exporter/one/schema.ts',
    text: "export { z } from 'zod'\n",
  },
  {
    rule: 'no-dev-package-in-src',
    of: 'a package that is not installed with ours',
    file: 'src/series/package.ts',
    text: "export { test } from 'vitest'\n",
  },
  {
    rule: 'no-cycle',
    of: 'a file that imports it back, as a type',
    file: 'src/series/cycle.ts',
    text: "import type { B } from './other-end.ts'\nexport type A = B[]\n",
  },
  {
    rule: 'no-unresolved',
    of: 'a file that is not there',
    file: 'src/series/missing.ts',
    text: "export { anything } from './nowhere.ts'\n",
  },
  {
    rule: 'only src/source/ may',
    of: 'the addon outside src/source',
    file: 'src/series/addon.ts',
    text: "export const addon = 'build/nettracer.node'\n",
  },
]

describe('with a fault of each kind', () => {
  let result: { status: number | null; output: string }

  beforeAll(() => {
    const root = plantedRepository({
      'src/series/other-end.ts': "import type { A } from './cycle.ts'\nexport type B = A[]\n",
      'src/source/anything.ts': anything,
      'src/telemetry/anything.ts': anything,
      'src/exporter/anything.ts': anything,
      'src/exporter/one/anything.ts': anything,
      ...Object.fromEntries(faults.map(({ file, text }) => [file, text])),
    })
    result = check(root)
    rmSync(root, { recursive: true })
  })

  test('the check fails', () => {
    expect(result.status).toBe(1)
  })

  test.each(faults)('an import of $of is told', ({ rule, file }) => {
    const told = result.output.split('\n').filter((line) => line.startsWith(file))

    expect(told.join('\n')).toContain(rule)
  })
})

test('a run that sees no file fails', () => {
  expect(check(removedAfterwards({ 'src/readme.md': 'empty' }))).toEqual({
    status: 1,
    output: 'there is no file under src/: nothing was checked\n',
  })
})

// As it is where dependency-cruiser finds no parser for TypeScript: no module, no fault of its own.
test('a run that does not see each file fails', () => {
  const root = removedAfterwards({ 'src/series/a.ts': anything })
  const settings = join(root, '.dependency-cruiser.cjs')
  writeFileSync(
    settings,
    readFileSync(settings, 'utf8').replace("parser: 'swc'", "exclude: '^src/series'"),
  )

  const { status, output } = check(root)

  expect(status).toBe(1)
  expect(output).toContain('1 of 1 files were not seen, first src/series/a.ts')
})
