import { expect, test } from 'vitest'
import { Issues } from '../../src/config/issue.ts'
import { loadConfig } from '../../src/config/load.ts'
import { toPlain, valueAt } from '../../src/config/located.ts'
import { readSource } from '../../src/config/sources.ts'
import { substitute } from '../../src/config/substitute.ts'
import { ConfigFiles } from '../support/config-files.ts'
import { testCatalogue } from '../support/test-components.ts'

const env = {
  NUMBER: '8080',
  YES: 'true',
  TEXT: 'plain text',
  LIST: '[a, b]',
  MAP: '{ a: 1 }',
  EMPTY: '',
  BROKEN: '{ a: [',
  REFERENCE: '${env:TEXT}$$',
  HASH: 'a # b',
  QUOTED: '"8080"',
  MULTI: '-----BEGIN X-----\nabc\n-----END X-----\n',
}

function substituted(text: string): { value: unknown; errors: readonly unknown[] } {
  const issues = new Issues()
  const source = readSource(`yaml:${text}`, env, issues)
  const value = source && toPlain(substitute(source, env, issues))
  return { value, errors: issues.errors }
}

test.each([
  { yaml: 'a: ${env:NUMBER}', a: 8080 },
  { yaml: 'a: ${NUMBER}', a: 8080 },
  { yaml: "a: '${env:NUMBER}'", a: '8080' },
  { yaml: 'a: "${env:NUMBER}"', a: '8080' },
  { yaml: 'a: |\n  ${env:NUMBER}', a: '8080\n' },
  { yaml: 'a: host:${env:NUMBER}', a: 'host:8080' },
  { yaml: 'a: ${env:NUMBER}${env:NUMBER}', a: '80808080' },
  { yaml: 'a: ${env:YES}', a: true },
  { yaml: 'a: ${env:TEXT}', a: 'plain text' },
  { yaml: 'a: ${env:LIST}', a: ['a', 'b'] },
  { yaml: 'a: x${env:LIST}', a: 'x[a, b]' },
  { yaml: 'a: ${env:MAP}', a: { a: 1 } },
  { yaml: 'a: ${env:BROKEN}', a: '{ a: [' },
  { yaml: 'a: ${env:HASH}', a: 'a # b' },
  { yaml: 'a: ${env:QUOTED}', a: '8080' },
  { yaml: 'a: ${env:MULTI}', a: '-----BEGIN X-----\nabc\n-----END X-----' },
  { yaml: 'a: ${env:EMPTY}', a: undefined },
  { yaml: 'a: x${env:EMPTY}y', a: 'xy' },
  { yaml: 'a: ${env:NOT_SET:-5}', a: 5 },
  { yaml: 'a: ${NOT_SET:-5}', a: 5 },
  { yaml: 'a: "${env:NOT_SET:-5}"', a: '5' },
  { yaml: 'a: ${env:EMPTY:-5}', a: 5 },
  { yaml: 'a: ${env:NOT_SET:-}', a: undefined },
  { yaml: 'a: ${env:NOT_SET:-localhost:4317}', a: 'localhost:4317' },
  { yaml: 'a: ${env:NUMBER:-5}', a: 8080 },
  { yaml: 'a: $$', a: '$' },
  { yaml: 'a: $${env:NUMBER}', a: '${env:NUMBER}' },
  { yaml: 'a: $$${env:NUMBER}', a: '$8080' },
  { yaml: 'a: cost $5', a: 'cost $5' },
  { yaml: 'a: ${env:REFERENCE}', a: '${env:TEXT}$$' },
  { yaml: 'a: [x, "${env:TEXT}"]', a: ['x', 'plain text'] },
])('$yaml', ({ yaml, a }) => {
  expect(substituted(yaml)).toEqual({ value: { a }, errors: [] })
})

test('keys are left as they are', () => {
  expect(substituted('${env:NUMBER}: 1').value).toEqual({ '${env:NUMBER}': 1 })
})

test('a file that is a map is one, and keeps its own places', () => {
  using files = new ConfigFiles()
  const path = files.write('part.yaml', 'a: 1\nb: [2]\n')
  const issues = new Issues()
  const source = readSource(`yaml:x: \${file:${path}}`, {}, issues)
  if (source === undefined) throw new TypeError('not read')
  const result = substitute(source, {}, issues)
  expect(toPlain(result)).toEqual({ x: { a: 1, b: [2] } })
  expect(valueAt(result, ['x', 'b'])?.place).toEqual({ file: path, line: 2, column: 4 })
})

test('a file that is text comes without its last line break', () => {
  using files = new ConfigFiles()
  const path = files.write('token', 's3cret\n')
  expect(substituted(`a: Bearer \${file:${path}}`).value).toEqual({ a: 'Bearer s3cret' })
})

test('a substitution that reads as something else is a string where a string is wanted', () => {
  const text = `
receivers: { nettracer: }
exporters:
  otlp:
    endpoint: a
    password: \${env:NUMBER}
    headers:
      x-token: \${env:YES}
    ratio: \${env:RATIO}
service: { pipelines: { metrics: { receivers: [nettracer], exporters: [otlp] } } }`
  const config = loadConfig([`yaml:${text}`], testCatalogue(), { ...env, RATIO: '0.25' })
  expect(config.exporters.get('otlp')?.config).toMatchObject({
    password: '8080',
    headers: { 'x-token': 'true' },
    ratio: 0.25,
  })
})

test('a small file that brings in a large one many times is refused', () => {
  using files = new ConfigFiles()
  const path = files.write('large', 'x'.repeat(1_000_000))
  const { errors } = substituted(`a: "${`\${file:${path}}`.repeat(20)}"`)
  expect(errors).toEqual([
    expect.objectContaining({
      message: 'substitutions bring in more than 8388608 characters',
      path: ['a'],
    }),
  ])
})
