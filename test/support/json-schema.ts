/** A JSON Schema, of the keywords that {@link faultsBySchema} knows. */
export type Schema = { readonly [keyword: string]: unknown }

type Check = (value: unknown, expected: never, root: Schema, at: string, schema: Schema) => string[]

/** What a value has wrong by a schema, each with its place. Throws at a keyword that it does not know: nothing is passed over. */
export function faultsBySchema(
  value: unknown,
  schema: Schema,
  root: Schema = schema,
  at = '',
): string[] {
  return Object.entries(schema).flatMap(([keyword, expected]) => {
    if (says.has(keyword)) return []
    const check = checks[keyword]
    if (check === undefined) throw new Error(`the keyword ${keyword} is not known`)
    return check(value, expected as never, root, at, schema)
  })
}

/** Keywords that check nothing. */
const says = new Set(
  [
    '$schema',
    '$id',
    'id',
    '$defs',
    'definitions',
    'description',
    'title',
    'format',
    'deprecated',
  ].concat(['kinds', 'default']),
)

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function typeOf(value: unknown): string[] {
  if (value === null) return ['null']
  if (Array.isArray(value)) return ['array']
  return Number.isInteger(value) ? ['integer', 'number'] : [typeof value]
}

const checks: Readonly<Record<string, Check>> = {
  $ref(value, to: string, root, at) {
    const steps = to.replace('#/', '').split('/')
    const target = steps.reduce<unknown>((from, step) => (from as Schema)[step], root)
    return faultsBySchema(value, target as Schema, root, at)
  },
  type(value, types: string | readonly string[], _root, at) {
    const isOne = typeOf(value).some((type) => [types].flat().includes(type))
    return isOne ? [] : [`${at}: not ${[types].flat().join(' or ')}`]
  },
  enum(value, values: readonly unknown[], _root, at) {
    return values.includes(value) ? [] : [`${at}: not one of ${values.join(', ')}`]
  },
  required(value, names: readonly string[], _root, at) {
    if (!isRecord(value)) return []
    return names.filter((name) => !(name in value)).map((name) => `${at}: ${name} is missing`)
  },
  properties(value, properties: Readonly<Record<string, Schema>>, root, at) {
    if (!isRecord(value)) return []
    return Object.entries(properties).flatMap(([name, schema]) =>
      name in value ? faultsBySchema(value[name], schema, root, `${at}.${name}`) : [],
    )
  },
  patternProperties(value, patterns: Readonly<Record<string, Schema>>, root, at) {
    if (!isRecord(value)) return []
    return Object.entries(patterns).flatMap(([pattern, schema]) =>
      Object.keys(value)
        .filter((name) => new RegExp(pattern).test(name))
        .flatMap((name) => faultsBySchema(value[name], schema, root, `${at}.${name}`)),
    )
  },
  additionalProperties(value, expected: boolean | Schema, root, at, schema) {
    if (!isRecord(value) || expected === true) return []
    const { properties = {}, patternProperties = {} } = schema as Record<string, Schema>
    const patterns = Object.keys(patternProperties).map((pattern) => new RegExp(pattern))
    return Object.keys(value)
      .filter((name) => !(name in properties) && !patterns.some((pattern) => pattern.test(name)))
      .flatMap((name) =>
        expected === false
          ? [`${at}: ${name} is not known`]
          : faultsBySchema(value[name], expected, root, `${at}.${name}`),
      )
  },
  items(value, schema: Schema, root, at) {
    if (!Array.isArray(value)) return []
    return value.flatMap((item, index) => faultsBySchema(item, schema, root, `${at}.${index}`))
  },
  oneOf: any,
  anyOf: any,
  uniqueItems(value, _isUnique, _root, at) {
    if (!Array.isArray(value)) return []
    const texts = value.map((item) => JSON.stringify(item))
    return new Set(texts).size === texts.length ? [] : [`${at}: an item twice`]
  },
  minimum(value, least: number, _root, at) {
    return typeof value === 'number' && value < least ? [`${at}: less than ${least}`] : []
  },
  maximum(value, most: number, _root, at) {
    return typeof value === 'number' && value > most ? [`${at}: more than ${most}`] : []
  },
}

function any(value: unknown, schemas: readonly Schema[], root: Schema, at: string): string[] {
  const faults = schemas.map((schema) => faultsBySchema(value, schema, root, at))
  return faults.some((one) => one.length === 0) ? [] : faults.flat()
}
