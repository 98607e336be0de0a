import { createHash } from 'node:crypto'
import type { Attributes } from '@opentelemetry/api'
import type { ActionConfig } from './actions-config.ts'
import { toPattern } from './pattern.ts'

/** What patterns are tried on: a value of any length could take any time. */
const longestValue = 8192

type Change = (attributes: Attributes) => void

/** Changes attributes as the Collector's processors `attributes` and `resource` do. */
export class Actions {
  readonly #changes: readonly Change[]
  /** Attributes of a series are one object as long as it lives. */
  readonly #known = new WeakMap<Attributes, Attributes>()

  constructor(actions: readonly ActionConfig[]) {
    this.#changes = actions.map(changeOf)
  }

  /** @returns another object if anything changed, the same one for the same one */
  apply(attributes: Attributes): Attributes {
    const known = this.#known.get(attributes)
    if (known !== undefined) return known
    const copy = { ...attributes }
    for (const change of this.#changes) change(copy)
    const result = isEqual(attributes, copy) ? attributes : copy
    this.#known.set(attributes, result)
    return result
  }
}

function isEqual(one: Attributes, other: Attributes): boolean {
  const keys = Object.keys(one)
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key])
}

function changeOf(config: ActionConfig): Change {
  const { action, key = '' } = config
  const pattern = config.pattern === undefined ? undefined : toPattern(config.pattern)
  switch (action) {
    case 'insert':
      return setter(config, (attributes) => attributes[key] === undefined)
    case 'update':
      return setter(config, (attributes) => attributes[key] !== undefined)
    case 'upsert':
      return setter(config, () => true)
    case 'delete':
      return forEach(key, pattern, (attributes, name) => {
        Reflect.deleteProperty(attributes, name)
      })
    case 'hash':
      return forEach(key, pattern, (attributes, name) => {
        attributes[name] = hashOf(attributes[name])
      })
    case 'extract':
      return (attributes) => extract(attributes, attributes[key], pattern)
    case 'convert':
      return (attributes) => {
        const converted = convert(attributes[key], config.converted_type)
        if (converted !== undefined) attributes[key] = converted
      }
  }
}

function setter(config: ActionConfig, isWanted: (attributes: Attributes) => boolean): Change {
  const { key = '', value, from_attribute: from } = config
  return (attributes) => {
    const taken = from === undefined ? value : attributes[from]
    if (taken !== undefined && isWanted(attributes)) attributes[key] = taken
  }
}

/** The attribute of that name, and those whose names match. */
function forEach(
  key: string,
  pattern: RegExp | undefined,
  change: (attributes: Attributes, name: string) => void,
): Change {
  return (attributes) => {
    for (const name of Object.keys(attributes)) {
      if (name === key || pattern?.test(name) === true) change(attributes, name)
    }
  }
}

function extract(attributes: Attributes, value: unknown, pattern: RegExp | undefined): void {
  if (typeof value !== 'string' || value.length > longestValue) return
  for (const [name, group] of Object.entries(pattern?.exec(value)?.groups ?? {})) {
    if (group !== undefined) attributes[name] = group
  }
}

/** Of the bytes that the Collector hashes: text, or 8 bytes of a number, the lowest first. */
function hashOf(value: unknown): string {
  const hash = createHash('sha256')
  if (typeof value === 'number') hash.update(numberBytes(value))
  else if (typeof value === 'boolean') hash.update(Buffer.from([value ? 1 : 0]))
  else hash.update(typeof value === 'string' ? value : JSON.stringify(value ?? ''))
  return hash.digest('hex')
}

function numberBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  if (Number.isSafeInteger(value)) bytes.writeBigInt64LE(BigInt(value))
  else bytes.writeDoubleLE(value)
  return bytes
}

function convert(
  value: unknown,
  type: ActionConfig['converted_type'],
): string | number | undefined {
  if (typeof value === 'boolean') return type === 'string' ? String(value) : Number(value)
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  if (type === 'string') return String(value)
  const number = value === '' ? Number.NaN : Number(value)
  if (!Number.isFinite(number)) return undefined
  return type === 'int' ? Math.trunc(number) : number
}
