import { z } from 'zod'

type JsonSchema = z.core.JSONSchema.BaseSchema

/** Made once: it takes longer than all else that is done with a configuration. */
const schemas = new WeakMap<z.ZodType, JsonSchema>()

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const known = schemas.get(schema)
  if (known !== undefined) return known
  const made = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  schemas.set(schema, made)
  return made
}

/** What was written with the defaults of a schema filled in, in the form a user writes: durations as `10s`. */
export function withDefaults(schema: z.ZodType, written: unknown): unknown {
  const root = jsonSchemaOf(schema)
  const fill = (part: JsonSchema, value: unknown): unknown => {
    const name = part.$ref?.replace('#/$defs/', '')
    const target = (name !== undefined && root.$defs?.[name]) || part
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const given = withoutUndefined({ ...presets(target), ...withoutUndefined(value) })
    return Object.fromEntries(
      Object.entries(given).map(([key, inner]) => {
        const next = target.properties?.[key] ?? target.additionalProperties
        return [key, typeof next === 'object' ? fill(next, inner) : inner]
      }),
    )
  }
  return fill(root, written ?? {})
}

/** Defaults by key, in the order of the schema; `undefined` for a key without one, to keep its place. */
function presets({ properties = {} }: JsonSchema): Record<string, unknown> {
  const known = Object.entries(properties).map(([key, one]): [string, unknown] => [
    key,
    typeof one === 'object' ? one.default : undefined,
  ])
  return Object.fromEntries(known)
}

function withoutUndefined(map: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined))
}
