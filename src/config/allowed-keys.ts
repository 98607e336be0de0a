import { z } from 'zod'
import type { Path } from './issue.ts'

/** Keys that a schema knows at a path, read from its JSON Schema. */
export function allowedKeys(schema: z.ZodType, path: Path): string[] {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  let at: readonly JsonSchema[] = expand(root, root)
  for (const step of path)
    at = at.flatMap((one) => stepInto(one, step).flatMap((two) => expand(two, root)))
  const known = at
    .flatMap((one) => Object.entries(one.properties ?? {}))
    .filter(([, property]) => !isNever(property))
  return [...new Set(known.map(([key]) => key))]
}

/** A key that is known only to say that it is not supported. */
export function isNever(schema: z.core.JSONSchema._JSONSchema): boolean {
  return typeof schema === 'object' && schema.not !== undefined
}

type JsonSchema = z.core.JSONSchema.BaseSchema

function stepInto(schema: JsonSchema, step: string | number): JsonSchema[] {
  const inner =
    typeof step === 'number'
      ? schema.items
      : (schema.properties?.[step] ?? schema.additionalProperties)
  return [inner].flat().filter((one) => typeof one === 'object')
}

/** All forms a schema may take: the branches of its unions, with references followed. */
function expand(schema: JsonSchema, root: JsonSchema): JsonSchema[] {
  const name = schema.$ref?.replace('#/$defs/', '')
  const target = name === undefined ? undefined : root.$defs?.[name]
  const branches = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]
  return [
    schema,
    ...[target, ...branches]
      .filter((one) => typeof one === 'object')
      .flatMap((one) => expand(one, root)),
  ]
}
