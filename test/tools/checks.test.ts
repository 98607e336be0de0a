import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { plantedRepository, repository, runTool } from './support/planted-repository.ts'

test.each([
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
])('lint fails for $rule', ({ rule, text }) => {
  const root = plantedRepository({ 'src/series/planted.ts': text })

  const { status, output } = runTool(root, 'oxlint', [])

  expect(status).toBe(1)
  expect(output).toContain(rule)
})

test('lint fails for a cycle of types', () => {
  const root = plantedRepository({
    'src/series/a.ts': "import type { B } from './b.ts'\nexport type A = B[]\n",
    'src/series/b.ts': "import type { A } from './a.ts'\nexport type B = A[]\n",
  })

  const { status, output } = runTool(root, 'oxlint', [])

  expect(status).toBe(1)
  expect(output).toContain('no-cycle')
})

test('format fails for a semicolon', () => {
  const root = plantedRepository({ 'src/planted.ts': 'export const one = 1;\n' })

  expect(runTool(root, 'biome', ['ci', 'src']).status).toBe(1)
})

test.each([
  { file: 'native/planted.cc', text: 'int one() {\n\treturn 1;\n}\n' },
  { file: 'bpf/planted.bpf.c', text: 'int one(void)\n{\n  return 1;\n}\n' },
])('clang-format fails for the other indentation in $file', ({ file, text }) => {
  const root = plantedRepository({ [file]: text })
  mkdirSync(join(root, 'bpf'), { recursive: true })
  copyFileSync(join(repository, 'bpf/.clang-format'), join(root, 'bpf/.clang-format'))

  const { status, output } = runTool(root, 'clang-format-19', ['--dry-run', '-Werror', file])

  expect(status).not.toBe(0)
  expect(output).toContain('-Wclang-format-violations')
})

test('the check for dead code fails for a file and an export that nobody uses', () => {
  const root = plantedRepository({
    'src/index.ts': "export { used } from './parts.ts'\n",
    'src/parts.ts': 'export const used = 1\nexport const unusedExport = 2\n',
    'src/forgotten.ts': 'export const forgotten = 3\n',
  })

  const { status, output } = runTool(root, 'knip', ['--no-progress'])

  expect(status).toBe(1)
  expect(output).toContain('src/forgotten.ts')
  expect(output).toContain('unusedExport')
})
