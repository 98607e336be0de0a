/** The reference pages of the configuration, made of the schemas. */
import type { z } from 'zod'
import { isNever } from '../src/config/allowed-keys.ts'
import type { ComponentFactory } from '../src/config/component.ts'

type JsonSchema = z.core.JSONSchema.BaseSchema
type ToSchema = (schema: z.ZodType) => JsonSchema

export interface PageSection {
  readonly word: string
  readonly factories: readonly ComponentFactory[]
}

/** `exporter-otlp`: of a component's page and of its example. */
export function pageName(word: string, { type }: ComponentFactory): string {
  return `${word.toLowerCase()}-${type}`
}

/** @param toSchema JSON Schema of what a user writes */
export function configPage(
  introduction: string,
  sections: readonly PageSection[],
  service: z.ZodType,
  toSchema: ToSchema,
): string {
  const rows = sections.flatMap(({ word, factories }) =>
    factories.map((factory) => {
      const link = `[${code(factory.type)}](components/${pageName(word, factory)}.md)`
      return `| ${word.toLowerCase()} ${link} | ${factory.stability} | ${cell(factory.description)} |`
    }),
  )
  const parts = [
    introduction.trimEnd(),
    '## Components',
    'Each has a page with all its keys and an example.',
    ['| component | stability | |', '| --- | --- | --- |', ...rows].join('\n'),
    '## `service`',
    keyTables(toSchema(service)),
  ]
  return `${parts.join('\n\n')}\n`
}

/** @param example a whole configuration with the component */
export function componentPage(
  word: string,
  factory: ComponentFactory,
  example: string,
  toSchema: ToSchema,
): string {
  const { type, aliases = [], stability, description, config } = factory
  const names = aliases.length > 0 ? ` Also named ${aliases.map(code).join(', ')}.` : ''
  const parts = [
    '<!-- Made by tools/generate-config-docs.ts of the schema. Do not edit. -->',
    `# ${word} ${code(type)}`,
    `${description}${names} Stability: ${stability}. What all components have in common: [configuration.md](../configuration.md).`,
    `\`\`\`yaml\n${example.trimEnd()}\n\`\`\``,
    `[This example](../../examples/components/${pageName(word, factory)}.yaml) is run by a test.`,
    '## Keys',
    keyTables(toSchema(config)),
  ]
  return `${parts.join('\n\n')}\n`
}

function keyTables(root: JsonSchema): string {
  const rows = keyRows(root, root, '')
  const supported = rows.filter((row) => !row.isNever)
  const never = rows.filter((row) => row.isNever)
  const table = [
    '| key | type | default | description |',
    '| --- | --- | --- | --- |',
    ...supported.map(({ cells }) => `| ${cells.join(' | ')} |`),
  ]
  const tables = supported.length > 0 ? [table.join('\n')] : ['No keys.']
  if (never.length > 0) {
    const list = never.map(
      ({ cells }) => `- ${cells[0]}: ${cells[3]?.replace('Not supported: ', '')}`,
    )
    tables.push('Keys of the Collector that are errors here:', list.join('\n'))
  }
  return tables.join('\n\n')
}

interface Row {
  readonly cells: readonly string[]
  readonly isNever: boolean
}

function keyRows(schema: JsonSchema, root: JsonSchema, prefix: string): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, raw]) => {
    if (typeof raw === 'boolean') return []
    const property = resolve(raw, root)
    const path = prefix + key
    const preset = schema.required?.includes(key) ? 'required' : presetOf(property)
    const cells = [code(path), typeOf(property), preset, cell(property.description ?? '')]
    const other = property.additionalProperties
    const named =
      typeof other === 'object' ? keyRows(resolve(other, root), root, `${path}.NAME.`) : []
    return [{ cells, isNever: isNever(property) }, ...keyRows(property, root, `${path}.`), ...named]
  })
}

/** A reference, with what stands beside it coming first. */
function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const name = schema.$ref?.replace('#/$defs/', '')
  const target = name === undefined ? undefined : root.$defs?.[name]
  return typeof target === 'object' ? { ...target, ...schema } : schema
}

function typeOf(schema: JsonSchema): string {
  if (schema.$ref === '#/$defs/duration') return 'duration'
  const values = schema.enum ?? (schema.const === undefined ? undefined : [schema.const])
  if (values !== undefined)
    return values.map((one) => code(one === '' ? '""' : String(one))).join(', ')
  const branches = schema.anyOf ?? schema.oneOf
  if (branches !== undefined) return [...new Set(branches.map(branchType))].join(' or ')
  return (typeWords.get(String(schema.type)) ?? String(schema.type ?? '')) + limits(schema)
}

const typeWords = new Map([
  ['array', 'list'],
  ['object', 'map'],
])

function branchType(branch: z.core.JSONSchema._JSONSchema): string {
  return typeof branch === 'object' ? typeOf(branch) : ''
}

function limits({ minimum, maximum }: JsonSchema): string {
  const from = minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? ` ≥ ${minimum}` : ''
  const to = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? ` ≤ ${maximum}` : ''
  return from + to
}

function presetOf({ default: preset }: JsonSchema): string {
  if (preset === undefined) return ''
  if (typeof preset === 'object' && preset !== null && Object.keys(preset).length === 0) return ''
  return code(typeof preset === 'string' && preset !== '' ? preset : JSON.stringify(preset))
}

function code(text: string): string {
  return `\`${text}\``
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
