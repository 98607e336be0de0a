import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { configSchema } from '../../src/config/json-schema.ts'
import { testCatalogue } from '../support/test-components.ts'

const schema = JSON.parse(JSON.stringify(configSchema(testCatalogue())))

test('a component may be named by its type, its aliases and a name of its own, or be empty', () => {
  const [[pattern, value]] = Object.entries<unknown>(
    schema.properties.exporters.patternProperties,
  ) as [[string, unknown]]
  const names = ['otlp', 'otlp_grpc', 'otlp/a', 'otlp_grpc/b/c', 'otlphttp', 'otlp/', 'xotlp']
  expect(names.filter((name) => new RegExp(pattern).test(name))).toEqual(names.slice(0, 4))
  expect(value).toEqual({ anyOf: [{ $ref: '#/$defs/exporter.otlp' }, { type: 'null' }] })
})

test('keys have their description and default; those not supported are not there', () => {
  const { properties, additionalProperties } = schema.$defs['exporter.otlp']
  expect(additionalProperties).toBe(false)
  expect(properties.ratio).toEqual({
    description: 'Between 0 and 1.',
    default: 0.5,
    anyOf: [{ type: 'number', minimum: 0, maximum: 1 }, { $ref: '#/$defs/substitution' }],
  })
  expect(properties).not.toHaveProperty('auth')
})

test('what a reference points to is there', () => {
  const names = [...JSON.stringify(schema).matchAll(/"#\/\$defs\/([^"]+)"/g)].map(
    ([, name]) => name,
  )
  expect(names.length).toBeGreaterThan(0)
  expect(names.filter((name) => schema.$defs[name ?? ''] === undefined)).toEqual([])
})

test('pipelines are those of metrics and logs', () => {
  const { pattern } = schema.properties.service.properties.pipelines.propertyNames
  const names = ['metrics', 'metrics/2', 'logs', 'logs/a', 'metrics/', 'metricsx']
  expect(names.filter((name) => new RegExp(pattern).test(name))).toEqual(names.slice(0, 4))
})

test('the files in the repository are what the schemas make', () => {
  const tool = fileURLToPath(new URL('../../tools/generate-config-docs.ts', import.meta.url))
  expect(() => execFileSync(process.execPath, [tool, '--check'], { stdio: 'pipe' })).not.toThrow()
})
