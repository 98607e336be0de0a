import { z } from 'zod'
import { isNever } from './allowed-keys.ts'
import type { ComponentFactory } from './component.ts'
import type { Catalogue } from './components.ts'
import { serviceConfig } from './service-config.ts'

type JsonSchema = z.core.JSONSchema.BaseSchema
type Definitions = Record<string, JsonSchema>

/** JSON Schema of a whole configuration file, for editors: what `nettracer validate` takes before substitution. */
export function configSchema(catalogue: Catalogue): JsonSchema {
  const { receivers, processors, exporters, extensions } = catalogue
  const definitions: Definitions = {
    substitution: {
      description: 'A value that is taken from elsewhere, or a $ written as $$.',
      type: 'string',
      pattern: '\\$',
    },
  }
  const service = define(serviceConfig, definitions)
  const pipelines = service.properties?.['pipelines']
  if (typeof pipelines === 'object') {
    pipelines.propertyNames = { pattern: '^(metrics|logs)(/.+)?$' }
    pipelines.minProperties = 1
  }
  const properties = {
    receivers: section('receiver', receivers, definitions),
    processors: section('processor', processors, definitions),
    exporters: section('exporter', exporters, definitions),
    extensions: section('extension', extensions, definitions),
    service,
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of otel-nettracer',
    type: 'object',
    properties,
    required: ['service'],
    additionalProperties: false,
    $defs: definitions,
  }
}

function section(
  word: string,
  factories: readonly ComponentFactory[],
  definitions: Definitions,
): JsonSchema {
  const patternProperties: Record<string, JsonSchema> = {}
  for (const { type, aliases = [], description, config } of factories) {
    const name = `${word}.${type}`
    definitions[name] = { description, ...define(config, definitions) }
    const types = [type, ...aliases].join('|')
    patternProperties[`^(${types})(/\\S+)?$`] = {
      anyOf: [{ $ref: `#/$defs/${name}` }, { type: 'null' }],
    }
  }
  // Draft 2020-12 allows a list of types; the library's type of a schema does not know it.
  return {
    type: ['object', 'null'],
    patternProperties,
    additionalProperties: false,
  } as unknown as JsonSchema
}

/** The JSON Schema of one part; its named definitions move to the top, where its references find them. */
function define(schema: z.ZodType, definitions: Definitions): JsonSchema {
  const {
    $schema: _,
    $defs: own = {},
    ...part
  } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
  })
  for (const [name, definition] of Object.entries(own)) {
    definitions[name] = orSubstitution(definition)
  }
  return orSubstitution(part)
}

/** Where something else than any string is wanted, a substitution may stand for it. Keys never supported are left out. */
function orSubstitution(schema: JsonSchema): JsonSchema {
  const { properties, additionalProperties, items, anyOf, ...rest } = schema
  const walked: JsonSchema = { ...rest }
  if (properties !== undefined) {
    const kept = Object.entries(properties).filter(([, property]) => !isNever(property))
    walked.properties = Object.fromEntries(kept.map(([key, one]) => [key, walk(one)]))
  }
  if (additionalProperties !== undefined) walked.additionalProperties = walk(additionalProperties)
  if (items !== undefined && !Array.isArray(items)) walked.items = walk(items)
  if (anyOf !== undefined) walked.anyOf = anyOf.map(orSubstitution)
  if (!isNarrow(walked)) return walked
  const { description, default: preset, ...narrow } = walked
  return {
    ...(description !== undefined && { description }),
    ...(preset !== undefined && { default: preset }),
    anyOf: [narrow, { $ref: '#/$defs/substitution' }],
  }
}

function walk(schema: JsonSchema | boolean): JsonSchema | boolean {
  return typeof schema === 'boolean' ? schema : orSubstitution(schema)
}

function isNarrow({ type, enum: values, const: only, pattern }: JsonSchema): boolean {
  return (
    type === 'integer' ||
    type === 'number' ||
    type === 'boolean' ||
    values !== undefined ||
    only !== undefined ||
    pattern !== undefined
  )
}
