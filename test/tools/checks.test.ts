import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { plantedRepository, repository, runTool } from './support/planted-repository.ts'

function removedAfterwards(sources: Readonly<Record<string, string>>): string {
  const root = plantedRepository(sources)
  onTestFinished(() => rmSync(root, { recursive: true }))
  return root
}

/** One file for each rule, named for it. */
const lintFaults = [
  { rule: 'no-floating-promises', text: 'async function later() {}\nlater()\n' },
  {
    rule: 'no-misused-promises',
    text: 'export const wanted = [1].filter(async (n) => n > (await Promise.resolve(0)))\n',
  },
  { rule: 'no-explicit-any', text: 'export function first(list: any): void {}\n' },
  {
    rule: 'no-non-null-assertion',
    text: 'export function first(list: string[]): string {\n  return list[0]!\n}\n',
  },
  { rule: 'no-default-export', text: 'export default 1\n' },
  { rule: 'no-process-exit', text: 'export function stop(): void {\n  process.exit(3)\n}\n' },
  { rule: 'no-restricted-imports', text: "export { run } from '../exporter/run.ts'\n" },
  { rule: 'max-lines', text: 'export {}\n'.repeat(301) },
  {
    rule: 'max-lines-per-function',
    text: `export function long(): void {\n${'  void 0\n'.repeat(60)}}\n`,
  },
  {
    rule: 'complexity',
    text: `export function branchy(n: number): void {\n${Array.from({ length: 10 }, (_, at) => `  if (n === ${at}) return\n`).join('')}}\n`,
  },
  { rule: 'no-cycle', text: "import type { B } from './back.ts'\nexport type A = B[]\n" },
]

describe('lint with a fault of each kind', () => {
  let result: { status: number | null; output: string }

  beforeAll(() => {
    const root = plantedRepository({
      'src/series/back.ts': "import type { A } from './no-cycle.ts'\nexport type B = A[]\n",
      ...Object.fromEntries(lintFaults.map(({ rule, text }) => [`src/series/${rule}.ts`, text])),
    })
    result = runTool(root, 'oxlint', ['--format=unix'])
    rmSync(root, { recursive: true })
  })

  test('lint fails', () => {
    expect(result.status).toBe(1)
  })

  test.each(lintFaults)('$rule is told', ({ rule }) => {
    const told = result.output
      .split('\n')
      .filter((line) => line.startsWith(`src/series/${rule}.ts`))

    expect(told.join('\n')).toContain(`(${rule})`)
  })
})

test('format fails for a semicolon', () => {
  const root = removedAfterwards({ 'src/planted.ts': 'export const one = 1;\n' })

  expect(runTool(root, 'biome', ['ci', 'src']).status).toBe(1)
})

test.each([
  { file: 'native/planted.cc', text: 'int one() {\n\treturn 1;\n}\n' },
  { file: 'bpf/planted.bpf.c', text: 'int one(void)\n{\n  return 1;\n}\n' },
])('clang-format fails for the other indentation in $file', ({ file, text }) => {
  const root = removedAfterwards({ [file]: text })
  mkdirSync(join(root, 'bpf'), { recursive: true })
  copyFileSync(join(repository, 'bpf/.clang-format'), join(root, 'bpf/.clang-format'))

  const { status, output } = runTool(root, 'clang-format-19', ['--dry-run', '-Werror', file])

  expect(status).not.toBe(0)
  expect(output).toContain('-Wclang-format-violations')
})

test('the check for dead code fails for a file and an export that nobody uses', () => {
  const root = removedAfterwards({
    'src/index.ts': "export { used } from './parts.ts'\n",
    'src/parts.ts': 'export const used = 1\nexport const unusedExport = 2\n',
    'src/forgotten.ts': 'export const forgotten = 3\n',
  })

  const { status, output } = runTool(root, 'knip', ['--no-progress'])

  expect(status).toBe(1)
  expect(output).toContain('src/forgotten.ts')
  expect(output).toContain('unusedExport')
})
